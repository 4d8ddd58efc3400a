"""Deleting a session: requested in one transaction, done once it has ended, resumed after any crash."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass

from sqlalchemy import Connection

from bot.domain.events import Erase, Stop
from bot.engine.changes import Changes
from bot.store import attached_refs, deletions, inbox
from bot.store import sessions as rows
from bot.store.database import Database
from bot.store.sessions import Session


def request(connection: Connection, session: Session, event: Erase, now: float) -> None:
    """Note that a session is to be deleted; one that has not ended is stopped first."""
    if deletions.requested(connection, session.id) is not None:
        return
    deletions.add(connection, session.id, event, now)
    if session.status != "ended":
        # Also when another stop waits already: messages that came after that one must not open the session again.
        inbox.add(connection, session.id, Stop(event.key, event.thread, event.who), now)


def request_old(connection: Connection, event: Erase, now: float) -> None:
    """Note that a session is to be deleted because of its age, if it is still there."""
    if session := rows.lock_thread(connection, event.thread):
        request(connection, session, event, now)


@dataclass(frozen=True, slots=True)
class SessionDeletion:
    """Deletes sessions that have ended; every step may be done twice, so that a crash anywhere can be resumed.

    `end_deliveries` ends the deliveries of a session, `remove_files` removes everything in its own folder, and
    uploads by ref.
    """

    database: Database
    changes: Changes
    end_deliveries: Callable[[str], Awaitable[None]]
    remove_files: Callable[[str, Collection[str]], Awaitable[None]]
    clock: Callable[[], float] = time.time

    async def delete(self, session_id: str) -> None:
        """Delete what is left of a session, if that is still to be done; it must not run at the same time."""
        if await self.database.read(deletions.requested, session_id) is None:
            return
        await self.end_deliveries(session_id)
        # The rows name the files, so they go last; the request is removed only when all the rest is done.
        await self.remove_files(session_id, await self.database.read(attached_refs.of, session_id))
        await self.database.write(deletions.erase, session_id, self.clock())
        await self.database.scrub()
        await self.database.write(deletions.done, session_id)
        self.changes.tell(session_id)
