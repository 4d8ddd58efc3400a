"""Turns in a channel are granted in order and never too early, however late a caller wakes up."""

from __future__ import annotations

import asyncio
import heapq
from dataclasses import dataclass, field
from itertools import pairwise

import pytest

from bot.adapters.slack.pacing import ChannelPacing

GAP = 1.0


@dataclass(slots=True)
class PlayedTime:
    """A clock that the test moves; `late` says by how many seconds each sleep in turn lasts too long."""

    late: list[float] = field(default_factory=list)
    now: float = 100.0
    _sleeping: list[tuple[float, int, asyncio.Future[None]]] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        late = self.late.pop(0) if self.late else 0.0
        heapq.heappush(self._sleeping, (self.now + seconds + late, id(woken), woken))
        await woken

    async def pass_until(self, end: float) -> None:
        """Wake up all who sleep until then, one after the other."""
        await _all_ran()
        while self._sleeping and self._sleeping[0][0] <= end:
            self.now, _, woken = heapq.heappop(self._sleeping)
            if not woken.done():
                woken.set_result(None)
            await _all_ran()
        self.now = end


async def _all_ran() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


@dataclass(slots=True)
class PacingHarness:
    """Callers of one pacing, and when each was granted its turn."""

    time: PlayedTime
    granted: list[tuple[str, float]] = field(default_factory=list)
    pacing: ChannelPacing = field(init=False)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.pacing = ChannelPacing(GAP, self.time.clock, self.time.sleep)

    async def ask(self, name: str, channel: str = "C1") -> asyncio.Task[None]:
        task = asyncio.create_task(self._take(name, channel))
        self._tasks.append(task)
        await _all_ran()
        return task

    async def _take(self, name: str, channel: str) -> None:
        await self.pacing.turn(channel)
        self.granted.append((name, self.time.now - 100.0))


async def test_turns_come_in_order_and_a_gap_apart() -> None:
    it = PacingHarness(PlayedTime())
    for name in "abc":
        await it.ask(name)
    await it.time.pass_until(110)
    assert it.granted == [("a", 0.0), ("b", 1.0), ("c", 2.0)]
    await it.ask("d")
    assert it.granted[-1] == ("d", 10.0)


@pytest.mark.parametrize("late", [[0.5, 0.0, 0.2], [1.5, 0.0, 0.0]])
async def test_a_late_turn_delays_the_next_one(late: list[float]) -> None:
    it = PacingHarness(PlayedTime(late))
    for name in "abcd":
        await it.ask(name)
    await it.time.pass_until(120)
    times = [at for _, at in it.granted]
    assert len(times) == 4
    assert all(after - before >= GAP for before, after in pairwise(times))


async def test_channels_do_not_wait_for_each_other() -> None:
    it = PacingHarness(PlayedTime())
    for name in "ab":
        await it.ask(name)
        await it.ask(name.upper(), "C2")
    await it.time.pass_until(110)
    assert sorted(it.granted) == [("A", 0.0), ("B", 1.0), ("a", 0.0), ("b", 1.0)]


async def test_a_hold_reaches_those_who_wait_already() -> None:
    it = PacingHarness(PlayedTime())
    for name in "abc":
        await it.ask(name)
    await it.ask("A", "C2")
    await it.time.pass_until(100.5)
    it.pacing.hold("C1", 5)
    it.pacing.hold("C1", 2)
    await it.ask("B", "C2")
    await it.time.pass_until(120)
    here = [item for item in it.granted if item[0].islower()]
    assert here == [("a", 0.0), ("b", 5.5), ("c", 6.5)]
    assert ("B", 1.0) in it.granted


async def test_a_caller_that_is_cancelled_leaves_its_turn() -> None:
    it = PacingHarness(PlayedTime())
    await it.ask("a")
    waiting = await it.ask("b")
    await it.ask("c")
    waiting.cancel()
    await it.time.pass_until(110)
    assert it.granted == [("a", 0.0), ("c", 1.0)]
