"""When a channel may get its next message: one at a time, and not before Slack allows it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from bot.aio.keyed_lock import KeyedLock


class ChannelPacing:
    """Grants turns in the order they are asked for, at least `gap` seconds apart in each channel.

    The gap counts from the moment when a turn was granted: a caller that wakes up late delays the next one.
    """

    def __init__(
        self,
        gap: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._gap = gap
        self._clock = clock
        self._sleep = sleep
        self._locks = KeyedLock()
        self._next: dict[str, float] = {}

    async def turn(self, channel: str) -> None:
        """Returns when the caller may send its message."""
        async with self._locks.holding(channel):
            while (wait := self._next.get(channel, 0.0) - self._clock()) > 0:
                await self._sleep(wait)
            self._forget(self._clock())
            self._next[channel] = self._clock() + self._gap

    def hold(self, channel: str, seconds: float) -> None:
        """Grant no turn in this channel for so long, not even to those who wait already."""
        self._next[channel] = max(self._clock() + seconds, self._next.get(channel, 0.0))

    def _forget(self, now: float) -> None:
        for channel in [channel for channel, at in self._next.items() if at < now]:
            del self._next[channel]
