"""Who is at work in which thread, and since when; kept in memory only."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.participants import Hint, ThreadRef

if TYPE_CHECKING:
    from bot.engine.changes import Changes


@dataclass(frozen=True, slots=True)
class Busy:
    """An agent that is at work; `since` is on the monotonic clock."""

    agent: str
    doing: str
    since: float

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.since


class CurrentAgents:
    """The last hint of each thread. Hints name threads; watchers say to which session a thread belongs."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._busy: dict[ThreadRef, Busy] = {}
        self._sessions: dict[ThreadRef, str] = {}

    def learn(self, thread: ThreadRef, session_id: str) -> None:
        """From now on, a hint for this thread wakes those who watch this session."""
        self._sessions[thread] = session_id

    def show(self, thread: ThreadRef, hint: Hint) -> None:
        """Take a hint in; the same one again does not restart its clock."""
        before = self._busy.get(thread)
        if before and (before.agent, before.doing) == (hint.agent, hint.doing):
            return
        if hint.agent:
            self._busy[thread] = Busy(hint.agent, hint.doing, time.monotonic())
        else:
            self._busy.pop(thread, None)
        if session_id := self._sessions.get(thread):
            self._changes.tell(session_id)

    def who(self, thread: ThreadRef) -> Busy | None:
        """Who is at work in a thread, as far as is known."""
        return self._busy.get(thread)
