"""Deletes sessions that are to be deleted, once they rest, in an order that every crash can be gone on from."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass

from sqlalchemy import Connection

from bot.aio.keyed_workers import Work
from bot.domain.events import Erase, Stop
from bot.engine.changes import Changes
from bot.store import attached_refs, deletions, inbox
from bot.store import sessions as rows
from bot.store.database import Database
from bot.store.sessions import Session


def request(connection: Connection, session: Session, event: Erase, now: float) -> None:
    """Note that a session is to be deleted; one that is at work or waits is stopped first."""
    deletions.ask(connection, session.id, event, now)
    if session.status != "ended" and not inbox.has_pending_stop(connection, session.id):
        inbox.add(connection, session.id, Stop(event.key, event.thread, event.who), now)


def request_old(connection: Connection, event: Erase, now: float) -> None:
    """Note that a session is to be deleted because of its age, if it is still there."""
    if session := rows.lock_thread(connection, event.thread):
        request(connection, session, event, now)


@dataclass(frozen=True, slots=True)
class SessionDeletion:
    """Stands between the dispatcher and what runs a session, so that no session is deleted while it runs.

    `hush` ends the deliveries of a session, `remove` its files: everything in its own folder, and uploads by ref.
    """

    database: Database
    changes: Changes
    run: Work
    hush: Callable[[str], Awaitable[None]]
    remove: Callable[[str, Collection[str]], Awaitable[None]]
    clock: Callable[[], float] = time.time

    async def work(self, session_id: str, woken: asyncio.Event) -> None:
        """Run a session and, once it rests, delete it when that is wanted."""
        if await self.database.read(rows.get, session_id) is not None:
            await self.run(session_id, woken)
        if await self.database.read(deletions.requested, session_id) is not None:
            await self._erase(session_id)

    async def _erase(self, session_id: str) -> None:
        session = await self.database.read(rows.get, session_id)
        if session is not None and session.status != "ended":
            return
        await self.hush(session_id)
        # The rows name the files, so they go last; the wish is forgotten only when all the rest is done.
        await self.remove(session_id, await self.database.read(attached_refs.of, session_id))
        await self.database.write(deletions.erase, session_id, self.clock())
        await self.database.scrub()
        await self.database.write(deletions.done, session_id)
        self.changes.tell(session_id)
