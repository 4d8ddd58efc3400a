"""SIGKILL at the worst moments: nothing is lost, nothing is shown twice, no code is sent twice."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from bot.domain import json_codec
from tests.bot.engine import crasher
from tests.bot.engine.harness import harness, show
from tests.fakes.team import FakeTeams

ROOT = Path(__file__).parents[3]
WELL = [
    "assistant: I begin.",
    "assistant wrote: work()",
    "output: ok",
    "assistant: It is done.",
    "finished: The team has finished.",
]
INTERRUPTED = [*WELL[:2], "output: interrupted", *WELL[3:]]


async def crash(folder: Path, point: str, crasher: str = crasher.__name__) -> None:
    """Have a process work on a task and kill it at the point."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", crasher, str(folder), point),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        assert (await process.stdout.readline()).decode().strip() == point
    finally:
        process.kill()
        await process.communicate()


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


@pytest.mark.parametrize(
    ("point", "thread"),
    [
        ("model call", WELL),
        ("run", INTERRUPTED),
        ("commit", INTERRUPTED),
        ("committed", WELL),
        ("accepted", WELL),
    ],
)
async def test_a_kill(tmp_path: Path, point: str, thread: list[str]) -> None:
    await crash(tmp_path, point)
    teams = FakeTeams(crasher.SCRIPT)
    chat, sandboxes = crasher.chat(tmp_path), crasher.sandboxes(tmp_path)
    async with harness(tmp_path, teams, chat=chat, sandboxes=sandboxes) as it:
        await it.rest()
        view = await it.view()
        timeline = await it.reader.timeline(view.id)

    seen = [show(json_codec.post.validate_json(line.partition(" ")[2])) for line in lines(tmp_path / "thread")]
    assert seen == thread
    assert lines(tmp_path / "ran") == ["work()"]
    assert (view.status, view.outcome, view.turns) == ("ended", "finished", 4)
    assert [entry.seq for entry in timeline] == list(range(1, len(thread) + 2))


async def test_kills_during_runs_are_no_errors_of_the_code(tmp_path: Path) -> None:
    for _ in range(3):
        await crash(tmp_path, "each run")
    async with harness(tmp_path, FakeTeams(crasher.TRIES), sandboxes=crasher.sandboxes(tmp_path)) as it:
        await it.rest()
        view = await it.view()

    assert lines(tmp_path / "ran") == ["work(0)", "work(1)", "work(2)", "work(3)"]
    assert (view.status, view.outcome) == ("ended", "finished")
