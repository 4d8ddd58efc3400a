"""Work about the same thing is done in order, work about other things meanwhile."""

from __future__ import annotations

import asyncio

from bot.adapters.discord.turns import KeyedLock


async def test_who_comes_first_is_served_first_and_others_are_not_kept_waiting() -> None:
    turns, done, go = KeyedLock(), list[str](), asyncio.Event()

    async def work(key: str, name: str) -> None:
        async with turns.of(key):
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


async def test_one_that_comes_while_the_key_changes_hands_waits_too() -> None:
    turns, inside = KeyedLock(), 0

    async def work() -> None:
        nonlocal inside
        async with turns.of("key"):
            inside += 1
            assert inside == 1
            await asyncio.sleep(0)
            inside -= 1

    tasks = []
    for _ in range(20):
        tasks.append(asyncio.create_task(work()))
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
