"""Sessions that are to be deleted, and what deleting one leaves: what it cost, and that it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

from sqlalchemy import ColumnElement, Connection, Table, delete, exists, func, insert, select, update

from bot.domain.audit_facts import Erased
from bot.domain.events import Erase
from bot.domain.participants import Person
from bot.store import audit
from bot.store import sessions as rows
from bot.store.schema import deletions, files, ledger, metadata, sessions

KEPT = frozenset({sessions, ledger, deletions})
"""Tables whose rows stay: a session's own, without its texts, because the ledger's sums by person and channel need
it, and the request to delete it, until everything else is gone."""


@dataclass(frozen=True, slots=True)
class DeletionRequest:
    """A person wants a session deleted, or it has become too old."""

    session: str
    who: Person
    why: Literal["asked", "age"]


def add(connection: Connection, session_id: str, event: Erase, now: float) -> None:
    """Note that a session is to be deleted as soon as it has ended."""
    who = {"who_id": event.who.id, "who_name": event.who.name}
    connection.execute(insert(deletions).values(session=session_id, why=event.why, at=now, **who))


def requested(connection: Connection, session_id: str) -> DeletionRequest | None:
    """The request to delete a session, until nothing of it is left."""
    row = connection.execute(select(deletions).where(deletions.c.session == session_id)).first()
    if row is None:
        return None
    return DeletionRequest(row.session, Person(row.who_id, row.who_name), cast(Literal["asked", "age"], row.why))


def all_requested(connection: Connection) -> list[str]:
    """The sessions that are still to be deleted."""
    return list(connection.scalars(select(deletions.c.session)))


def resting(connection: Connection, since: float) -> list[rows.Session]:
    """The sessions that have rested since a time (epoch seconds) or longer, and are not to be deleted yet."""
    wanted = exists().where(deletions.c.session == sessions.c.id)
    old = select(sessions.c.id).where(sessions.c.status != "running", sessions.c.updated < since, ~wanted)
    found = (rows.get(connection, session_id) for session_id in connection.scalars(old).all())
    return [session for session in found if session is not None]


def erase(connection: Connection, session_id: str, now: float) -> None:
    """Delete everything that was said, written and made in a session, and note that it was."""
    wanted = requested(connection, session_id)
    rows.lock_session(connection, session_id)
    if wanted is None or rows.get(connection, session_id) is None:
        return
    held = connection.scalar(select(func.count()).select_from(files).where(files.c.session == session_id)) or 0
    gone = 0
    for table in reversed(metadata.sorted_tables):
        if table not in KEPT and (mine := _of(table, session_id)) is not None:
            gone += connection.execute(delete(table).where(mine)).rowcount
    audit.add(connection, session_id, wanted.who, Erased(wanted.why, gone, held), now)
    blank = dict.fromkeys(("title", "starter_name", "why_paused", "last_error"), "")
    left = blank | {"status": "deleted", "thread": f"deleted {session_id}", "wake_at": None, "updated": now}
    connection.execute(update(sessions).where(sessions.c.id == session_id).values(**left))


def done(connection: Connection, session_id: str) -> None:
    """Nothing of the session is left."""
    connection.execute(delete(deletions).where(deletions.c.session == session_id))


def _of(table: Table, session_id: str) -> ColumnElement[bool] | None:
    """Which rows of a table hang on a session, themselves or by another row; None when none can."""
    for key in table.foreign_keys:
        if key.column is sessions.c.id:
            return key.parent == session_id
        if (outer := _of(key.column.table, session_id)) is not None:
            return key.parent.in_(select(key.column).where(outer))
    return None
