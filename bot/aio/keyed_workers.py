"""One task for each key: work for a key never overlaps, and a wake during the work is not lost."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Self, TypeAlias

from bot.aio.cancellation import end, ended

log = logging.getLogger(__name__)

Work: TypeAlias = Callable[[str, asyncio.Event], Awaitable[None]]
"""Does what there is to do for a key; its event is set whenever the key is woken during the work."""


class KeyedWorkers:
    """Owns the tasks of all keys.

    Work that fails is logged and done again after `again` seconds, or at the next wake. Work that is cancelled has
    `cleaning_up` seconds to end, and then is abandoned.
    """

    def __init__(self, work: Work, again: float = 30.0, cleaning_up: float = 3.0) -> None:
        self._work = work
        self._again = again
        self._cleaning_up = cleaning_up
        self._woken: dict[str, asyncio.Event] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close(grace=0)

    def wake(self, key: str) -> None:
        """Have the key's work done, or done again if it is being done now."""
        if self._closed:
            return
        if key in self._woken:
            self._woken[key].set()
            return
        self._woken[key] = asyncio.Event()
        self._tasks[key] = asyncio.create_task(self._serve(key), name=f"worker {key}")

    async def end(self, key: str, grace: float) -> None:
        """Give the current work of a key `grace` seconds, then cancel it."""
        task = self._tasks.get(key)
        if task is not None and not await ended(task, within=grace):
            await end(task, within=self._cleaning_up)

    async def close(self, grace: float) -> None:
        """Start nothing new, wake the current work, give it `grace` seconds, then cancel it."""
        self._closed = True
        tasks = list(self._tasks.values())
        self._tasks.clear()
        if not tasks:
            return
        for woken in self._woken.values():
            woken.set()
        _, late = await asyncio.wait(tasks, timeout=grace)
        await end(*late, within=self._cleaning_up)

    async def _serve(self, key: str) -> None:
        woken = self._woken[key]
        again = True
        try:
            while again:
                await self._once(key, woken)
                again = woken.is_set() and not self._closed
        finally:
            del self._woken[key]
            self._tasks.pop(key, None)

    async def _once(self, key: str, woken: asyncio.Event) -> None:
        if self._closed:
            return
        woken.clear()
        try:
            await self._work(key, woken)
        except Exception:
            log.exception("work for %s failed", key)
            asyncio.get_running_loop().call_later(self._again, self.wake, key)
