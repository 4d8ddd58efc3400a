"""The parts of an engine whose team, sandboxes and files are fakes, for `bot.app_engine`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from bot.app_engine import EngineParts, Timing
from bot.domain.policy import Policy
from bot.engine.changes import Changes
from bot.ports import ChatAdapter, Sandboxes, Teams
from bot.store.database import Database
from tests.fakes.blob_store import FakeBlobs

QUICK = Timing(turn_grace=1.0, retry=0.01, looks=(0, 0))


def engine_parts(
    database: Database, folder: Path, teams: Teams, sandboxes: Sandboxes, adapters: Mapping[str, ChatAdapter]
) -> EngineParts:
    """An engine on these tables, with the bytes of files in a folder."""
    blobs = FakeBlobs(folder)
    return EngineParts(
        database=database,
        changes=Changes(),
        teams=teams,
        default_team="pair",
        sandboxes=sandboxes,
        adapters=adapters,
        policy=Policy,
        price=lambda _usage: 0.5,
        keep=blobs.keep,
        read=blobs.bytes,
        remove=_remove,
        drop_uploads=_drop,
        sweep_uploads=_sweep,
        file_limit=1_000_000,
        workspace_limit=100_000_000,
        run_timeout=60,
        timing=QUICK,
    )


async def _remove(_session: str, _refs: Collection[str]) -> None:
    return None


async def _drop(_refs: Collection[str]) -> None:
    return None


async def _sweep(_named: Collection[str], _before: float) -> None:
    return None
