"""How many sessions may work at the same time: slots, granted in order."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.aio.wait_queue import Ahead


@dataclass(slots=True, eq=False)
class Slot:
    """One session's slot, or its wait for one: `granted` is set once it has it."""

    who: str
    ahead: Ahead
    granted: asyncio.Event = field(default_factory=asyncio.Event)


class ConcurrencySlots:
    """So many slots, of which one person's sessions have at most `each`; who waits is told how many are ahead.

    A session that waits only for others of the same person is passed by those behind it.
    """

    def __init__(self, count: int, each: Callable[[], int] | None = None) -> None:
        self._count = count
        self._each = each or (lambda: count)
        self._taken: Counter[str] = Counter()
        self._queue: list[Slot] = []

    @property
    def waiting(self) -> int:
        """How many sessions wait for a slot."""
        return len(self._queue)

    def ask(self, who: str, ahead: Ahead = lambda _: None) -> Slot:
        """A slot for a session of this person, granted at once or in turn; to be released in any case."""
        slot = Slot(who, ahead)
        self._queue.append(slot)
        self._grant()
        if not slot.granted.is_set():
            ahead(self._queue.index(slot))
        return slot

    def release(self, slot: Slot) -> None:
        """Give a slot back, or stop waiting for it."""
        if slot.granted.is_set():
            self._taken[slot.who] -= 1
        else:
            self._queue.remove(slot)
        self.recount()

    def recount(self) -> None:
        """Grant what is free, as after a change of how many one person may have."""
        self._grant()
        for number, waiting in enumerate(self._queue):
            waiting.ahead(number)

    def _grant(self) -> None:
        for slot in list(self._queue):
            if self._taken.total() >= self._count:
                return
            if self._taken[slot.who] < self._each():
                self._taken[slot.who] += 1
                self._queue.remove(slot)
                slot.granted.set()
