"""Work by key: never twice at a time, never forgotten, never behind another key."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from bot.aio.keyed_workers import KeyedWorkers
from tests.fakes.deaf import wait_on


async def test_what_is_stuck_for_some_keys_holds_up_no_other() -> None:
    done = asyncio.Queue[str]()

    async def work(key: str, woken: asyncio.Event) -> None:
        if key != "free":
            await asyncio.Event().wait()
        done.put_nowait(key)

    async with KeyedWorkers(work) as workers:
        for number in range(200):
            workers.wake(f"stuck {number}")
        workers.wake("free")
        assert await done.get() == "free"


async def test_no_wake_is_lost_and_no_work_overlaps() -> None:
    rows, seen, at_work = Counter[str](), Counter[str](), set[str]()
    quiet = asyncio.Event()

    async def work(key: str, woken: asyncio.Event) -> None:
        assert key not in at_work
        at_work.add(key)
        now = rows[key]
        for _ in range(now % 3):
            await asyncio.sleep(0)
        at_work.discard(key)
        seen[key] = now
        if seen == rows:
            quiet.set()

    async with KeyedWorkers(work) as workers:
        for number in range(200):
            rows["abc"[number % 3]] += 1
            workers.wake("abc"[number % 3])
            if number % 5 == 0:
                await asyncio.sleep(0)
        await quiet.wait()
    assert seen == rows


async def test_failed_work_is_tried_again_later_or_at_a_wake(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tries = asyncio.Queue[int]()
    count = iter(range(10))

    async def work(key: str, woken: asyncio.Event) -> None:
        number = next(count)
        tries.put_nowait(number)
        if number == 0:
            raise ZeroDivisionError

    async with KeyedWorkers(work, again=3600) as workers:
        workers.wake("a")
        assert await tries.get() == 0
        workers.wake("a")
        assert await tries.get() == 1


async def test_closing_starts_nothing_more() -> None:
    begun = list[str]()

    async def work(key: str, woken: asyncio.Event) -> None:
        begun.append(key)
        await woken.wait()

    workers = KeyedWorkers(work)
    workers.wake("a")
    await asyncio.sleep(0)
    workers.wake("b")
    await workers.close(grace=60)
    workers.wake("c")
    assert begun == ["a"]
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("worker ")]


async def test_what_does_not_end_in_its_grace_is_cancelled() -> None:
    cleaned = asyncio.Event()

    async def work(key: str, woken: asyncio.Event) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.set()

    workers = KeyedWorkers(work)
    workers.wake("a")
    await asyncio.sleep(0)
    await workers.close(grace=0)
    assert cleaned.is_set()


@pytest.mark.parametrize("patient", [True, False])
async def test_what_is_under_way_for_one_key_is_ended_in_time(patient: bool) -> None:
    begun, ended = asyncio.Queue[str](), list[str]()
    release = asyncio.Event()

    async def work(key: str, woken: asyncio.Event) -> None:
        begun.put_nowait(key)
        try:
            await release.wait()
            ended.append(f"{key} done")
        except asyncio.CancelledError:
            ended.append(f"{key} cancelled")
            raise

    async with KeyedWorkers(work) as workers:
        await workers.end("a", grace=0)
        workers.wake("a")
        workers.wake("b")
        assert {await begun.get(), await begun.get()} == {"a", "b"}
        if patient:
            asyncio.get_running_loop().call_later(0.01, release.set)
            await workers.end("a", grace=60)
            assert "a done" in ended
        else:
            await workers.end("a", grace=0.01)
            assert ended == ["a cancelled"]
        workers.wake("a")
        assert await begun.get() == "a"


async def test_work_that_does_not_end_is_abandoned() -> None:
    released, begun = asyncio.Event(), asyncio.Queue[str]()

    async def work(key: str, woken: asyncio.Event) -> None:
        begun.put_nowait(key)
        await wait_on(released)

    workers = KeyedWorkers(work, cleaning_up=0.01)
    workers.wake("a")
    workers.wake("b")
    assert {await begun.get(), await begun.get()} == {"a", "b"}
    await workers.end("a", grace=0)
    await workers.close(grace=0)
    await workers.close(grace=60)
    left = [task for task in asyncio.all_tasks() if task.get_name().startswith("worker ")]
    assert len(left) == 2
    released.set()
    await asyncio.wait(left)
