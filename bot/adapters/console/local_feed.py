"""A session of this process, for the terminal."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.adapters.common.session_lookup import Blobs, SessionLookup
from bot.adapters.console.adapter import ConsoleAdapter
from bot.adapters.console.asking import TerminalChoice, is_open
from bot.adapters.console.feed import News
from bot.domain.errors import BadInput
from bot.domain.events import Decision, Erase, Message, Stop
from bot.domain.participants import Hint, Person, ThreadRef
from bot.domain.views import Entry, FileView, SessionView
from bot.engine.changes import Changes
from bot.files import local_uploads
from bot.ports import Intake
from bot.text.asides import refuse_aside


@dataclass(slots=True)
class LocalFeed:
    """Implements `Feed` over the tables and the intake of this process."""

    adapter: ConsoleAdapter
    reader: SessionLookup
    intake: Intake
    changes: Changes
    blob: Blobs
    uploads: Path
    limit: int
    who: Person
    _seen: dict[str, int] = field(default_factory=dict)

    async def start(self, task: str, files: Sequence[Path], team: str | None) -> str:
        """Start a session and return its id; raises BadInput."""
        thread = ThreadRef("console", "", "terminal", uuid.uuid4().hex)
        return await self.intake(await self._message(thread, task, files, team))

    async def reply(self, session_id: str, text: str, files: Sequence[Path]) -> None:
        """Say something in a session; raises BadInput."""
        session = await self._session(session_id)
        refuse_aside(text)
        await self.intake(await self._message(session.thread, text, files, None))

    async def decide(self, session_id: str, choice: TerminalChoice) -> None:
        """Decide about a card; raises BadInput."""
        session = await self._session(session_id)
        await self.intake(
            Decision(
                uuid.uuid4().hex,
                session.thread,
                self.who,
                choice.request,
                choice.verdict,
                choice.digest,
                choice.reason,
                choice.blocks,
                choice.amount,
            )
        )

    async def skip(self, session_id: str) -> Entry | None:
        """Do not show what has been said so far; returns the card about which nothing is decided yet."""
        waits: Entry | None = None
        while batch := await self.reader.timeline(session_id, self._seen.get(session_id, 0)):
            self._seen[session_id] = batch[-1].seq
            waits = next((entry for entry in reversed(batch) if is_open(entry)), waits)
        return waits

    async def stop(self, session_id: str) -> None:
        """Stop a session."""
        session = await self._session(session_id)
        await self.intake(Stop(uuid.uuid4().hex, session.thread, self.who))

    async def delete(self, session_id: str) -> None:
        """Delete a session; returns when nothing of it is left. Raises BadInput."""
        session = await self._session(session_id)
        with self.changes.watch(session_id) as changed:
            await self.intake(Erase(uuid.uuid4().hex, session.thread, self.who))
            while await self.reader.is_going(session_id):
                await changed.wait()
                changed.clear()

    async def news(self, session_id: str) -> AsyncGenerator[News, None]:
        """Everything from now on, and the session as it stands after it."""
        with self.changes.watch(session_id) as changed:
            while True:
                changed.clear()
                session = await self._session(session_id)
                self.adapter.belongs(session.thread, session_id)
                for entry in await self.reader.timeline(session_id, self._seen.get(session_id, 0)):
                    self._seen[session_id] = entry.seq
                    yield entry
                yield self.adapter.hints.get(session.thread, Hint(""))
                yield session
                await changed.wait()

    async def files(self, session_id: str) -> Sequence[FileView]:
        """The workspace."""
        return await self.reader.files(session_id)

    async def read(self, session_id: str, file: FileView) -> bytes:
        """A file's bytes."""
        path = self.blob(session_id, file.file.digest)
        if path is None:
            raise BadInput(f"The bytes of {file.file.path} are no longer in the work directory.")
        return await asyncio.to_thread(path.read_bytes)

    async def _message(self, thread: ThreadRef, text: str, files: Sequence[Path], team: str | None) -> Message:
        attached = [await asyncio.to_thread(local_uploads.add, self.uploads, path, self.limit) for path in files]
        return Message(uuid.uuid4().hex, thread, self.who, text, tuple(attached), team)

    async def _session(self, session_id: str) -> SessionView:
        session = await self.reader.session(session_id)
        if session is None:
            raise BadInput(f"There is no session {session_id}.")
        return session
