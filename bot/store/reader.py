"""Sessions as the page, the API and the terminal read them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, cast

from sqlalchemy import Connection, Row, Select, func, select

from bot.domain import json_codec
from bot.domain.events import Message
from bot.domain.participants import Person, ThreadRef
from bot.domain.posts import CostPost, RequestCard
from bot.domain.views import Entry, FileView, PastRun, SessionView, Spend, Status, Version
from bot.domain.workspace_files import Artifact
from bot.store import artifacts, deletions, ledger, runs
from bot.store import requests as open_requests
from bot.store import sessions as rows
from bot.store.database import Database
from bot.store.schema import files, inbox, posts, requests, sessions
from bot.store.schema import ledger as ledger_table

_SUMMARY = "summary"


class SessionReader:
    """Read-only views of the tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def sessions(self, limit: int = 100) -> list[SessionView]:
        """The newest sessions first."""
        return await self._database.read(_sessions, limit)

    async def session(self, session_id: str) -> SessionView | None:
        """One session."""
        return await self._database.read(_session, session_id)

    async def in_thread(self, thread: ThreadRef) -> str | None:
        """The id of a thread's session."""
        return await self._database.read(_in_thread, thread)

    async def timeline(self, session_id: str, after: int = 0, limit: int = 500) -> list[Entry]:
        """What people did and what was posted, in order, from the entry that follows `after`."""
        return await self._database.read(_timeline, session_id, after, limit)

    async def entries(self, session_id: str, seqs: Collection[int]) -> list[Entry]:
        """The posts of these numbers as they are now."""
        return await self._database.read(_entries, session_id, seqs)

    async def newest_post(self, session_id: str) -> int:
        """The id of a session's newest post, 0 when it has none."""
        return await self._database.read(_newest_post, session_id)

    async def has_ended_since(self, session_id: str, post: int) -> bool:
        """Whether a session has ended after that post of it; 0 is before the first."""
        return await self._database.read(_has_ended_since, session_id, post)

    async def times_ended(self, session_id: str) -> int:
        """How often a session has ended: the number of the run that goes on, or is next."""
        return await self._database.read(_times_ended, session_id)

    async def has_event(self, thread: ThreadRef, prefix: str) -> bool:
        """Whether the session of a thread has taken an event in whose key begins so."""
        return await self._database.read(_has_event, thread, prefix)

    async def background_until(self, thread: ThreadRef) -> str:
        """The moment, as the platform names it, up to which a thread was taken along as context; "" for none."""
        return await self._database.read(_background_until, thread)

    async def open_card(self, session_id: str) -> RequestCard | None:
        """What a session waits for."""
        return await self._database.read(_open_card, session_id)

    async def files(self, session_id: str) -> list[FileView]:
        """The workspace as of the last commit."""
        return await self._database.read(_files, session_id)

    async def versions(self, session_id: str) -> list[Version]:
        """Every version of every file, and where it came from."""
        return await self._database.read(artifacts.versions, session_id)

    async def runs(self, session_id: str) -> list[PastRun]:
        """The code that was run, in order, with its results."""
        return await self._database.read(runs.past, session_id)

    async def is_going(self, session_id: str) -> bool:
        """Whether the session is being deleted, and something of it may still be there."""
        return await self._database.read(deletions.requested, session_id) is not None

    async def cost_since(self, since: float) -> float | None:
        """The dollars that all sessions have cost since a time (epoch seconds); None when a price is unknown."""
        return await self._database.read(ledger.cost_since, since)

    async def spend(self, session_id: str) -> list[Spend]:
        """What each agent has used."""
        return await self._database.read(ledger.spend, session_id)

    async def cost_post(self, session_id: str) -> CostPost:
        """What each agent and each turn has used."""
        return await self._database.read(ledger.cost_post, session_id)

    async def card(self, session_id: str, request_id: str) -> RequestCard | None:
        """What a session asked for under that id, as its card is shown now."""
        return await self._database.read(_card, session_id, request_id)


def _sessions(connection: Connection, limit: int) -> list[SessionView]:
    newest = select(sessions).where(rows.is_there()).order_by(sessions.c.created.desc()).limit(limit)
    found = connection.execute(newest).all()
    costs = _costs(connection, [row.id for row in found])
    return [_view(row, costs.get(row.id, 0.0)) for row in found]


def _session(connection: Connection, session_id: str) -> SessionView | None:
    row = connection.execute(select(sessions).where(sessions.c.id == session_id, rows.is_there())).first()
    return _view(row, ledger.cost(connection, session_id)) if row else None


