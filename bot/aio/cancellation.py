"""Ends tasks without waiting for what does not end: after a moment it is abandoned."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from typing import Any, TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")

MOMENT = 0.5
"""Seconds that a task has to end once it is cancelled."""

_abandoned: set[asyncio.Task[Any]] = set()
"""Held here, for a loop holds no task that only waits."""


async def end(*tasks: asyncio.Task[Any], within: float = MOMENT) -> bool:
    """Cancel tasks and wait for them; whether they have ended. Those that have not are abandoned."""
    for task in tasks:
        task.cancel()
    try:
        return await ended(*tasks, within=within)
    finally:
        for task in tasks:
            if not task.done():
                _abandon(task)


async def ended(*tasks: asyncio.Task[Any], within: float) -> bool:
    """Wait for tasks, at most so many seconds; whether all have ended."""
    return not tasks or not (await asyncio.wait(tasks, timeout=within))[1]


async def heeding(work: Awaitable[T]) -> T:
    """What `work` brings; raises CancelledError when this task was cancelled and `work` took no notice of it."""
    result = await work
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
    return result


def _abandon(task: asyncio.Task[Any]) -> None:
    work = getattr(task.get_coro(), "__qualname__", "a task")
    log.warning("%s (%s) does not end and is abandoned", task.get_name(), work)
    _abandoned.add(task)
    task.add_done_callback(_forget)


def _forget(task: asyncio.Task[Any]) -> None:
    """Whatever it brings after all is of no use to anybody."""
    _abandoned.discard(task)
    if not task.cancelled():
        task.exception()
