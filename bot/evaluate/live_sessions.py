"""The sessions of an evaluation in the engine of this process: what people do there, and what they see."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, func, select

from bot.domain.events import Decision, Message, Stop, Verdict
from bot.domain.participants import Person, ThreadRef
from bot.domain.policy import ADMIN, OPERATOR
from bot.domain.posts import ApprovalPost, RequestCard
from bot.domain.views import Entry, SessionView
from bot.engine.changes import Changes
from bot.evaluate.checks import Made
from bot.files import local_uploads
from bot.ports import Intake
from bot.store.database import Database
from bot.store.reader import SessionReader
from bot.store.schema import ledger


@dataclass(frozen=True, slots=True)
class TokenCounts:
    """What a session's model calls have used; current calls and those of unknown outcome count at worst."""

    prompt: int
    completion: int

    @property
    def total(self) -> int:
        return self.prompt + self.completion


@dataclass(frozen=True, slots=True)
class LiveSessions:
    """Sessions on one platform; attached files wait in the folder `uploads`, of at most `limit` bytes each."""

    platform: str
    database: Database
    reader: SessionReader
    intake: Intake
    changes: Changes
    blob: Callable[[str, str], Path | None]
    uploads: Path
    limit: int

    def thread(self, channel: str) -> ThreadRef:
        """A new thread in a channel."""
        return ThreadRef(self.platform, "", channel, uuid.uuid4().hex)

    async def say(
        self, thread: ThreadRef, who: str, text: str, files: Sequence[Path] = (), team: str | None = None
    ) -> str:
        """A person says something, the task first; returns the session's id. Raises BadInput."""
        attached = [await asyncio.to_thread(local_uploads.add, self.uploads, path, self.limit) for path in files]
        message = Message(uuid.uuid4().hex, thread, _person(thread, who), text, tuple(attached), team)
        return await self.intake(message)

    async def decide(self, thread: ThreadRef, who: str, card: RequestCard, verdict: Verdict) -> None:
        """A person decides about a card; raises BadInput when it is too late."""
        digest = card.digest if isinstance(card, ApprovalPost) else ""
        person = _person(thread, who)
        await self.intake(Decision(uuid.uuid4().hex, thread, person, card.request, verdict, digest))

    async def stop(self, thread: ThreadRef, who: str) -> None:
        """A person stops the session."""
        await self.intake(Stop(uuid.uuid4().hex, thread, _person(thread, who)))

    async def view(self, session_id: str) -> SessionView:
        """The session as it is now."""
        view = await self.reader.session(session_id)
        assert view is not None, f"session {session_id} is gone"
        return view

    async def timeline(self, session_id: str) -> list[Entry]:
        """Everything that was said, shown and decided, as it looks now."""
        entries: list[Entry] = []
        while batch := await self.reader.timeline(session_id, entries[-1].seq if entries else 0):
            entries += batch
        return entries

    async def tokens(self, session_id: str) -> TokenCounts:
        """What its model calls have used."""
        return await self.database.read(_tokens, session_id)

    async def made(self, session_id: str) -> list[Made]:
        """The files that its code has made."""
        files = [view.file for view in await self.reader.files(session_id) if not view.attached]
        paths = [(file, self.blob(session_id, file.digest)) for file in files]
        return [
            Made(file.path, file.media_type, await asyncio.to_thread(path.read_bytes))
            for file, path in paths
            if path
        ]


def _person(thread: ThreadRef, who: str) -> Person:
    # Other people in every thread: an evaluation must not meet the limit of sessions for one person.
    return Person(f"{thread.thread}-{who.casefold()}", who, (ADMIN, OPERATOR))


def _tokens(connection: Connection, session_id: str) -> TokenCounts:
    sums = (func.coalesce(func.sum(column), 0) for column in (ledger.c.prompt_tokens, ledger.c.completion_tokens))
    row = connection.execute(select(*sums).where(ledger.c.session == session_id)).one()
    return TokenCounts(*map(int, row))
