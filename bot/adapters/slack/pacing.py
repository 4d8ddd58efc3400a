"""When a channel may get its next message: one after the other, and not before Slack allows it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable


class ChannelPacing:
    """Gives out turns, `gap` seconds apart in each channel, in the order they are asked for."""

    def __init__(self, gap: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._gap = gap
        self._clock = clock
        self._next: dict[str, float] = {}
        self._held: dict[str, float] = {}

    async def turn(self, channel: str) -> None:
        """Comes back when it is this caller's turn."""
        self._forget(self._clock())
        at = self._take(channel)
        while at > self._clock():
            await asyncio.sleep(at - self._clock())
            if self._held.get(channel, at) > at:
                at = self._take(channel)

    def hold(self, channel: str, seconds: float) -> None:
        """Give nobody a turn in this channel for so long, those who wait already included."""
        until = self._clock() + seconds
        self._held[channel] = max(until, self._held.get(channel, until))
        self._next[channel] = max(until, self._next.get(channel, until))

    def _take(self, channel: str) -> float:
        now = self._clock()
        at = max(now, self._next.get(channel, now))
        self._next[channel] = at + self._gap
        return at

    def _forget(self, now: float) -> None:
        for times in (self._next, self._held):
            for channel in [channel for channel, at in times.items() if at < now]:
                del times[channel]
