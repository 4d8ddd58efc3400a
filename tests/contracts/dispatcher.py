"""What every Dispatcher keeps to. Subclass it and give it a fixture `start`."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import TypeAlias

import pytest

from bot.aio.keyed_workers import Work
from bot.ports import Dispatcher

Start: TypeAlias = Callable[[Work], AbstractAsyncContextManager[Dispatcher]]
"""A running dispatcher that has sessions run by this function; when the context ends, so does what it runs."""


@dataclass(slots=True)
class Sessions:
    """Work that says when it has begun, and goes on when it is let."""

    gates: defaultdict[str, asyncio.Event] = field(default_factory=lambda: defaultdict(asyncio.Event))
    begun: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    ended: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    at_work: list[str] = field(default_factory=list)
    overlapped: bool = False
    woken: dict[str, asyncio.Event] = field(default_factory=dict)

    async def run(self, session: str, woken: asyncio.Event) -> None:
        self.overlapped = self.overlapped or session in self.at_work
        self.at_work.append(session)
        self.woken[session] = woken
        self.begun.put_nowait(session)
        try:
            await self.gates[session].wait()
        finally:
            self.at_work.remove(session)
        self.ended.put_nowait(session)


class DispatcherContract:
    """Needs a fixture `start`."""

    @pytest.fixture
    def start(self) -> Start:
        raise NotImplementedError

    @pytest.fixture
    def sessions(self) -> Sessions:
        return Sessions()

    async def test_a_wake_runs_the_session(self, start: Start, sessions: Sessions) -> None:
        async with start(sessions.run) as dispatcher:
            await dispatcher.wake("a")
            assert await sessions.begun.get() == "a"
            sessions.gates["a"].set()
            assert await sessions.ended.get() == "a"

    async def test_a_wake_while_it_runs_tells_it_and_has_it_look_again(
        self, start: Start, sessions: Sessions
    ) -> None:
        async with start(sessions.run) as dispatcher:
            await dispatcher.wake("a")
            await sessions.begun.get()
            await dispatcher.wake("a")
            await dispatcher.wake("a")
            await sessions.woken["a"].wait()
            assert sessions.begun.empty(), "one session is run by one at a time"
            sessions.gates["a"].set()
            await sessions.ended.get()
            assert await sessions.begun.get() == "a"
            await sessions.ended.get()
            assert sessions.begun.empty(), "two wakes are one look"
        assert not sessions.overlapped

    async def test_what_it_has_seen_itself_is_not_looked_at_again(self, start: Start) -> None:
        looks = asyncio.Queue[str]()
        once = asyncio.Event()

        async def run(session: str, woken: asyncio.Event) -> None:
            looks.put_nowait(session)
            await once.wait()
            woken.clear()

        async with start(run) as dispatcher:
            await dispatcher.wake("a")
            await looks.get()
            await dispatcher.wake("a")
            once.set()
            await dispatcher.wake("b")
            assert await looks.get() == "b"

    async def test_sessions_do_not_wait_for_each_other(self, start: Start, sessions: Sessions) -> None:
        async with start(sessions.run) as dispatcher:
            for name in ("a", "b", "c"):
                await dispatcher.wake(name)
            assert {await sessions.begun.get() for _ in range(3)} == {"a", "b", "c"}
            sessions.gates["b"].set()
            assert await sessions.ended.get() == "b"

    async def test_a_session_can_be_woken_again_later(self, start: Start, sessions: Sessions) -> None:
        sessions.gates["a"].set()
        async with start(sessions.run) as dispatcher:
            for _ in range(3):
                await dispatcher.wake("a")
                assert await sessions.ended.get() == "a"

    async def test_one_that_fails_is_logged_and_takes_no_other_down(
        self, start: Start, sessions: Sessions, caplog: pytest.LogCaptureFixture
    ) -> None:
        async def run(session: str, woken: asyncio.Event) -> None:
            if session == "bad":
                raise ZeroDivisionError("a bug")
            await sessions.run(session, woken)

        sessions.gates["good"].set()
        with caplog.at_level(logging.ERROR):
            async with start(run) as dispatcher:
                await dispatcher.wake("bad")
                await dispatcher.wake("good")
                assert await sessions.ended.get() == "good"
        assert "a bug" in caplog.text

    async def test_one_that_failed_is_tried_again_by_itself(
        self, start: Start, caplog: pytest.LogCaptureFixture
    ) -> None:
        tries = asyncio.Queue[int]()
        count = iter(range(3))

        async def run(session: str, woken: asyncio.Event) -> None:
            number = next(count)
            tries.put_nowait(number)
            if number < 2:
                raise ZeroDivisionError

        async with start(run) as dispatcher:
            await dispatcher.wake("a")
            assert [await tries.get() for _ in range(3)] == [0, 1, 2]

    async def test_nothing_is_left_when_it_ends(self, start: Start, sessions: Sessions) -> None:
        before = asyncio.all_tasks()
        async with start(sessions.run) as dispatcher:
            await dispatcher.wake("a")
            await sessions.begun.get()
        assert sessions.at_work == []
        assert sessions.ended.empty()
        assert asyncio.all_tasks() == before
        await dispatcher.wake("b")
        assert asyncio.all_tasks() == before
