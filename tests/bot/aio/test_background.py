"""Tasks beside other work end with their owner."""

from __future__ import annotations

import asyncio
import gc

import pytest

from bot.aio.background import BackgroundTasks, running_beside
from tests.fakes.deaf import wait_on


class Side:
    """Work that goes on until it is cancelled."""

    def __init__(self) -> None:
        self.began = asyncio.Event()
        self.ended = False

    async def run(self) -> None:
        self.began.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            self.ended = True


async def _fails() -> None:
    raise ZeroDivisionError("by zero")


async def test_side_work_runs_with_the_body_and_ends_with_it() -> None:
    side = Side()
    async with running_beside(side.run()):
        await side.began.wait()
        assert not side.ended
    assert side.ended


async def test_an_error_of_side_work_is_raised_after_the_body() -> None:
    reached = list[str]()
    with pytest.raises(ZeroDivisionError):
        async with running_beside(_fails()):
            await asyncio.sleep(0)
            reached.append("the end of the body")
    assert reached == ["the end of the body"]


async def test_an_error_of_the_body_takes_precedence() -> None:
    told = list[object]()
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.append(context))
    with pytest.raises(KeyError):
        async with running_beside(_fails()):
            await asyncio.sleep(0)
            raise KeyError
    gc.collect()
    assert told == []


async def test_a_cancelled_body_stays_cancelled_and_ends_its_side_work() -> None:
    side = Side()

    async def body() -> None:
        async with running_beside(side.run()):
            await asyncio.Event().wait()

    task = asyncio.create_task(body())
    await side.began.wait()
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert side.ended


async def test_side_work_that_does_not_end_is_abandoned(caplog: pytest.LogCaptureFixture) -> None:
    released = asyncio.Event()
    async with running_beside(wait_on(released), within=0.01, name="deaf work"):
        await asyncio.sleep(0)
    assert "deaf work (wait_on) does not end and is abandoned" in caplog.text
    released.set()


async def test_background_tasks_are_counted_while_they_run() -> None:
    tasks, go = BackgroundTasks("failed"), asyncio.Event()
    async with tasks:
        tasks.start(go.wait())
        tasks.start(go.wait())
        assert len(tasks) == 2
        go.set()
        while tasks:  # noqa: ASYNC110
            await asyncio.sleep(0)


async def test_closing_ends_background_tasks_and_drops_later_ones() -> None:
    side, later = Side(), Side()
    async with BackgroundTasks("failed") as tasks:
        tasks.start(side.run())
        await side.began.wait()
    assert side.ended
    tasks.start(later.run())
    await asyncio.sleep(0)
    assert not later.began.is_set()
    assert len(tasks) == 0


async def test_background_tasks_can_be_opened_again() -> None:
    tasks, side = BackgroundTasks("failed"), Side()
    async with tasks:
        pass
    async with tasks:
        tasks.start(side.run())
        await side.began.wait()
    assert side.ended


async def test_a_failed_background_task_is_logged_and_ends_no_other(caplog: pytest.LogCaptureFixture) -> None:
    side = Side()
    async with BackgroundTasks("a call failed") as tasks:
        tasks.start(side.run())
        tasks.start(_fails())
        await side.began.wait()
        while len(tasks) > 1:  # noqa: ASYNC110
            await asyncio.sleep(0)
        assert "a call failed: by zero" in caplog.text
        assert not side.ended


async def test_a_background_task_that_does_not_end_is_abandoned(caplog: pytest.LogCaptureFixture) -> None:
    released = asyncio.Event()
    async with BackgroundTasks("failed") as tasks:
        tasks.start(wait_on(released))
        await asyncio.sleep(0)
    assert "wait_on" in caplog.text
    assert "does not end and is abandoned" in caplog.text
    released.set()
