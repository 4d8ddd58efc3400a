"""Threads that can no longer be written to: their people are told elsewhere, once."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeAlias

log = logging.getLogger(__name__)

ON_PAGE = "What the team says is on Roundtable's page."
STOPPED = "I have stopped the team."

Way: TypeAlias = Callable[[str], Awaitable[bool]]
"""Says a sentence somewhere; returns whether that succeeded."""


class LostThreads:
    """Remembers which threads are lost, by session and reason."""

    def __init__(self) -> None:
        self._known: dict[str, set[str]] = {}

    def is_new(self, session: str, why: str) -> bool:
        """Note why a session's thread cannot be written to; False when that was known."""
        known = self._known.setdefault(session, set())
        if why in known:
            return False
        known.add(why)
        return True

    def is_back(self, session: str) -> None:
        """The session's thread can be written to again."""
        self._known.pop(session, None)


def notice(title: str, why: str, then: str) -> str:
    """The sentences that report a lost thread; `then` says what became of the team's work."""
    return f"I cannot post in our session “{title}”: {why}. {then}"


async def tell_first(ways: Iterable[Way], session: str, text: str) -> None:
    """Say it in the log and in the first place that accepts it."""
    log.warning("session %s: %s", session, text)
    for way in ways:
        if await way(text):
            return
    log.warning("session %s: no one could be told", session)
