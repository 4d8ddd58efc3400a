"""Ends tasks; one that does not end within a moment is abandoned, not waited for."""

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
"""Held here, because an event loop keeps only weak references to tasks."""


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


async def discard(task: asyncio.Task[Any], within: float = MOMENT) -> None:
    """End a task of which neither result nor error is wanted."""
    if await end(task, within=within):
        _retrieve(task)


async def heeding(work: Awaitable[T]) -> T:
    """The result of `work`; raises CancelledError when this task was cancelled and `work` ignored that."""
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
    _abandoned.discard(task)
    _retrieve(task)


def _retrieve(task: asyncio.Task[Any]) -> None:
    """Take note of a task's error, which asyncio reports otherwise."""
    if not task.cancelled():
        task.exception()
