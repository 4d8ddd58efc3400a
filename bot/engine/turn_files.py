"""Files that come with a turn's messages: fetched before the team speaks, and announced once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.domain.events import RemoteFile
from bot.engine import attachments
from bot.engine.attachments import FetchedFiles
from bot.engine.plan import TakeTurn
from bot.ports import Keep
from bot.store import outbox, turns
from bot.store.database import Database


@dataclass(frozen=True, slots=True)
class TurnFiles:
    """Fetches files within limits in bytes: of one attached file, and of all files of a session."""

    database: Database
    keep: Keep
    file_limit: int
    workspace_limit: int

    async def fetch(
        self, session_id: str, take: TakeTurn, fetch: Callable[[RemoteFile, int], Awaitable[bytes]]
    ) -> FetchedFiles:
        """The turn's messages, with their files fetched and kept."""
        messages = [message for _, message in take.messages]
        if not any(message.files for message in messages):
            return FetchedFiles(tuple(messages), (), ())
        files = await self.database.read(turns.workspace, session_id)
        room = self.workspace_limit - sum(file.size for file in files)
        return await attachments.fetch_all(
            messages, session_id, fetch, self.keep, limit=self.file_limit, room=room
        )

    async def announce(self, session_id: str, take: TakeTurn, fetched: FetchedFiles, now: float) -> bool:
        """Post what there is to say of files, once, however often the turn is tried; whether it did."""
        if not (posts := attachments.posts(fetched)):
            return False
        first = min((seq for seq, _ in take.messages), default=0)
        return await self.database.write(outbox.add_once, session_id, posts, first, now)
