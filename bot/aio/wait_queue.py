"""A queue of callers that wait for something, each told how many are ahead."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeAlias, TypeVar

T = TypeVar("T")

Ahead: TypeAlias = Callable[[int], None]
"""Is called with how many are ahead in a queue, at first and whenever that changes. Must not block."""


class WaitQueue(Generic[T]):
    """First come, first served. `unwanted` gets what was served to a caller that was just cancelled."""

    def __init__(self, unwanted: Callable[[T], None]) -> None:
        self._unwanted = unwanted
        self._waiting: deque[tuple[asyncio.Future[T], Ahead]] = deque()

    def __len__(self) -> int:
        return sum(not waiter.done() for waiter, _ in self._waiting)

    async def wait(self, ahead: Ahead) -> T:
        """Wait to be served; raises the error that the queue was failed with."""
        waiter: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((waiter, ahead))
        ahead(len(self._waiting) - 1)
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled() and not waiter.exception():
                self._unwanted(waiter.result())
            raise
        finally:
            self._leave(waiter)

    def serve(self, value: T) -> bool:
        """Give a value to the first caller; False when none waits."""
        while self._waiting:
            waiter, _ = self._waiting.popleft()
            if not waiter.done():  # else its owner was cancelled and is about to leave
                waiter.set_result(value)
                self._tell()
                return True
        return False

    def fail(self, error: Exception) -> None:
        """Raise an error in every caller."""
        while self._waiting:
            waiter, _ = self._waiting.popleft()
            if not waiter.done():
                waiter.set_exception(error)

    def _leave(self, waiter: asyncio.Future[T]) -> None:
        left = [(other, ahead) for other, ahead in self._waiting if other is not waiter]
        if len(left) < len(self._waiting):
            self._waiting = deque(left)
            self._tell()

    def _tell(self) -> None:
        for number, (_, ahead) in enumerate(self._waiting):
            ahead(number)
