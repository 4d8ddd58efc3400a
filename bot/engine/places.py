"""The places of the sessions that may work at the same time, given out in order."""

from __future__ import annotations

from typing import Literal

from bot.line import Ahead, Line


class Places:
    """So many places; whoever queues for one is told how many are ahead."""

    def __init__(self, count: int) -> None:
        self._free = count
        self._line: Line[None] = Line(lambda _: self.release())

    @property
    def waiting(self) -> int:
        """How many sessions queue for a place."""
        return len(self._line)

    async def acquire(self, ahead: Ahead = lambda _: None) -> Literal[True]:
        """Comes back with a place, which is to be released."""
        if self._free:
            self._free -= 1
        else:
            await self._line.wait(ahead)
        return True

    def release(self) -> None:
        """Give a place back."""
        if not self._line.serve(None):
            self._free += 1
