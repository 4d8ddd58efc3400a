"""What a turn is offered, at the moments a whole conversation does not meet by itself."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Connection

from bot.domain.errors import SandboxUnavailable, Stopped
from bot.domain.turn_results import RunResult
from bot.engine.concurrency_slots import ConcurrencySlots
from bot.engine.session_resources import SessionResources
from bot.engine.session_rules import SessionRules
from bot.engine.turn_context import TurnContext
from bot.store import inbox, runs
from bot.store.database import Database
from tests.bot.store.rows import message, take
from tests.fakes.scripted_sandbox import Does, Runs, ScriptedSandboxes
from tests.fakes.team import FakeTeams, code

TWO = (*code("first()").blocks, *code("second()").blocks)


@dataclass(slots=True)
class TurnHarness:
    """A turn of one session."""

    database: Database
    session: str
    context: TurnContext


@pytest.fixture
async def harness(tmp_path: Path, sandboxes: ScriptedSandboxes) -> AsyncIterator[TurnHarness]:
    async with Database(f"sqlite:///{tmp_path / 'x.sqlite'}") as database:
        session = (await take(database, message())).session
        async with SessionResources(session, database, FakeTeams([]), sandboxes, ConcurrencySlots(1)) as resources:
            context = TurnContext(
                session,
                1,
                resources=resources,
                database=database,
                tokens_left=100,
                rules=SessionRules,
                timeout=60,
                show=lambda _hint: None,
                price=lambda usage: usage.tokens / 100,
                keep=sandboxes.shelf.keep,
                read=sandboxes.shelf.bytes,
                clock=time.time,
            )
            yield TurnHarness(database, session, context)


async def test_blocks_run_in_order_up_to_the_first_that_fails(
    harness: TurnHarness, sandboxes: ScriptedSandboxes
) -> None:
    sandboxes.programs["first()"] = Does(
        RunResult(1, "ModuleNotFoundError: No module named 'polars'", 0.1, note="x")
    )
    (result,) = await harness.context.run(TWO)
    assert sandboxes.ran == ["first()"]
    assert result.note.startswith("x The package polars is not installed and cannot be")
    assert await harness.database.read(runs.state, harness.session, 1) == "started"


async def test_what_is_said_of_files_is_in_the_result(harness: TurnHarness, sandboxes: ScriptedSandboxes) -> None:
    sandboxes.programs["first()"] = Does(RunResult(0, "", 0.1, note="x"), {"a.csv": b"1"})
    sandboxes.file_note = "Not kept: `big.bin` (larger than 50 MB)."
    first, _ = await harness.context.run(TWO)
    assert (first.note, [file.path for file in first.files]) == (f"x {sandboxes.file_note}", ["a.csv"])


async def test_code_that_was_sent_once_is_not_sent_again(
    harness: TurnHarness, sandboxes: ScriptedSandboxes
) -> None:
    await harness.context.run(TWO)
    (again,) = await harness.context.run(TWO)
    assert again.killed == "interrupted"
    assert sandboxes.ran == ["first()", "second()"]


async def test_a_stop_just_before_the_code_is_sent_keeps_it_back(
    harness: TurnHarness, sandboxes: ScriptedSandboxes
) -> None:
    writing, go_on = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def hold(_connection: Connection) -> None:
        loop.call_soon_threadsafe(writing.set)
        go_on.wait()

    holding = asyncio.create_task(harness.database.write(hold))
    await writing.wait()
    running = asyncio.create_task(harness.context.run(TWO))
    await sandboxes.opened.wait()
    await harness.context.stop()
    go_on.set()
    with pytest.raises(Stopped):
        await running
    await holding
    assert sandboxes.ran == []
    assert await harness.database.read(runs.state, harness.session, 1) == "started", "never sent again"


async def test_stopped_code_brings_its_result_before_the_team_stops(
    harness: TurnHarness, sandboxes: ScriptedSandboxes
) -> None:
    sandboxes.programs["first()"] = program = Runs(printed="row 1\n")
    sandboxes.reading = asyncio.Event()
    told = asyncio.create_task(harness.context.stopped())
    running = asyncio.create_task(harness.context.run(TWO))
    await program.begun.wait()
    await harness.context.stop()
    asyncio.get_running_loop().call_later(0.1, sandboxes.reading.set)
    (result,) = await running
    assert (result.killed, result.output, [file.path for file in result.files]) == (
        "stopped",
        "row 1\n",
        ["half-written"],
    )
    assert not told.done()
    await told


async def test_a_sandbox_that_breaks_at_a_stop_costs_only_files(
    harness: TurnHarness, sandboxes: ScriptedSandboxes
) -> None:
    sandboxes.programs["first()"] = program = Runs(printed="row 1\n")
    sandboxes.breaks = SandboxUnavailable("It broke.")
    running = asyncio.create_task(harness.context.run(TWO))
    await program.begun.wait()
    await harness.context.stop()
    (result,) = await running
    assert (result.output, result.files) == ("row 1\n", ())
    assert harness.context.failure is None


async def test_a_sandbox_that_breaks_after_a_run_is_a_failure(
    harness: TurnHarness, sandboxes: ScriptedSandboxes
) -> None:
    sandboxes.breaks = SandboxUnavailable("It broke.")
    with pytest.raises(SandboxUnavailable):
        await harness.context.run(TWO)
    assert harness.context.failure is sandboxes.breaks


async def test_a_stop_before_any_code_is_told_at_once(harness: TurnHarness) -> None:
    await harness.context.stop()
    async with asyncio.timeout(1):
        await harness.context.stopped()


async def test_a_failure_is_kept_for_who_asks(harness: TurnHarness, sandboxes: ScriptedSandboxes) -> None:
    sandboxes.faults = [SandboxUnavailable("Docker is away.")]
    with pytest.raises(SandboxUnavailable):
        await harness.context.run(TWO)
    assert str(harness.context.failure) == "Docker is away."
    assert await harness.database.read(runs.state, harness.session, 1) is None
    assert not await harness.database.read(inbox.has_pending_stop, harness.session)


async def test_work_is_cancelled_when_the_turn_is_to_end(harness: TurnHarness) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    working = asyncio.create_task(harness.context.unless_stopped(work()))
    await begun.wait()
    await harness.context.stop()
    with pytest.raises(Stopped):
        await working
    assert ended.is_set()


async def test_work_that_ends_brings_its_result_or_its_error(harness: TurnHarness) -> None:
    async def work(value: int) -> float:
        return 1 / value

    assert await harness.context.unless_stopped(work(2)) == 0.5
    with pytest.raises(ZeroDivisionError):
        await harness.context.unless_stopped(work(0))
