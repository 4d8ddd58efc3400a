"""The terminal as a platform: its threads are shown from the tables, so delivering only says that they changed."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.domain import json_codec
from bot.domain.events import RemoteFile
from bot.domain.participants import Hint, MessageRef, ThreadRef
from bot.domain.posts import Part, Post
from bot.engine.changes import Changes
from bot.files import local_uploads
from bot.ports import Intake, Remember


class ConsoleAdapter:
    """Implements `bot.ports.ChatAdapter` for threads that were started with `roundtable run`."""

    name = "console"

    def __init__(self, changes: Changes, folder: Path) -> None:
        self._changes = changes
        self._folder = folder
        self.hints: dict[ThreadRef, Hint] = {}
        self._sessions: dict[ThreadRef, str] = {}

    async def run(self, intake: Intake) -> None:
        """The terminal hands its events in by itself, so nothing is received here."""
        await asyncio.Event().wait()

    def render(self, session: str, thread: ThreadRef, post_id: str, post: Post) -> tuple[Part, ...]:
        """One part a post."""
        return (Part(f"{session}-{post_id}", session, json_codec.to_json(json_codec.post, post)),)

    def plain(self, part: Part) -> Part | None:
        """The terminal refuses nothing."""
        return None

    async def deliver(self, thread: ThreadRef, part: Part, remember: Remember) -> MessageRef:
        """Wake those who follow the session."""
        self._changes.tell(part.session)
        return MessageRef(thread.channel, part.id)

    async def find(self, thread: ThreadRef, part: Part) -> MessageRef | None:
        """Every part is in the tables, so it is always found."""
        return MessageRef(thread.channel, part.id)

    def belongs(self, thread: ThreadRef, session_id: str) -> None:
        """From now on, a hint for this thread wakes those who follow this session."""
        self._sessions[thread] = session_id

    async def edit(self, message: MessageRef, part: Part) -> None:
        """Wake those who follow the session: what has changed is read from the tables."""
        self._changes.tell(part.session)

    async def hint(self, thread: ThreadRef, hint: Hint) -> None:
        """Keep who is at work, for those who follow."""
        self.hints[thread] = hint
        if session_id := self._sessions.get(thread):
            self._changes.tell(session_id)

    async def fetch(self, file: RemoteFile, limit: int) -> bytes:
        """The bytes of an attached file."""
        return await asyncio.to_thread(local_uploads.read, self._folder, file.ref, limit)
