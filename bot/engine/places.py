"""The places of the sessions that may work at the same time, given out in order."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class Place:
    """One session's place, or its wait for one: `given` is set once it is there."""

    who: str
    given: asyncio.Event = field(default_factory=asyncio.Event)


class Places:
    """So many places, of which one person's sessions have at most `each`.

    Whoever waits only for others of the same person is passed by those behind.
    """

    def __init__(self, count: int, each: Callable[[], int] | None = None) -> None:
        self._count = count
        self._each = each or (lambda: count)
        self._taken: Counter[str] = Counter()
        self._queue: list[Place] = []

    def ask(self, who: str) -> Place:
        """A place for a session of this person, given at once or in turn; to be left in any case."""
        place = Place(who)
        self._queue.append(place)
        self._give()
        return place

    def number(self, place: Place) -> int:
        """How manieth a place is in the queue, from 1; 0 once it is given."""
        return 0 if place.given.is_set() else self._queue.index(place) + 1

    def leave(self, place: Place) -> None:
        """Give a place back, or stop waiting for it."""
        if place.given.is_set():
            self._taken[place.who] -= 1
        else:
            self._queue.remove(place)
        self._give()

    def _give(self) -> None:
        for place in list(self._queue):
            if self._taken.total() >= self._count:
                return
            if self._taken[place.who] < self._each():
                self._taken[place.who] += 1
                self._queue.remove(place)
                place.given.set()
