"""Whatever comes first counts; the loser is cancelled, and abandoned when it does not end."""

from __future__ import annotations

import asyncio
import gc

import pytest

from bot.aio.race import Overtaken, first_done, first_set, race
from tests.fakes.deaf import wait_on


class Work:
    """Waits until it is let go on, and remembers how it ended."""

    def __init__(self, error: Exception | None = None) -> None:
        self.go = asyncio.Event()
        self.cancelled = False
        self._error = error

    async def run(self) -> str:
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        if self._error is not None:
            raise self._error
        return "done"


async def test_work_that_is_first_brings_its_result() -> None:
    work, rival = Work(), Work()
    work.go.set()
    assert await race(work.run(), rival.run()) == "done"
    assert rival.cancelled


async def test_an_error_of_the_work_comes_through() -> None:
    work = Work(ZeroDivisionError())
    work.go.set()
    with pytest.raises(ZeroDivisionError):
        await race(work.run(), asyncio.Event().wait())


async def test_overtaken_work_is_cancelled() -> None:
    work, rival = Work(), Work()
    rival.go.set()
    with pytest.raises(Overtaken):
        await race(work.run(), rival.run())
    assert work.cancelled


async def test_a_result_that_comes_with_the_rival_counts() -> None:
    work, rival = Work(), Work()
    work.go.set()
    rival.go.set()
    assert await race(work.run(), rival.run()) == "done"


async def test_work_that_finishes_while_cancelled_brings_its_result() -> None:
    async def stubborn() -> str:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.sleep(0)
        return "what there is"

    assert await race(stubborn(), asyncio.sleep(0)) == "what there is"


async def test_work_cancelled_from_inside_counts_as_overtaken() -> None:
    async def cancels_itself() -> None:
        raise asyncio.CancelledError

    with pytest.raises(Overtaken):
        await race(cancels_itself(), asyncio.Event().wait())


async def test_overtaken_work_that_does_not_end_is_abandoned(caplog: pytest.LogCaptureFixture) -> None:
    released = asyncio.Event()
    with pytest.raises(Overtaken):
        await race(wait_on(released), asyncio.sleep(0), within=0.01, name="deaf work")
    assert "deaf work (wait_on) does not end and is abandoned" in caplog.text
    released.set()


async def test_a_cancelled_race_ends_both_and_stays_cancelled() -> None:
    work, rival = Work(), Work()
    racing = asyncio.create_task(race(work.run(), rival.run()))
    await asyncio.sleep(0.01)
    racing.cancel()
    await asyncio.wait([racing])
    assert racing.cancelled()
    assert work.cancelled and rival.cancelled


async def test_a_cancelled_race_abandons_work_that_does_not_end(caplog: pytest.LogCaptureFixture) -> None:
    released = asyncio.Event()
    racing = asyncio.create_task(race(wait_on(released), asyncio.Event().wait(), within=60, if_cancelled=0.01))
    await asyncio.sleep(0.01)
    racing.cancel()
    await asyncio.wait([racing])
    assert racing.cancelled()
    assert "does not end and is abandoned" in caplog.text
    released.set()


async def test_an_error_nobody_waits_for_any_more_is_not_reported() -> None:
    told = list[object]()
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.append(context))

    async def fails_when_cancelled() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise ZeroDivisionError

    racing = asyncio.create_task(race(fails_when_cancelled(), asyncio.Event().wait()))
    await asyncio.sleep(0.01)
    racing.cancel()
    await asyncio.wait([racing])
    gc.collect()
    assert racing.cancelled()
    assert told == []


async def test_an_error_of_the_rival_ends_the_work() -> None:
    work, rival = Work(), Work(ZeroDivisionError())
    rival.go.set()
    with pytest.raises(ZeroDivisionError):
        await race(work.run(), rival.run())
    assert work.cancelled


async def test_tasks_go_on_when_their_rival_is_first() -> None:
    work = Work()
    task = asyncio.create_task(work.run())
    await first_done(asyncio.sleep(0), task)
    assert not task.done()
    work.go.set()
    assert await task == "done"


async def test_the_first_of_several_tasks_ends_the_wait() -> None:
    works = [Work(), Work()]
    rival = Work()
    tasks = [asyncio.create_task(work.run()) for work in works]
    works[1].go.set()
    await first_done(rival.run(), *tasks)
    assert [task.done() for task in tasks] == [False, True]
    assert rival.cancelled
    works[0].go.set()
    await tasks[0]


@pytest.mark.parametrize("which", [0, 1])
async def test_either_of_two_events_ends_the_wait(which: int) -> None:
    events = asyncio.Event(), asyncio.Event()
    before = asyncio.all_tasks()
    waiting = asyncio.create_task(first_set(*events))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    events[which].set()
    await waiting
    assert asyncio.all_tasks() == before


async def test_a_cancelled_wait_for_events_leaves_no_task() -> None:
    before = asyncio.all_tasks()
    waiting = asyncio.create_task(first_set(asyncio.Event(), asyncio.Event()))
    await asyncio.sleep(0.01)
    waiting.cancel()
    await asyncio.wait([waiting])
    assert waiting.cancelled()
    assert asyncio.all_tasks() == before
