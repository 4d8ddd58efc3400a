"""The default dispatcher, and the one timer for all pauses."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.aio.keyed_workers import Work
from bot.dispatch.local_dispatcher import LocalDispatcher
from bot.ports import Dispatcher
from tests.contracts.dispatcher import DispatcherContract, Sessions, Start


async def _nothing_due(_now: float) -> tuple[list[str], float | None]:
    return [], None


class TestLocalDispatcher(DispatcherContract):
    @pytest.fixture
    def start(self) -> Start:
        @asynccontextmanager
        async def start(run: Work) -> AsyncIterator[Dispatcher]:
            dispatcher = LocalDispatcher(run, _nothing_due, again=0.001)
            async with dispatcher.started(grace=0):
                yield dispatcher

        return start


async def test_sessions_that_are_due_are_woken_at_the_start() -> None:
    sessions, asked = Sessions(), []

    async def due(now: float) -> tuple[list[str], float | None]:
        asked.append(now)
        return (["a", "b"], None) if len(asked) == 1 else ([], None)

    dispatcher = LocalDispatcher(sessions.run, due, clock=lambda: 7.0)
    async with dispatcher.started(grace=0):
        assert {await sessions.begun.get(), await sessions.begun.get()} == {"a", "b"}
    assert asked[0] == 7.0


async def test_the_next_one_is_woken_when_its_time_has_come() -> None:
    sessions, wake_at = Sessions(), time.time() + 0.02

    async def due(now: float) -> tuple[list[str], float | None]:
        return (["a"], None) if now >= wake_at else ([], wake_at)

    sessions.gates["a"].set()
    async with LocalDispatcher(sessions.run, due).started(grace=0):
        await sessions.ended.get()
    assert time.time() >= wake_at


async def test_a_session_that_has_just_paused_sets_the_timer() -> None:
    paused: dict[str, float] = {}
    runs = asyncio.Queue[str]()

    async def run(session: str, woken: asyncio.Event) -> None:
        runs.put_nowait(session)
        if session not in paused:
            paused[session] = time.time() + 0.02

    async def due(now: float) -> tuple[list[str], float | None]:
        ripe = [session for session, wake_at in paused.items() if wake_at <= now]
        later = [wake_at for wake_at in paused.values() if wake_at > now]
        for session in ripe:
            paused[session] = now + 1e6
        return ripe, min(later, default=None)

    dispatcher = LocalDispatcher(run, due)
    async with dispatcher.started(grace=0):
        await dispatcher.wake("a")
        assert [await runs.get(), await runs.get()] == ["a", "a"]


async def test_it_asks_again_only_when_something_may_be_due() -> None:
    sessions, asked = Sessions(), asyncio.Queue[float]()
    sessions.gates["a"].set()

    async def due(now: float) -> tuple[list[str], float | None]:
        asked.put_nowait(now)
        return [], None

    dispatcher = LocalDispatcher(sessions.run, due)
    async with dispatcher.started(grace=0):
        await asked.get()
        await dispatcher.wake("a")
        await asked.get()
        assert asked.empty()


async def test_a_look_that_fails_is_repeated(caplog: pytest.LogCaptureFixture) -> None:
    sessions, looks = Sessions(), iter(range(10))

    async def due(now: float) -> tuple[list[str], float | None]:
        if next(looks) == 0:
            raise ZeroDivisionError("no tables")
        return ["a"], None

    with caplog.at_level(logging.ERROR):
        async with LocalDispatcher(sessions.run, due, again=0.001).started(grace=0):
            assert await sessions.begun.get() == "a"
    assert "no tables" in caplog.text


async def test_a_due_session_that_fails_is_not_hammered(caplog: pytest.LogCaptureFixture) -> None:
    runs = asyncio.Queue[str]()

    async def run(session: str, woken: asyncio.Event) -> None:
        runs.put_nowait(session)
        raise ZeroDivisionError

    async def due(now: float) -> tuple[list[str], float | None]:
        return ["a"], None

    async with LocalDispatcher(run, due, again=3600).started(grace=0):
        await runs.get()
        for _ in range(100):
            await asyncio.sleep(0)
        assert runs.empty()


async def test_at_the_end_turns_get_their_grace() -> None:
    sessions = Sessions()
    dispatcher = LocalDispatcher(sessions.run, _nothing_due)
    async with dispatcher.started(grace=60):
        await dispatcher.wake("a")
        await sessions.begun.get()
        asyncio.get_running_loop().call_soon(sessions.gates["a"].set)
    assert sessions.ended.get_nowait() == "a"


async def test_at_the_end_those_at_work_are_told_to_look() -> None:
    async def run(session: str, woken: asyncio.Event) -> None:
        await woken.wait()

    dispatcher = LocalDispatcher(run, _nothing_due)
    async with dispatcher.started(grace=60):
        await dispatcher.wake("a")
        await asyncio.sleep(0)


async def test_the_timer_ends_though_a_session_rests_just_then() -> None:
    async def due(_now: float) -> tuple[list[str], float | None]:
        return [], time.time() + 3600

    for ticks in range(6):
        rested = asyncio.Event()

        async def run(_session: str, _woken: asyncio.Event, rested: asyncio.Event = rested) -> None:
            rested.set()

        dispatcher = LocalDispatcher(run, due)
        async with dispatcher.started(grace=0):
            for _ in range(3):
                await asyncio.sleep(0)
            await dispatcher.wake("a")
            await rested.wait()
            for _ in range(ticks):
                await asyncio.sleep(0)
        assert "dispatch timer" not in {task.get_name() for task in asyncio.all_tasks()}
