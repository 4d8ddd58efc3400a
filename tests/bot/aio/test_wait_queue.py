from __future__ import annotations

import asyncio
import contextlib

import pytest

from bot.aio.wait_queue import WaitQueue


class Stander:
    """Somebody in a line, and what they were told."""

    def __init__(self, line: WaitQueue[str]) -> None:
        self.told: list[int] = []
        self.task = asyncio.ensure_future(line.wait(self.told.append))


async def standing(line: WaitQueue[str], count: int) -> list[Stander]:
    standers = [Stander(line) for _ in range(count)]
    await asyncio.sleep(0)
    return standers


async def test_who_comes_first_is_served_first_and_the_others_move_up() -> None:
    line: WaitQueue[str] = WaitQueue(pytest.fail)
    first, second, third = await standing(line, 3)
    assert line.serve("a")
    assert line.serve("b")
    assert (await first.task, await second.task) == ("a", "b")
    assert third.told == [2, 1, 0]
    assert len(line) == 1
    third.task.cancel()
    await asyncio.wait([third.task])


async def test_nobody_waits_in_an_empty_line() -> None:
    assert not WaitQueue[str](pytest.fail).serve("a")


async def test_who_gives_up_makes_room() -> None:
    line: WaitQueue[str] = WaitQueue(pytest.fail)
    first, second = await standing(line, 2)
    first.task.cancel()
    await asyncio.wait([first.task])
    assert second.told == [1, 0]
    assert line.serve("a")
    assert await second.task == "a"


async def test_what_a_cancelled_waiter_was_served_goes_to_the_next() -> None:
    line: WaitQueue[str] = WaitQueue(pytest.fail)
    first, second = await standing(line, 2)
    first.task.cancel()
    assert line.serve("a")
    assert await second.task == "a"


async def test_what_somebody_got_and_cannot_take_any_more_is_not_lost() -> None:
    left: list[str] = []
    line: WaitQueue[str] = WaitQueue(left.append)
    (only,) = await standing(line, 1)
    assert line.serve("a")
    only.task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await only.task
    assert left == ["a"]


async def test_all_are_sent_away_with_the_same_reason() -> None:
    line: WaitQueue[str] = WaitQueue(pytest.fail)
    standers = await standing(line, 3)
    line.fail(KeyError("closed"))
    for stander in standers:
        with pytest.raises(KeyError, match="closed"):
            await stander.task
    assert len(line) == 0
