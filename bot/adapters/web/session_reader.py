"""What the page and the API read: the store's reader, as they see it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Protocol, TypeAlias

from bot.domain.views import Entry, FileView, SessionView, Spend

Blobs: TypeAlias = Callable[[str, str], Path | None]
"""Where the bytes of one session's artifact are, by session id and SHA-256 in hex; None when there are none."""

Ready: TypeAlias = Callable[[], Mapping[str, str]]
"""Each component and "ok", or the sentence that says what it lacks."""


class SessionLookup(Protocol):
    """Sessions as they stand in the tables."""

    async def sessions(self, limit: int = 100) -> list[SessionView]:
        """The newest sessions first."""

    async def session(self, session_id: str) -> SessionView | None:
        """One session, if there is such a one."""

    async def is_going(self, session_id: str) -> bool:
        """Whether the session is being deleted, and something of it may still be there."""

    async def timeline(self, session_id: str, after: int = 0, limit: int = 500) -> list[Entry]:
        """A thread's entries whose `seq` is past `after`, in order."""

    async def entries(self, session_id: str, seqs: Collection[int]) -> list[Entry]:
        """The posts of these numbers as they are now."""

    async def files(self, session_id: str) -> list[FileView]:
        """The workspace as of the last commit."""

    async def spend(self, session_id: str) -> list[Spend]:
        """What each agent has used."""
