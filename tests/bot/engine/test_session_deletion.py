"""Deleting sessions: at rest, at work, while posts are on their way, across a crash, by age."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from pathlib import Path

import pytest
from sqlalchemy import Connection

from bot.domain.audit_facts import ROUNDTABLE, Erased
from bot.domain.errors import BadInput, RetryAfter
from bot.domain.events import Erase, Message, RemoteFile, Stop
from bot.domain.participants import Person, ThreadRef
from bot.engine.housekeeping import DAY, Housekeeping
from bot.engine.intake_transaction import apply_event
from bot.store import audit, deletions
from bot.store.audit import AuditFilter
from tests.bot.engine.harness import THREAD, EngineHarness, harness
from tests.bot.store.rows import admission, counts
from tests.fakes.chat import FakeChat, Slow
from tests.fakes.scripted_sandbox import Runs, ScriptedSandboxes
from tests.fakes.team import FakeTeams, Held, asks, code, finished, said
from tests.platforms import postgres

KEPT = {"sessions", "ledger", "audit"}
OTHER = ThreadRef("chat", "team", "general", "2")


async def _gone(it: EngineHarness, session: str) -> None:
    """Returns when the deletion is done."""
    with it.changes.watch(session) as changed:
        while await it.reader.is_going(session):
            await changed.wait()
            changed.clear()


async def _left(it: EngineHarness) -> set[str]:
    return {name for name, count in (await it.database.read(counts)).items() if count}


async def test_a_session_at_rest_is_deleted(tmp_path: Path) -> None:
    chat = FakeChat(files={"f": b"x"})
    async with harness(tmp_path, FakeTeams([code("work()"), finished()]), chat=chat) as it:
        session = await it.say("Go", files=[RemoteFile("data.csv", 1, "f")])
        await it.rest()
        await it.erase()
        await _gone(it, session)
        assert await _left(it) == KEPT
        assert it.removed == {session: {"f"}}
        assert await it.reader.sessions() == []


async def test_a_session_at_work_is_stopped_and_then_deleted(tmp_path: Path) -> None:
    held = Held()
    async with harness(tmp_path, FakeTeams([held])) as it:
        session = await it.say("Go")
        await held.arrived.wait()
        await it.erase()
        await _gone(it, session)
        assert await _left(it) == KEPT
        assert it.thread() == ["stopped: Stopped by Ann."]


@pytest.mark.postgres
async def test_a_session_at_work_on_postgresql_is_deleted(tmp_path: Path, cluster: postgres.Cluster) -> None:
    held = Held()
    async with harness(tmp_path, FakeTeams([code("work()"), held]), url=cluster.database()) as it:
        session = await it.say("Go")
        await held.arrived.wait()
        await it.erase()
        await _gone(it, session)
        assert await _left(it) == KEPT
        assert it.thread()[-1] == "stopped: Stopped by Ann."


async def test_code_that_runs_is_killed_first(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    sandboxes.programs["work()"] = running = Runs()
    async with harness(tmp_path, FakeTeams([code("work()")]), sandboxes=sandboxes) as it:
        session = await it.say("Go")
        await running.begun.wait()
        await it.erase()
        await _gone(it, session)
        assert (sandboxes.killed, sandboxes.open_now) == (1, 0)
        assert await _left(it) == KEPT


async def test_a_session_that_waits_for_an_answer_is_deleted(tmp_path: Path) -> None:
    async with harness(tmp_path, FakeTeams([asks("Which year?")])) as it:
        session = await it.say("Go")
        await it.rest()
        await it.erase()
        await _gone(it, session)
        assert await _left(it) == KEPT


async def test_words_during_a_deletion_are_refused(tmp_path: Path) -> None:
    held = Held()
    async with harness(tmp_path, FakeTeams([held, finished()])) as it:
        session = await it.say("Go")
        await held.arrived.wait()
        with it.changes.watch(session):
            await it.database.write(apply_event, Erase("e", THREAD, Person("2", "Ben")), admission(), 1.0)
            with pytest.raises(BadInput, match="is being deleted"):
                await it.say("More")
            await it.dispatcher.wake(session)
            await _gone(it, session)
        assert await it.say("Again") != session
        held.released.set()
        await it.rest()
        assert it.thread()[-1] == "finished: The team has finished."


async def test_words_after_an_earlier_stop_do_not_keep_a_session(tmp_path: Path) -> None:
    ben = Person("2", "Ben")

    def at_once(connection: Connection) -> None:
        apply_event(connection, Stop("s", THREAD, ben), admission(), 1.0)
        apply_event(connection, Message("m", THREAD, ben, "Go on"), admission(), 1.0)
        apply_event(connection, Erase("e", THREAD, ben), admission(), 1.0)

    held = Held()
    async with harness(tmp_path, FakeTeams([held, asks("Which year?")])) as it:
        session = await it.say("Go")
        await held.arrived.wait()
        await it.database.write(at_once)
        await it.dispatcher.wake(session)
        await _gone(it, session)
        assert await _left(it) == KEPT


@pytest.mark.parametrize("fault", [Slow(), RetryAfter(3600)])
async def test_posts_that_are_on_their_way_do_not_keep_a_session(tmp_path: Path, fault: Slow | RetryAfter) -> None:
    chat = FakeChat(faults=[fault])
    async with harness(tmp_path, FakeTeams([finished("A secret.")]), chat=chat, grace=0.05) as it:
        session = await it.say("Go")
        while not chat.calls:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await it.erase()
        await _gone(it, session)
        assert await _left(it) == KEPT
        await it.rest()
        assert it.thread() == []


async def test_another_session_is_left_alone(tmp_path: Path) -> None:
    async with harness(tmp_path, FakeTeams([finished("Done.")])) as it:
        one, other = await it.say("Go"), await it.say("Go too", thread=OTHER)
        await it.rest()
        before = await it.reader.timeline(other)
        await it.erase()
        await _gone(it, one)
        assert await it.reader.timeline(other) == before
        assert [view.id for view in await it.reader.sessions()] == [other]


@pytest.mark.parametrize("point", ["wished", "erased"])
async def test_an_interrupted_deletion_is_resumed_at_the_next_start(tmp_path: Path, point: str) -> None:
    def cut_off(connection: Connection) -> None:
        apply_event(connection, Erase("e", THREAD, Person("2", "Ben")), admission(), 1.0)
        if point == "erased":
            deletions.erase(connection, session, 2.0)

    async with harness(tmp_path, FakeTeams([finished("Done.")])) as it:
        session = await it.say("Go")
        await it.rest()
        await it.database.write(cut_off)
        assert await it.reader.is_going(session)
    async with harness(tmp_path, FakeTeams([finished("Done.")])) as it:
        await _gone(it, session)
        assert await _left(it) == KEPT
        assert session in it.removed
        assert len(await it.database.read(audit.page, AuditFilter(kinds=["deletion"]))) == 1


async def test_a_stop_that_comes_when_all_is_gone_does_no_harm(tmp_path: Path) -> None:
    async with harness(tmp_path, FakeTeams([said("a")] * 3 + [finished()])) as it:
        session = await it.say("Go")
        await it.shows(1)  # a turn was paid for
        await it.erase()
        await _gone(it, session)
        await it.dispatcher.wake(session)
        await it.rest()
        with pytest.raises(BadInput, match="no session here to stop"):
            await it.stop()
        assert await _left(it) == KEPT


async def _keep(it: EngineHarness, days: int, after: float) -> None:
    async def sweep(named: Collection[str], before: float) -> None:
        return None

    now = it.runner.clock() + after
    await Housekeeping(it.database, days, it.dispatcher.wake, sweep, lambda: now).once()


async def test_old_sessions_are_deleted_and_the_audit_says_why(tmp_path: Path) -> None:
    async with harness(tmp_path, FakeTeams([asks("Which?")])) as it:
        session = await it.say("Go")
        await it.rest()
        for days, after in ((0, 999 * DAY), (30, 29 * DAY)):
            await _keep(it, days, after)
            assert not await it.reader.is_going(session)
        await _keep(it, 30, 31 * DAY)
        await _gone(it, session)
        assert await _left(it) == KEPT
        (record,) = await it.database.read(audit.page, AuditFilter(kinds=["deletion"]))
    assert record.who == ROUNDTABLE
    assert isinstance(record.what, Erased)
    assert record.what.why == "age"


async def test_a_session_at_work_is_never_too_old(tmp_path: Path) -> None:
    held = Held()
    async with harness(tmp_path, FakeTeams([held, finished()])) as it:
        session = await it.say("Go")
        await held.arrived.wait()
        await _keep(it, 1, 99 * DAY)
        assert not await it.reader.is_going(session)
        held.released.set()
        await it.rest()
        assert it.thread()[-1] == "finished: The team has finished."


async def test_housekeeping_goes_on_after_a_failure(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    failed = asyncio.Event()

    async def sweep(named: Collection[str], before: float) -> None:
        failed.set()
        raise OSError("the disk is gone")

    async with harness(tmp_path, FakeTeams([])) as it:
        house = asyncio.create_task(Housekeeping(it.database, 0, it.dispatcher.wake, sweep).run())
        await failed.wait()
        await asyncio.sleep(0)
        assert not house.done()
        house.cancel()
        await asyncio.wait([house])
    assert "the disk is gone" in caplog.text
