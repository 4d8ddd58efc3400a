"""Tasks are ended, and what does not end is abandoned."""

from __future__ import annotations

import asyncio
import gc
import logging

import pytest

from bot.aio.cancellation import end, ended, heeding
from tests.fakes.deaf import wait_on


async def _deaf(released: asyncio.Event, error: Exception | None = None) -> str:
    await wait_on(released)
    if error is not None:
        raise error
    return "too late"


async def test_a_task_that_is_ended_has_cleaned_up() -> None:
    cleaned = list[int]()

    async def work(number: int) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.01)
            cleaned.append(number)

    tasks = [asyncio.create_task(work(number)) for number in range(3)]
    await asyncio.sleep(0)
    assert await end(*tasks)
    assert cleaned == [0, 1, 2]
    assert all(task.cancelled() for task in tasks)


async def test_what_has_ended_already_keeps_its_result() -> None:
    task = asyncio.create_task(asyncio.sleep(0, "done"))
    await task
    assert await end(task, within=0)
    assert task.result() == "done"
    assert await end()


async def test_what_does_not_end_is_abandoned_and_that_is_said(caplog: pytest.LogCaptureFixture) -> None:
    released = asyncio.Event()
    task = asyncio.create_task(_deaf(released), name="a deaf task")
    await asyncio.sleep(0)
    with caplog.at_level(logging.WARNING):
        assert not await end(task, within=0.01)
    assert "a deaf task (_deaf) does not end and is abandoned" in caplog.text
    released.set()
    assert await task == "too late"


async def test_what_an_abandoned_task_raises_later_disturbs_nobody() -> None:
    told = list[object]()
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.append(context))
    released = asyncio.Event()
    task = asyncio.create_task(_deaf(released, ZeroDivisionError()))
    await asyncio.sleep(0)
    await end(task, within=0)
    released.set()
    await asyncio.wait([task])
    del task
    gc.collect()
    assert told == []


async def test_whoever_ends_tasks_may_be_cancelled_meanwhile() -> None:
    released = asyncio.Event()
    task = asyncio.create_task(_deaf(released))
    await asyncio.sleep(0)
    ending = asyncio.create_task(end(task, within=60))
    await asyncio.sleep(0)
    ending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ending
    released.set()
    await task


async def test_waiting_alone_cancels_nothing() -> None:
    released = asyncio.Event()
    task = asyncio.create_task(released.wait())
    assert not await ended(task, within=0.01)
    released.set()
    assert await ended(task, within=60)


async def test_a_cancellation_that_was_not_heeded_below_is_heeded_here() -> None:
    released, reached = asyncio.Event(), list[str]()

    async def work() -> None:
        await heeding(_deaf(released))
        reached.append("the next line")

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    released.set()
    await asyncio.wait([task])
    assert task.cancelled()
    assert reached == []


async def test_without_a_cancellation_the_result_comes_through() -> None:
    released = asyncio.Event()
    released.set()
    assert await heeding(_deaf(released)) == "too late"
