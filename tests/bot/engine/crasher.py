"""Halts at a chosen point, to be killed there: `python -m tests.bot.engine.crasher FOLDER POINT`."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from bot.domain import json_codec
from bot.domain.participants import MessageRef, ThreadRef
from bot.domain.posts import OutputPost, Part
from bot.domain.turn_results import What
from bot.ports import Remember, TurnPort
from tests.bot.engine.harness import harness
from tests.fakes.blob_store import FakeBlobs
from tests.fakes.chat import FakeChat
from tests.fakes.scripted_sandbox import ScriptedSandboxes
from tests.fakes.team import FakeTeams, Line, code, finished, said

SCRIPT: Sequence[Line] = (said("I begin."), code("work()"), finished("It is done."))


TRIES: Sequence[Line] = (*(code(f"work({number})") for number in range(4)), finished("It is done."))
"""What a team does that believes in its code."""


def halt(point: str) -> None:
    """Say that the point is reached, and do nothing more."""
    sys.stdout.write(f"{point}\n")
    sys.stdout.flush()
    while True:
        signal.pause()


class HaltingChat(FakeChat):
    """Halts before the platform has a program's output, or when it has it and we do not know yet."""

    point = ""

    async def deliver(self, thread: ThreadRef, part: Part, remember: Remember) -> MessageRef:
        output = isinstance(json_codec.post.validate_json(part.body), OutputPost)
        if output and self.point == "committed":
            halt(self.point)
        ref = await super().deliver(thread, part, remember)
        if output and self.point == "accepted":
            halt(self.point)
        return ref


def chat(folder: Path, kind: type[FakeChat] = FakeChat) -> FakeChat:
    """The platform, whose threads outlive every process of ours."""
    return kind(journal=folder / "thread")


def sandboxes(folder: Path) -> ScriptedSandboxes:
    """Sandboxes that write down what they ran."""

    def note(text: str) -> None:
        with (folder / "ran").open("a", encoding="utf-8") as ran:
            ran.write(f"{text}\n")

    return ScriptedSandboxes(FakeBlobs(folder), on_run=note)


async def main(folder: Path, point: str) -> None:
    """Work on a task, or go on with it, up to the point."""
    script, boxes, platform = (
        list(TRIES if point == "each run" else SCRIPT),
        sandboxes(folder),
        chat(folder, HaltingChat),
    )
    HaltingChat.point = point
    note = boxes.on_run

    def run(text: str) -> None:
        note(text)
        if point in ("run", "each run"):
            halt(point)

    async def call(_turn: TurnPort) -> What:
        halt(point)
        raise AssertionError

    def statement(_connection: Any, _cursor: Any, text: str, _values: Any, _context: Any, _many: bool) -> None:
        if text.startswith("INSERT INTO posts") and boxes.ran:
            sys.stdout.write(f"{point}\n")
            sys.stdout.flush()
            time.sleep(1e6)

    boxes.on_run = run
    if point == "model call":
        script[1] = call
    if point == "commit":
        event.listen(Engine, "before_cursor_execute", statement)
    async with harness(folder, FakeTeams(script), chat=platform, sandboxes=boxes) as it:
        if not await it.reader.sessions():
            await it.say("Go")
        await it.rest()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
