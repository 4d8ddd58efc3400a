"""`roundtable sessions rerun`: a session's code once more, in a clean sandbox."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from bot import app
from bot.domain.errors import BadInput, OperatorError
from bot.domain.workspace_files import Artifact
from bot.engine.rerun import Reproduced
from bot.engine.rerun import rerun as run_again
from bot.sandbox.docker import DockerSandboxes
from bot.settings import Settings


async def rerun(settings: Settings, session_id: str, console: Console) -> int:
    """Print which files came out identical; returns 0 when all did, else 1."""
    states: list[str] = []
    async with app.base(settings) as base:
        await app.known(base, session_id)
        try:
            async for verdict in _verdicts(base, session_id):
                states.append(verdict.state)
                _show(verdict, console)
        except BadInput as error:
            raise OperatorError(str(error)) from None
    same = states.count("identical")
    console.print(f"{same} of {len(states)} files came out identical.")
    return 0 if same == len(states) else 1


async def _verdicts(base: app.Base, session_id: str) -> AsyncIterator[Reproduced]:
    runs, versions = await base.reader.runs(session_id), await base.reader.versions(session_id)
    read, timeout = partial(_read, base, session_id), base.settings.roundtable_sandbox_timeout
    with TemporaryDirectory() as folder:
        async with (
            DockerSandboxes(base.settings, Path(folder), f"rerun-{uuid.uuid4().hex}") as sandboxes,
            sandboxes.open("rerun", ()) as sandbox,
        ):
            async for verdict in run_again(runs, versions, sandbox, read, timeout):
                yield verdict


async def _read(base: app.Base, session_id: str, file: Artifact) -> bytes:
    path = base.blob(session_id, file.digest)
    if path is None:
        raise OperatorError(f"The bytes of {file.path} are no longer in the work directory.")
    return await asyncio.to_thread(path.read_bytes)


def _show(verdict: Reproduced, console: Console) -> None:
    version = verdict.version
    console.print(f"{verdict.state:9} ", style="green" if verdict.state == "identical" else "red", end="")
    console.print(f"turn {version.turn}, block {version.block}: {version.file.path}", markup=False)
