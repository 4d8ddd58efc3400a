"""Takes a file in and halts at a chosen point, to be killed there; called as the other crasher is."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from bot.domain.events import RemoteFile
from bot.domain.turn_results import What
from bot.files import local_uploads
from bot.ports import TurnPort
from tests.bot.engine.crasher import halt
from tests.bot.engine.harness import EngineHarness, harness
from tests.fakes.blob_store import FakeBlobs
from tests.fakes.chat import FakeChat
from tests.fakes.scripted_sandbox import ScriptedSandboxes
from tests.fakes.team import FakeTeams, Line, code, finished

SCRIPT: tuple[Line, ...] = (code("read()"), finished("I have read it."))
DATA = b"a,b\n1,2\n"


class Uploaded(FakeChat):
    """A platform whose files are in our own folder, as those of the page and the terminal are."""

    folder = Path()

    async def fetch(self, file: RemoteFile, limit: int) -> bytes:
        return local_uploads.read(self.folder, file.ref, limit)


def chat(folder: Path) -> Uploaded:
    platform = Uploaded()
    platform.folder = folder / "uploads"
    return platform


def dropping(folder: Path, point: str = "") -> Any:
    """What removes uploads once they are heard; halts before it or after it when that is the point."""

    async def drop(refs: Collection[str]) -> None:
        if point == "committed":
            halt(point)
        local_uploads.remove(folder / "uploads", refs)
        if point == "dropped":
            halt(point)

    return drop


def sandboxes(folder: Path) -> ScriptedSandboxes:
    return ScriptedSandboxes(FakeBlobs(folder))


async def attach(it: EngineHarness, folder: Path, point: str = "") -> None:
    """Upload a file, then say something with it."""
    (folder / "data.csv").write_bytes(DATA)
    file = local_uploads.add(folder / "uploads", folder / "data.csv", 100)
    if point == "uploaded":
        halt(point)
    await it.say("Read it", files=[file])


async def main(folder: Path, point: str) -> None:
    """Work on a task up to the point."""
    script = list(SCRIPT)

    async def call(_turn: TurnPort) -> What:
        halt(point)
        raise AssertionError

    def statement(_connection: Any, _cursor: Any, text: str, _values: Any, _context: Any, _many: bool) -> None:
        if text.startswith("INSERT INTO posts"):
            sys.stdout.write(f"{point}\n")
            sys.stdout.flush()
            time.sleep(1e6)

    if point == "fetched":
        script[0] = call
    if point == "commit":
        event.listen(Engine, "before_cursor_execute", statement)
    boxes, drop = sandboxes(folder), dropping(folder, point)
    async with harness(folder, FakeTeams(script), chat=chat(folder), sandboxes=boxes, drop_uploads=drop) as it:
        await attach(it, folder, point)
        await it.rest()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
