"""Tasks that run beside other work, each with an owner that ends it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Self

from bot.aio.cancellation import MOMENT, discard, end

log = logging.getLogger(__name__)


@asynccontextmanager
async def running_beside(
    work: Coroutine[Any, Any, None], within: float = MOMENT, name: str | None = None
) -> AsyncIterator[None]:
    """Do `work` while the body runs; when the body ends it is cancelled, and has `within` seconds to end."""
    task = asyncio.create_task(work, name=name)
    try:
        yield
    except BaseException:
        # What ended the body, a cancellation too, takes precedence over an error of the work.
        await discard(task, within=within)
        raise
    if await end(task, within=within) and not task.cancelled():
        task.result()


class BackgroundTasks:
    """Owns tasks that nothing waits for: one that fails is logged, all are cancelled when it closes.

    `failed` is what the log says of one that fails, before its error.
    """

    def __init__(self, failed: str) -> None:
        self._failed = failed
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_open = True

    async def __aenter__(self) -> Self:
        self._is_open = True
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Cancel what is running, and accept nothing more."""
        self._is_open = False
        await end(*self._tasks)

    def __len__(self) -> int:
        """How many are running."""
        return len(self._tasks)

    def start(self, work: Coroutine[Any, Any, Any]) -> None:
        """Begin it now; after `close` it is dropped."""
        if not self._is_open:
            work.close()
            return
        task = asyncio.create_task(self._do(work), name=getattr(work, "__qualname__", None))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _do(self, work: Coroutine[Any, Any, Any]) -> None:
        try:
            await work
        except Exception as error:
            log.warning("%s: %s", self._failed, error)
