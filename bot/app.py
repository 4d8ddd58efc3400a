"""The composition root: makes what the engine works with; `bot.app_engine` puts it together.

`bot.app_adapters` makes the adapters.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from agents.models.prices import cost as listed
from agents.team_factory import TeamFactory
from bot import app_engine
from bot.app_engine import Engine, EngineParts
from bot.domain.errors import OperatorError
from bot.domain.policy import ADMIN, Policy
from bot.domain.turn_results import Usage
from bot.engine.budget import priced
from bot.engine.changes import Changes
from bot.engine.session_notebook import SessionNotebook
from bot.files import work_dir
from bot.files.policy_file import PolicyFile
from bot.ports import ChatAdapter, Sandboxes
from bot.sandbox import naming
from bot.sandbox.battery import memory
from bot.sandbox.battery.run_attacks import battery
from bot.sandbox.docker import DockerSandboxes
from bot.settings import Settings, prices
from bot.store import audit
from bot.store.database import Database
from bot.store.reader import SessionReader


@dataclass(frozen=True, slots=True)
class Base:
    """What every command that touches sessions needs."""

    settings: Settings
    database: Database
    reader: SessionReader
    changes: Changes
    roster: TeamFactory
    rules: PolicyFile

    @property
    def policy(self) -> Policy:
        """The rules in force."""
        return self.rules.current

    def blob(self, session_id: str, digest: str) -> Path | None:
        """Where the bytes of a session's file are."""
        path = work_dir.blobs(self.settings, session_id).path(digest)
        return path if path.is_file() else None


def rules(settings: Settings, roster: TeamFactory) -> PolicyFile:
    """What `policy.toml` says; raises OperatorError, also when new tasks go to a team that there is not."""
    if settings.roundtable_team not in roster.names():
        known = ", ".join(sorted(roster.names()))
        raise OperatorError(f"ROUNDTABLE_TEAM names no team {settings.roundtable_team!r}. Teams: {known}.")
    return PolicyFile(settings.roundtable_policy, roster.names())


@asynccontextmanager
async def base(settings: Settings) -> AsyncIterator[Base]:
    """Open the tables and read the teams; raises OperatorError."""
    roster = TeamFactory(settings)
    read = rules(settings, roster)
    async with Database(settings.database_url) as database:
        try:
            yield Base(settings, database, SessionReader(database), Changes(), roster, read)
        finally:
            await roster.close()


@asynccontextmanager
async def sandboxes(base: Base) -> AsyncIterator[DockerSandboxes]:
    """Where the sandboxes of this installation come from; raises OperatorError when another process uses them."""
    # A database is one process's at a time, and so are its containers: others are removed as left over.
    await base.database.claim()
    settings = base.settings
    installation = work_dir.installation(settings)
    async with DockerSandboxes(settings, settings.roundtable_work_dir, installation) as found:
        yield found


def engine(
    base: Base, adapters: Mapping[str, ChatAdapter], sandboxes: Sandboxes, *, alone: bool = False
) -> AbstractAsyncContextManager[Engine]:
    """Run sessions and deliver posts while the body runs; for `alone` see EngineParts."""
    settings = base.settings
    parts = EngineParts(
        database=base.database,
        changes=base.changes,
        teams=base.roster,
        default_team=settings.roundtable_team,
        sandboxes=sandboxes,
        adapters=adapters,
        policy=lambda: base.policy,
        price=price(settings),
        keep=partial(work_dir.keep, settings),
        read=partial(_read, base),
        remove=partial(work_dir.remove, settings),
        drop_uploads=partial(work_dir.drop_uploads, settings),
        sweep_uploads=partial(work_dir.sweep_uploads, settings),
        file_limit=settings.roundtable_file_limit,
        workspace_limit=settings.roundtable_sandbox_workspace_mb * 1_000_000,
        run_timeout=settings.roundtable_sandbox_timeout,
        at_once=settings.roundtable_sessions_at_once,
        retention_days=settings.roundtable_retention_days,
        alone=alone,
        starters=_starters(base),
        notebook=notebooks(base),
    )
    return app_engine.engine(parts)


async def reload_policy(base: Base, engine: Engine) -> str:
    """Read the policy again, note that, and admit sessions that it now has room for; says how it went."""
    read = await asyncio.to_thread(base.rules.reload)
    await base.database.write(audit.rules_read, read.in_force, time.time())
    engine.runner.slots.recount()
    return read.said


async def _read(base: Base, session_id: str, digest: str) -> bytes | None:
    path = base.blob(session_id, digest)
    return None if path is None else await asyncio.to_thread(path.read_bytes)


def price(settings: Settings) -> Callable[[Usage], float | None]:
    """What an attempt at a model call costs, in dollars; None when that is not known."""
    return priced(prices(settings.roundtable_prices), partial(listed, address=settings.openai_base_url))


def _starters(base: Base) -> Mapping[str, Collection[str]]:
    """Who may start sessions on a platform that strangers can be on: its admins, and everyone with the demo."""
    if base.roster.default_model.provider == "demo":
        return {}
    return {"discord": (ADMIN,)}


async def try_sandbox(settings: Settings) -> str:
    """Start a sandbox, check how strong it is and run a line of code in it; says how it went."""
    async with DockerSandboxes(settings, settings.roundtable_work_dir, f"doctor-{uuid.uuid4().hex}") as sandboxes:
        await sandboxes.check()
        async with sandboxes.open("doctor", ()) as sandbox:
            result = await sandbox.run("import pandas; print('pandas', pandas.__version__)", "python", 60)
        passed = memory.key(await sandboxes.facts(), battery(settings))
    if not result.ok:
        raise OperatorError(f"code does not run in the sandbox: {result.output.strip() or result.note}")
    day = memory.held_on(settings.roundtable_work_dir, passed)
    attacked = f"held against every attack on {day}" if day else "try it yourself: roundtable doctor --attack"
    image = settings.roundtable_sandbox_image
    return f"{image} runs code without network or rights; {result.output.strip()}; {attacked}"


def notebooks(base: Base) -> SessionNotebook:
    """Makes notebooks of sessions."""
    return SessionNotebook(base.reader, base.blob, partial(work_dir.keep, base.settings), naming.script)


async def known(base: Base, session_id: str) -> None:
    """Raises OperatorError when there is no such session."""
    if await base.reader.session(session_id) is None:
        raise OperatorError(f"There is no session {session_id}; `roundtable sessions list` shows them.")
