"""Work that is done while something else is, and no longer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from bot.aio.cancellation import MOMENT, end

T = TypeVar("T")


@asynccontextmanager
async def running_beside(work: Coroutine[None, None, None], within: float = MOMENT) -> AsyncIterator[None]:
    """Do `work` while the body runs; when the body ends it is cancelled, and has so many seconds to end."""
    task = asyncio.create_task(work)
    try:
        yield
    except BaseException:
        # What ended the body, a cancellation too, goes before an error of the work.
        if await end(task, within=within) and not task.cancelled():
            task.exception()
        raise
    if await end(task, within=within) and not task.cancelled() and (error := task.exception()):
        raise error


async def unless_set(event: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """What `work` brings; None, and it is cancelled, when the event is set first."""
    task, told = asyncio.create_task(work), asyncio.create_task(event.wait())
    try:
        await asyncio.wait({task, told}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await end(task, told)
    return task.result() if task.done() and not task.cancelled() else None
