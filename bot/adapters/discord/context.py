"""What the adapter works with, and the seams between what loads at once and what needs discord.py."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.domain.events import Hint, MessageRef, RemoteFile, ThreadRef
from bot.domain.policy import Policy
from bot.domain.posts import CostPost, Part, RequestCard
from bot.domain.views import Entry, FileView, SessionView
from bot.ports import Remember, ThreadLookup

PLATFORM = "discord"


class SessionLookup(Protocol):
    """Sessions as they stand in the tables."""

    async def sessions(self, limit: int = 100) -> list[SessionView]: ...
    async def session(self, session_id: str) -> SessionView | None: ...
    async def in_thread(self, thread: ThreadRef) -> str | None: ...
    async def timeline(self, session_id: str, after: int = 0, limit: int = 500) -> list[Entry]: ...
    async def files(self, session_id: str) -> list[FileView]: ...
    async def card(self, session_id: str, request_id: str) -> RequestCard | None: ...
    async def where_it_went(self, session_id: str) -> CostPost: ...
    async def cost_since(self, since: float) -> float | None: ...


@dataclass(frozen=True, slots=True)
class AdapterContext:
    """Everything the adapter is given.

    `blob`: where a session's artifact is, by session id and SHA-256. `report` is told, in a sentence, how it
    stands with Discord; "ok" when all is well. `kept`: a file that remembers which commands are registered.
    """

    token: str
    api: str
    gateway: str
    reader: SessionLookup
    threads: ThreadLookup
    blob: Callable[[str, str], Path | None]
    policy: Callable[[], Policy]
    teams: Mapping[str, str]
    team: str
    kept: Path
    report: Callable[[str], None]


async def session_at(context: AdapterContext, thread: ThreadRef) -> SessionView | None:
    """The session that lives in a thread."""
    session_id = await context.reader.in_thread(thread)
    return await context.reader.session(session_id) if session_id else None


class DiscordConnection(Protocol):
    """A client that is logged in."""

    async def deliver(self, thread: ThreadRef, part: Part, remember: Remember) -> MessageRef: ...
    async def find(self, thread: ThreadRef, part: Part) -> MessageRef | None: ...
    async def edit(self, message: MessageRef, part: Part) -> None: ...
    async def fetch(self, file: RemoteFile, limit: int) -> bytes: ...
    def hint(self, thread: ThreadRef, hint: Hint) -> None: ...


class CurrentConnection:
    """The connection there is at the moment; whoever needs one waits for it."""

    def __init__(self) -> None:
        self.connection: DiscordConnection | None = None
        self._there = asyncio.Event()

    async def up(self) -> DiscordConnection:
        """The connection, once there is one."""
        while (connection := self.connection) is None:
            await self._there.wait()
        return connection

    def take(self, connection: DiscordConnection) -> None:
        """From now on this is the connection."""
        self.connection = connection
        self._there.set()

    def drop(self, connection: DiscordConnection) -> None:
        """This connection is no more."""
        if self.connection is connection:
            self.connection = None
            self._there.clear()
