"""What the adapter reads of sessions: the store's reader, as it sees it."""

from __future__ import annotations

from typing import Protocol

from bot.domain.events import ThreadRef
from bot.domain.posts import CostPost, RequestCard
from bot.domain.views import Entry, SessionView


class SessionLookup(Protocol):
    """Sessions as they stand in the tables."""

    async def sessions(self, limit: int = 100) -> list[SessionView]:
        """The newest sessions first."""

    async def session(self, session_id: str) -> SessionView | None:
        """One session, if there is such a one."""

    async def in_thread(self, thread: ThreadRef) -> str | None:
        """The id of a thread's session."""

    async def timeline(self, session_id: str, after: int = 0, limit: int = 500) -> list[Entry]:
        """A thread's entries whose `seq` is past `after`, in order."""

    async def card(self, session_id: str, request_id: str) -> RequestCard | None:
        """What a session asked for under that id, as its card is shown now."""

    async def newest_post(self, session_id: str) -> int:
        """The id of a session's newest post, 0 when it has none."""

    async def has_ended_since(self, session_id: str, post: int) -> bool:
        """Whether a session has come to an end after that post of it; 0 is before the first."""

    async def where_it_went(self, session_id: str) -> CostPost:
        """What each agent and each turn has used."""

    async def cost_since(self, since: float) -> float | None:
        """The dollars that all sessions have cost since a time (epoch seconds); None when a price is unknown."""
