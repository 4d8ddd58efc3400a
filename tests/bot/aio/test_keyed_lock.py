"""Work for one key happens in order, work for other keys meanwhile."""

from __future__ import annotations

import asyncio

import pytest

from bot.aio.keyed_lock import KeyedLock


async def test_one_key_is_served_in_order_and_delays_no_other() -> None:
    lock, done, go = KeyedLock(), list[str](), asyncio.Event()

    async def work(key: str, name: str) -> None:
        async with lock.holding(key):
            if key == "a":
                await go.wait()
            await asyncio.sleep(0)
            done.append(name)

    tasks = [asyncio.create_task(work(key, f"{key}{number}")) for number in range(3) for key in ("a", "b")]
    while len(done) < 3:  # noqa: ASYNC110
        await asyncio.sleep(0)
    assert done == ["b0", "b1", "b2"]
    go.set()
    await asyncio.gather(*tasks)
    assert done[3:] == ["a0", "a1", "a2"]


async def test_one_that_comes_while_the_key_changes_hands_waits() -> None:
    lock, inside = KeyedLock(), 0

    async def work() -> None:
        nonlocal inside
        async with lock.holding("key"):
            inside += 1
            assert inside == 1
            await asyncio.sleep(0)
            inside -= 1

    tasks = []
    for _ in range(20):
        tasks.append(asyncio.create_task(work()))
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)


async def test_nothing_is_kept_of_a_key_that_nobody_wants() -> None:
    lock = KeyedLock()
    with pytest.raises(ZeroDivisionError):
        async with lock.holding(("a", 1)):
            async with lock.holding("b"):
                assert len(lock) == 2
            raise ZeroDivisionError
    assert len(lock) == 0


async def test_a_cancelled_waiter_leaves_and_the_next_one_goes_on() -> None:
    lock, done = KeyedLock(), list[str]()

    async def work(name: str) -> None:
        async with lock.holding("key"):
            done.append(name)

    async with lock.holding("key"):
        waiting = [asyncio.create_task(work(name)) for name in ("first", "second")]
        await asyncio.sleep(0)
        waiting[0].cancel()
    await asyncio.wait(waiting)
    assert waiting[0].cancelled()
    assert done == ["second"]
    assert len(lock) == 0
