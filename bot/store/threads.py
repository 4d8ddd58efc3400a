"""Threads as chat platforms ask for them: by one of their messages, by what is open, under a new name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Select, exists, func, or_, select, update

from bot.domain.participants import ThreadRef
from bot.domain.views import OpenThread
from bot.store import sessions as rows
from bot.store.database import Database
from bot.store.schema import inbox, parts, posts, sessions


@dataclass(frozen=True, slots=True)
class StoredThreads:
    """Implements `bot.ports.Threads`."""

    database: Database

    async def holding(self, platform: str, workspace: str, channel: str, message: str) -> ThreadRef | None:
        """The thread of the session that a message belongs to: its first, a person's, or one of ours."""
        return await self.database.read(_holding, platform, workspace, channel, message)

    async def open(self, platform: str, since: float) -> Sequence[OpenThread]:
        """Threads whose session goes on, or rests since that time (epoch seconds) at the earliest."""
        return await self.database.read(_open, platform, since)

    async def move(self, thread: ThreadRef, to: ThreadRef) -> None:
        """The session of a thread lives in another from now on, unless that has a session of its own."""
        await self.database.write(_move, thread, to)


def _holding(
    connection: Connection, platform: str, workspace: str, channel: str, message: str
) -> ThreadRef | None:
    # On some platforms a thread is a channel of its own.
    here = or_(sessions.c.channel == channel, sessions.c.thread == channel)
    found = select(sessions).where(
        sessions.c.platform == platform, sessions.c.workspace == workspace, here, _has(message, channel)
    )
    row = connection.execute(found.limit(1)).first()
    return rows.thread_of(row) if row else None


def _has(message: str, channel: str) -> ColumnElement[bool]:
    said = exists().where(inbox.c.session == sessions.c.id, inbox.c.message == message)
    posted = exists().where(
        posts.c.session == sessions.c.id,
        parts.c.post == posts.c.id,
        parts.c.ref_id == message,
        parts.c.ref_channel == channel,
    )
    return or_(sessions.c.thread == message, said, posted)


def _open(connection: Connection, platform: str, since: float) -> list[OpenThread]:
    going_on = or_(sessions.c.status != "ended", sessions.c.updated >= since)
    here = select(sessions).where(sessions.c.platform == platform, going_on, rows.is_there())
    found = connection.execute(here).all()
    newest = _newest(connection, here.with_only_columns(sessions.c.id))
    return [OpenThread(rows.thread_of(row), newest.get(row.id, "")) for row in found]


def _newest(connection: Connection, among: Select[str]) -> dict[str, str]:
    """By session, the newest message heard: platforms number them, so that a longer name is a later one."""
    names = connection.execute(
        select(inbox.c.session, inbox.c.message)
        .where(inbox.c.session.in_(among), inbox.c.message != "")
        .order_by(func.length(inbox.c.message), inbox.c.message)
    )
    return {row.session: row.message for row in names}


def _move(connection: Connection, thread: ThreadRef, to: ThreadRef) -> None:
    if connection.execute(select(sessions.c.id).where(rows.is_thread(to))).first() is None:
        moved = update(sessions).where(rows.is_thread(thread))
        connection.execute(moved.values(workspace=to.workspace, channel=to.channel, thread=to.thread))