def _in_thread(connection: Connection, thread: ThreadRef) -> str | None:
    return connection.scalar(select(sessions.c.id).where(rows.is_thread(thread), rows.is_there()))


def _costs(connection: Connection, ids: Sequence[str]) -> dict[str, float | None]:
    booked = (
        select(
            ledger_table.c.session,
            func.sum(ledger_table.c.cost),
            func.count(ledger_table.c.id) - func.count(ledger_table.c.cost),
        )
        .where(ledger_table.c.session.in_(ids))
        .group_by(ledger_table.c.session)
    )
    return {session: None if unknown else float(total) for session, total, unknown in connection.execute(booked)}


def _view(row: Row[Any], cost: float | None) -> SessionView:
    return SessionView(
        id=row.id,
        thread=rows.thread_of(row),
        team=row.team,
        title=row.title,
        starter=Person(row.starter_id, row.starter_name),
        status=cast(Status, row.status),
        outcome=row.outcome,
        created=row.created,
        updated=row.updated,
        turns=row.turns,
        tokens=row.tokens,
        cost=cost,
        wake_at=row.wake_at if row.status == "paused" else None,
    )


def _timeline(connection: Connection, session_id: str, after: int, limit: int) -> list[Entry]:
    heard = select(inbox.c.seq, inbox.c.at, inbox.c.event.label("item")).where(
        inbox.c.session == session_id, inbox.c.seq > after
    )
    shown = select(posts.c.seq, posts.c.at, posts.c.post.label("item")).where(
        posts.c.session == session_id, posts.c.seq > after
    )
    both = heard.union_all(shown).subquery()
    found = connection.execute(select(both).order_by(both.c.seq).limit(limit))
    return [Entry(row.seq, row.at, json_codec.item.validate_json(row.item)) for row in found]


def _entries(connection: Connection, session_id: str, seqs: Collection[int]) -> list[Entry]:
    if not seqs:
        return []
    named = select(posts).where(posts.c.session == session_id, posts.c.seq.in_(list(seqs)))
    return [Entry(row.seq, row.at, json_codec.post.validate_json(row.post)) for row in connection.execute(named)]


def _newest_post(connection: Connection, session_id: str) -> int:
    return int(connection.scalar(select(func.max(posts.c.id)).where(posts.c.session == session_id)) or 0)


def _has_ended_since(connection: Connection, session_id: str, post: int) -> bool:
    of_session = posts.c.session == session_id
    at = connection.scalar(select(posts.c.seq).where(of_session, posts.c.id == post)) or 0
    later = select(posts.c.id).where(of_session, posts.c.kind == _SUMMARY, posts.c.seq > at)
    return connection.execute(later.limit(1)).first() is not None


def _times_ended(connection: Connection, session_id: str) -> int:
    ends = select(func.count(posts.c.id)).where(posts.c.session == session_id, posts.c.kind == _SUMMARY)
    return connection.scalar(ends) or 0


def _has_event(connection: Connection, thread: ThreadRef, prefix: str) -> bool:
    begins = func.substr(inbox.c.key, 1, len(prefix)) == prefix
    return connection.execute(_inbox_of(thread).where(begins).limit(1)).first() is not None


def _background_until(connection: Connection, thread: ThreadRef) -> str:
    messages = connection.scalars(_inbox_of(thread).where(inbox.c.kind == "message"))
    events = (json_codec.event.validate_json(text) for text in messages)
    return max((event.context_until for event in events if isinstance(event, Message)), default="")


def _inbox_of(thread: ThreadRef) -> Select[str]:
    """The events of a thread's session."""
    mine = inbox.c.session == sessions.c.id
    return select(inbox.c.event).join(sessions, mine).where(rows.is_thread(thread), rows.is_there())


def _open_card(connection: Connection, session_id: str) -> RequestCard | None:
    request = open_requests.open_in(connection, session_id)
    return request.card if request else None


def _card(connection: Connection, session_id: str, request_id: str) -> RequestCard | None:
    asked = select(posts.c.post).join(requests, requests.c.post == posts.c.id)
    shown = connection.scalar(asked.where(requests.c.id == request_id, requests.c.session == session_id))
    return cast(RequestCard, json_codec.post.validate_json(shown)) if shown else None


def _files(connection: Connection, session_id: str) -> list[FileView]:
    found = select(files).where(files.c.session == session_id).order_by(files.c.path)
    return [
        FileView(Artifact(row.path, row.digest, row.size, row.media_type), row.turn, row.attached)
        for row in connection.execute(found)
    ]
