"""What the adapter works with, and the interface between what loads at once and what needs discord.py."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.adapters.common.session_lookup import Blobs, SessionLookup
from bot.domain.events import RemoteFile
from bot.domain.participants import Hint, MessageRef, ThreadRef
from bot.domain.policy import Policy
from bot.domain.posts import Part
from bot.ports import Remember, ThreadLookup

PLATFORM = "discord"


@dataclass(frozen=True, slots=True)
class AdapterContext:
    """Everything the adapter is given.

    `blob`: where a session's artifact is, by session id and SHA-256. `report` takes a sentence about the
    connection, "ok" when all is well. `kept`: a file that remembers which commands are registered.
    """

    token: str
    api: str
    gateway: str
    reader: SessionLookup
    threads: ThreadLookup
    blob: Blobs
    policy: Callable[[], Policy]
    teams: Mapping[str, str]
    team: str
    kept: Path
    report: Callable[[str], None]


class DiscordConnection(Protocol):
    """A logged-in client."""

    async def deliver(self, thread: ThreadRef, part: Part, remember: Remember) -> MessageRef: ...
    async def find(self, thread: ThreadRef, part: Part) -> MessageRef | None: ...
    async def edit(self, message: MessageRef, part: Part) -> None: ...
    async def fetch(self, file: RemoteFile, limit: int) -> bytes: ...
    def hint(self, thread: ThreadRef, hint: Hint) -> None: ...


class CurrentConnection:
    """The current connection, if there is one; callers can wait for it."""

    def __init__(self) -> None:
        self.connection: DiscordConnection | None = None
        self._there = asyncio.Event()

    async def up(self) -> DiscordConnection:
        """The connection, once there is one."""
        while (connection := self.connection) is None:
            await self._there.wait()
        return connection

    def take(self, connection: DiscordConnection) -> None:
        """Use this connection from now on."""
        self.connection = connection
        self._there.set()

    def drop(self, connection: DiscordConnection) -> None:
        """Forget this connection, if it is still the current one."""
        if self.connection is connection:
            self.connection = None
            self._there.clear()
