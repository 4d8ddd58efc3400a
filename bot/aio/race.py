"""Waits for whichever of several things comes first."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from bot.aio.cancellation import MOMENT, discard, end

T = TypeVar("T")


class Overtaken(Exception):
    """What was waited for brought nothing before something else came first."""


async def race(
    work: Coroutine[Any, Any, T],
    rival: Coroutine[Any, Any, object],
    *,
    within: float = MOMENT,
    if_cancelled: float = MOMENT,
    name: str | None = None,
) -> T:
    """The result of `work`; raises Overtaken when `rival` returns first, or `work` is cancelled from inside.

    Work that is overtaken is cancelled and has `within` seconds to end, and `if_cancelled` seconds when the caller
    is cancelled.
    """
    task = asyncio.create_task(work, name=name)
    try:
        await first_done(rival, task)
    except BaseException:
        await discard(task, within=if_cancelled)
        raise
    await end(task, within=within)
    if not task.done() or task.cancelled():
        raise Overtaken
    return task.result()


async def first_done(rival: Coroutine[Any, Any, object], *tasks: asyncio.Task[Any]) -> None:
    """Returns when `rival` returns or one of the tasks has ended; the tasks go on, the rival does not."""
    waiting = asyncio.create_task(rival)
    try:
        await asyncio.wait({*tasks, waiting}, return_when=asyncio.FIRST_COMPLETED)
    except BaseException:
        await discard(waiting)
        raise
    if await end(waiting) and not waiting.cancelled():
        waiting.result()


async def first_set(one: asyncio.Event, other: asyncio.Event) -> None:
    """Returns when one of two events is set."""
    waiting = asyncio.create_task(one.wait())
    try:
        await first_done(other.wait(), waiting)
    finally:
        await end(waiting)
