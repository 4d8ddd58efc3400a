"""The default dispatcher: sessions run as tasks of this process."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias

from bot.aio.background import running_beside
from bot.aio.keyed_workers import KeyedWorkers, Work

log = logging.getLogger(__name__)

Due: TypeAlias = Callable[[float], Awaitable[tuple[list[str], float | None]]]
"""The paused sessions whose time has come, and when the next one is due, in epoch seconds."""


class LocalDispatcher:
    """Runs each session one at a time in this process; paused ones are woken by one timer, without polling.

    A session that fails, like a look at what is due, is tried again after `again` seconds.
    """

    def __init__(self, run: Work, due: Due, again: float = 30.0, clock: Callable[[], float] = time.time) -> None:
        self._run = run
        self._due = due
        self._again = again
        self._clock = clock
        self._workers = KeyedWorkers(self._work, again=again)
        self._paused = asyncio.Event()

    @asynccontextmanager
    async def started(self, grace: float) -> AsyncIterator[None]:
        """Wakes paused sessions in time while the body runs; at the end, turns get `grace` seconds."""
        try:
            async with running_beside(self._timer(), name="dispatch timer"):
                yield
        finally:
            await self._workers.close(grace)

    async def wake(self, session_id: str) -> None:
        """Something happened in this session."""
        self._workers.wake(session_id)

    async def _work(self, session_id: str, woken: asyncio.Event) -> None:
        await self._run(session_id, woken)
        # Not after a failure: a session that is due and fails would be woken again at once, for ever.
        self._paused.set()

    async def _timer(self) -> None:
        while True:
            self._paused.clear()
            wait = await self._wake_due()
            with contextlib.suppress(TimeoutError):
                # Python 3.11's wait_for forgets that it was cancelled when the event comes at the same moment.
                async with asyncio.timeout(wait):
                    await self._paused.wait()

    async def _wake_due(self) -> float | None:
        try:
            sessions, following = await self._due(self._clock())
        except Exception:
            log.exception("cannot read which sessions are due")
            return self._again
        for session_id in sessions:
            self._workers.wake(session_id)
        return None if following is None else max(0.0, following - self._clock())
