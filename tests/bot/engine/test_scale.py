"""A session that waits is a row: no task, no timer, no team, no container."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sqlalchemy import Connection, update

from bot.domain.errors import ModelUnavailable
from bot.domain.events import Message
from bot.domain.participants import Person, ThreadRef
from bot.engine.intake_transaction import apply_event
from bot.store.schema import sessions
from tests.bot.engine.harness import THREAD, harness
from tests.bot.store.rows import admission
from tests.fakes.scripted_sandbox import ScriptedSandboxes
from tests.fakes.team import FakeTeams, Held, asks, code, finished

MANY = 1000


async def test_a_thousand_waiting_sessions_cost_nothing(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    async with harness(tmp_path, FakeTeams([asks("Which?")]), sandboxes=sandboxes) as it:
        await it.talk("the first")
        before = _at_work()

        def fill(connection: Connection) -> list[str]:
            threads = (ThreadRef("chat", "team", "general", f"t{number}") for number in range(MANY))
            messages = (Message(thread.thread, thread, Person("1", "Ann"), "Go") for thread in threads)
            ids = [apply_event(connection, message, admission(), 1.0).session for message in messages]
            connection.execute(update(sessions).values(status="waiting"))
            return ids

        for session in await it.database.write(fill):
            await it.dispatcher.wake(session)
        await it.rest()
        views = await it.reader.sessions(2 * MANY)
        timers = [handle for handle in asyncio.get_running_loop()._scheduled if not handle.cancelled()]  # type: ignore[attr-defined]
        after = _at_work()

    assert [view.status for view in views] == ["waiting"] * (MANY + 1)
    assert after == before
    assert len(timers) == 1, "they share the dispatcher's"
    assert sandboxes.open_now == 0


async def test_paused_sessions_share_one_timer(tmp_path: Path) -> None:
    threads = [ThreadRef("chat", "team", "general", f"t{number}") for number in range(20)]
    teams = FakeTeams([ModelUnavailable("Busy.") for _ in threads])
    async with harness(tmp_path, teams) as it:
        for thread in threads:
            await it.say("Go", thread=thread)
        await it.rest()
        views = await it.reader.sessions()
        tasks = {task.get_name() for task in asyncio.all_tasks()}

    assert [view.status for view in views] == ["paused"] * 20
    assert len([name for name in tasks if name == "dispatch timer"]) == 1
    assert not [name for name in tasks if name.startswith("worker ")]


async def test_only_so_many_sessions_have_a_container_at_a_time(
    tmp_path: Path, sandboxes: ScriptedSandboxes
) -> None:
    threads = [ThreadRef("chat", "team", "general", f"t{number}") for number in range(12)]
    teams = FakeTeams([code("x()"), code("y()"), finished()])
    async with harness(tmp_path, teams, sandboxes=sandboxes, at_once=3) as it:
        for thread in threads:
            await it.say("Go", thread=thread)
        await it.rest()
        ended = [it.thread(thread)[-1] for thread in threads]

    assert ended == ["finished: The team has finished."] * 12
    assert sandboxes.most_open == 3
    assert len(sandboxes.ran) == 24


async def test_a_queue_is_served_in_order_and_talking_costs_no_place(tmp_path: Path) -> None:
    threads = [ThreadRef("chat", "team", "general", f"t{number}") for number in range(3)]
    held = Held(finished())
    teams = FakeTeams([held])
    async with harness(tmp_path, teams, at_once=1) as it:
        await it.say("first")
        await held.arrived.wait()
        for number, thread in enumerate(threads, 1):
            await it.say(thread.thread, thread=thread)
            while it.runner.slots.waiting < number:  # noqa: ASYNC110  (a queue has no bell)
                await asyncio.sleep(0)
        await it.say("and more", thread=threads[0])
        await it.chat.until_shown(*(f"is waiting for a free sandbox ({ahead} ahead)" for ahead in range(3)))
        held.released.set()
        await it.rest()
        assert it.thread(THREAD)[-1] == "finished: The team has finished."

    assert teams.heard == [["first"], ["t0", "and more"], ["t1"], ["t2"]]


async def test_a_thread_sees_how_many_wait_for_a_container_before_it(
    tmp_path: Path, sandboxes: ScriptedSandboxes
) -> None:
    sandboxes.opening = asyncio.Event()
    async with harness(tmp_path, FakeTeams([code("x()"), finished()]), sandboxes=sandboxes) as it:
        await it.say("Go")
        await it.chat.until_shown("is waiting for a free sandbox (0 ahead)")
        sandboxes.opening.set()
        await it.rest()
        assert it.thread()[-1] == "finished: The team has finished."
    assert it.chat.hints[-1] == ""


def _at_work() -> int:
    return len([task for task in asyncio.all_tasks() if not task.done()])
