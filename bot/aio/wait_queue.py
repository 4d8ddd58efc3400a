"""Those who wait for something, served in order, each told how many are ahead."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeAlias, TypeVar

T = TypeVar("T")

Ahead: TypeAlias = Callable[[int], None]
"""Is told how many are ahead in a line, at first and whenever that changes. Must not block."""


class WaitQueue(Generic[T]):
    """First come, first served. `unwanted` gets what was served to somebody who had just gone."""

    def __init__(self, unwanted: Callable[[T], None]) -> None:
        self._unwanted = unwanted
        self._places: deque[tuple[asyncio.Future[T], Ahead]] = deque()

    def __len__(self) -> int:
        return sum(not place.done() for place, _ in self._places)

    async def wait(self, ahead: Ahead) -> T:
        """Stand in line; raises what the line was told to fail with."""
        place: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._places.append((place, ahead))
        ahead(len(self._places) - 1)
        try:
            return await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled() and not place.exception():
                self._unwanted(place.result())
            raise
        finally:
            self._leave(place)

    def serve(self, value: T) -> bool:
        """Give it to whoever is first; False when nobody waits."""
        while self._places:
            place, _ = self._places.popleft()
            if not place.done():  # else its owner was cancelled and is about to leave
                place.set_result(value)
                self._tell()
                return True
        return False

    def fail(self, error: Exception) -> None:
        """Send everyone away."""
        while self._places:
            place, _ = self._places.popleft()
            if not place.done():
                place.set_exception(error)

    def _leave(self, place: asyncio.Future[T]) -> None:
        left = [(other, ahead) for other, ahead in self._places if other is not place]
        if len(left) < len(self._places):
            self._places = deque(left)
            self._tell()

    def _tell(self) -> None:
        for number, (_, ahead) in enumerate(self._places):
            ahead(number)
