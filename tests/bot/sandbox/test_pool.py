from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.domain.errors import SandboxUnavailable
from bot.sandbox.container import Container
from bot.sandbox.pool import Pool
from tests.bot.sandbox.peer import Peer, connected


class Maker:
    """Makes boxes with live or dead drivers; `gate` holds it back, `error` makes it fail."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.gate.set()
        self.error: Exception | None = None
        self.dead = 0
        self.at_once = 0
        self.most_at_once = 0
        self.made: list[Container] = []
        self.discarded: list[Container] = []
        self._peers: list[Peer] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def make(self) -> Container:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await self.gate.wait()
            await asyncio.sleep(0)
            if self.error:
                raise self.error
        finally:
            self.at_once -= 1
        container, peer = await connected()
        self.made.append(container)
        self._peers.append(peer)
        if self.dead:
            self.dead -= 1
            peer.hang_up()
        else:
            self._tasks.append(asyncio.create_task(_answer(peer)))
        return container

    def discard(self, container: Container) -> None:
        container.close()
        self.discarded.append(container)

    async def close(self) -> None:
        for container in self.made:
            container.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for peer in self._peers:
            await peer.closed()


async def _answer(peer: Peer) -> None:
    while True:
        assert (await peer.heard())["do"] == "ping"
        peer.say({"kind": "pong"})


@pytest.fixture
async def maker() -> AsyncIterator[Maker]:
    maker = Maker()
    yield maker
    await maker.close()


async def test_a_filled_pool_gives_what_is_ready_and_refills(maker: Maker) -> None:
    pool = Pool(1, maker.make, maker.discard)
    await pool.check()
    maker.gate.clear()
    assert await pool.take() is maker.made[0]
    maker.gate.set()
    await pool.check()
    assert len(maker.made) == 2
    await pool.close()
    assert maker.discarded == maker.made[1:]


async def test_nobody_gets_the_same_one(maker: Maker) -> None:
    pool = Pool(2, maker.make, maker.discard)
    containers = await asyncio.gather(*(pool.take() for _ in range(10)))
    assert len(set(map(id, containers))) == 10
    await pool.close()


async def test_an_empty_pool_makes_what_is_asked_for_and_no_more(maker: Maker) -> None:
    pool = Pool(0, maker.make, maker.discard)
    pool.fill()
    container = await pool.take()
    assert maker.made == [container]
    await pool.close()
    assert maker.discarded == []


async def test_starts_are_queued(maker: Maker) -> None:
    pool = Pool(0, maker.make, maker.discard)
    await asyncio.gather(*(pool.take() for _ in range(20)))
    assert 1 <= maker.most_at_once <= 64
    assert maker.most_at_once <= (pool._starts._value or 0)
    await pool.close()


async def test_a_dead_one_is_passed_over(maker: Maker) -> None:
    maker.dead = 1
    pool = Pool(1, maker.make, maker.discard)
    await pool.check()
    container = await pool.take()
    assert container is maker.made[1]
    assert maker.discarded == maker.made[:1]
    await pool.close()


async def test_all_who_wait_are_told_why_and_the_next_try_is_new(maker: Maker) -> None:
    maker.error = SandboxUnavailable("no engine")
    pool = Pool(1, maker.make, maker.discard)
    outcomes = await asyncio.gather(pool.take(), pool.take(), pool.check(), return_exceptions=True)
    assert [str(outcome) for outcome in outcomes] == ["no engine"] * 3
    maker.error = None
    assert await pool.take() in maker.made
    await pool.close()


async def test_a_fault_of_our_own_is_told_too(maker: Maker) -> None:
    maker.error = KeyError("HostConfig")
    pool = Pool(0, maker.make, maker.discard)
    with pytest.raises(SandboxUnavailable, match="HostConfig"):
        await pool.take()
    await pool.close()


async def test_one_that_nobody_waits_for_any_more_stays_in_the_pool(maker: Maker) -> None:
    maker.gate.clear()
    pool = Pool(1, maker.make, maker.discard)
    waiting = asyncio.create_task(pool.take())
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    maker.gate.set()
    assert await pool.take() is maker.made[0]
    await pool.close()


async def test_closing_ends_what_is_being_made(maker: Maker) -> None:
    maker.gate.clear()
    pool = Pool(3, maker.make, maker.discard)
    pool.fill()
    await asyncio.sleep(0)
    await pool.close()
    assert maker.at_once == 0
