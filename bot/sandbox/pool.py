"""A few clean containers, started and preloaded, so that sessions need not wait for one."""

from __future__ import annotations

import asyncio
import logging
import os
from collections import deque
from collections.abc import Awaitable, Callable

from bot.aio.background import BackgroundTasks
from bot.aio.wait_queue import Ahead, WaitQueue
from bot.domain.errors import SandboxUnavailable
from bot.sandbox.attach_stream import Lost
from bot.sandbox.container import Container

logger = logging.getLogger(__name__)


class Pool:
    """Hands out containers, each once. It owns those that are not taken yet, and the tasks that make them.

    `taken` counts those it has handed out, `misses` how often none was ready.
    """

    def __init__(
        self, size: int, make: Callable[[], Awaitable[Container]], discard: Callable[[Container], None]
    ) -> None:
        self.taken = 0
        self.misses = 0
        self._size = size
        self._make = make
        self._discard = discard
        self._starts = asyncio.Semaphore(os.cpu_count() or 1)
        self._ready: deque[Container] = deque()
        self._line: WaitQueue[Container] = WaitQueue(self.give_back)
        self._checks: list[asyncio.Future[None]] = []
        self._making = BackgroundTasks("a sandbox could not be made")

    def fill(self, coming: int = 0) -> None:
        """Have as many made as are missing, in the background; `coming`: how many are about to wait."""
        self._start_making(self._size + len(self._line) + coming - len(self._ready) - len(self._making))

    async def take(self, ahead: Ahead = lambda _: None) -> Container:
        """A container for one session, which from now on is the caller's; raises SandboxUnavailable."""
        self.taken += 1
        while self._ready:
            container = self._ready.popleft()
            self.fill()
            if await self._answers(container):
                return container
        self.misses += 1
        self.fill(coming=1)
        return await self._line.wait(ahead)

    async def check(self) -> None:
        """Returns when a container could be made; raises SandboxUnavailable."""
        if self._ready:
            return
        check: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._checks.append(check)
        if not self._making:
            self._start_making(1)
        try:
            await check
        finally:
            self._checks.remove(check)

    @property
    def ready(self) -> int:
        """How many are ready."""
        return len(self._ready)

    def give_back(self, container: Container) -> None:
        """Take back a container in which nothing ran."""
        if self._line.serve(container):
            return
        if len(self._ready) < self._size:
            self._ready.append(container)
        else:
            self._discard(container)

    async def close(self) -> None:
        """Discard what is not taken."""
        await self._making.close()
        while self._ready:
            self._discard(self._ready.popleft())

    async def _answers(self, container: Container) -> bool:
        try:
            await container.ping()
        except Lost:
            self._discard(container)
            return False
        except asyncio.CancelledError:
            self._discard(container)
            raise
        return True

    def _start_making(self, count: int) -> None:
        for _ in range(count):
            self._making.start(self._make_one())

    async def _make_one(self) -> None:
        try:
            async with self._starts:
                container = await self._make()
        except Exception as error:  # whatever it is, those who wait must get it
            self._failed(error)
            return
        for check in self._checks:
            if not check.done():
                check.set_result(None)
        self.give_back(container)

    def _failed(self, error: Exception) -> None:
        """Raise the error in every caller that waits: what failed once would fail for each of them."""
        known = isinstance(error, SandboxUnavailable)
        logger.warning("no sandbox could be started: %s", error, exc_info=None if known else error)
        reason = error if known else SandboxUnavailable(f"No sandbox could be started: {error}")
        for check in self._checks:
            if not check.done():
                check.set_exception(reason)
        self._line.fail(reason)
