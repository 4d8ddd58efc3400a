"""What adapters read of sessions: the store's reader, as they see it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Protocol, TypeAlias

from bot.domain.participants import ThreadRef
from bot.domain.posts import CostPost, RequestCard
from bot.domain.views import Entry, FileView, SessionView, Spend

Blobs: TypeAlias = Callable[[str, str], Path | None]
"""Where the bytes of a session's artifact are, by session id and SHA-256 in hex; None when there are none."""


class SessionLookup(Protocol):
    """Read access to sessions, as the tables have them."""

    async def sessions(self, limit: int = 100) -> list[SessionView]:
        """The newest sessions first."""

    async def session(self, session_id: str) -> SessionView | None:
        """One session, None when there is none of that id."""

    async def in_thread(self, thread: ThreadRef) -> str | None:
        """The id of a thread's session."""

    async def is_going(self, session_id: str) -> bool:
        """Whether the session is being deleted, and something of it may still be there."""

    async def timeline(self, session_id: str, after: int = 0, limit: int = 500) -> list[Entry]:
        """A thread's entries whose `seq` is past `after`, in order."""

    async def entries(self, session_id: str, seqs: Collection[int]) -> list[Entry]:
        """The posts of these numbers as they are now."""

    async def newest_post(self, session_id: str) -> int:
        """The id of a session's newest post, 0 when it has none."""

    async def has_ended_since(self, session_id: str, post: int) -> bool:
        """Whether a session has ended after that post of it; 0 is before the first."""

    async def times_ended(self, session_id: str) -> int:
        """How often a session has ended, which is the number of its current or next run."""

    async def has_event(self, thread: ThreadRef, prefix: str) -> bool:
        """Whether the session of a thread has taken an event in whose key begins so."""

    async def background_until(self, thread: ThreadRef) -> str:
        """Up to when a thread was read as context, as the platform names that moment; "" if it was not."""

    async def open_card(self, session_id: str) -> RequestCard | None:
        """What a session waits for."""

    async def card(self, session_id: str, request_id: str) -> RequestCard | None:
        """What a session asked for under that id, as its card is shown now."""

    async def files(self, session_id: str) -> list[FileView]:
        """The workspace as of the last commit."""

    async def spend(self, session_id: str) -> list[Spend]:
        """What each agent has used."""

    async def cost_post(self, session_id: str) -> CostPost:
        """What each agent and each turn has used."""

    async def cost_since(self, since: float) -> float | None:
        """The dollars that all sessions have cost since a time (epoch seconds); None when a price is unknown."""


async def session_at(reader: SessionLookup, thread: ThreadRef) -> SessionView | None:
    """The session that lives in a thread."""
    session_id = await reader.in_thread(thread)
    return await reader.session(session_id) if session_id else None
