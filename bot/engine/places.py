"""The places of the sessions that may work at the same time, given out in order."""

from __future__ import annotations

import asyncio
from typing import Literal


class Places:
    """So many places; `waiting` says how many sessions queue for one."""

    def __init__(self, count: int) -> None:
        self._free = asyncio.Semaphore(count)
        self.waiting = 0

    async def acquire(self) -> Literal[True]:
        """Comes back with a place, which is to be released."""
        self.waiting += 1
        try:
            return await self._free.acquire()
        finally:
            self.waiting -= 1

    def release(self) -> None:
        """Give a place back."""
        self._free.release()
