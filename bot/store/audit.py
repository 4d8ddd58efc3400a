"""The audit: rows that are only ever added, each in the transaction of what it tells of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, insert, select, true

from bot.domain import json_codec
from bot.domain.audit_facts import (
    NOWHERE,
    ROUNDTABLE,
    AuditRecord,
    CodeSent,
    Ended,
    Fact,
    Halted,
    Muted,
    RulesRead,
    Started,
    TurnedDown,
    digest,
)
from bot.domain.events import CodeBlock, Event, Mute, Stop
from bot.domain.participants import Person, ThreadRef
from bot.store import sessions as rows
from bot.store.schema import audit, inbox, sessions, turns

PAGE = 500

Repeated: TypeAlias = Literal["", "sentence", "event"]
"""Whether a person was refused the same event before, or at least got the same sentence in the same session."""


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which rows to read; what is left out does not narrow. Times are epoch seconds, `until` not included."""

    session: str = ""
    who: str = ""
    kinds: Sequence[str] = ()
    since: float | None = None
    until: float | None = None


def add(connection: Connection, session_id: str, who: Person, what: Fact, now: float) -> None:
    """Note what a person did in a session."""
    row = connection.execute(select(sessions).where(sessions.c.id == session_id)).one()
    _insert(connection, session_id, rows.thread_of(row), who, what, now=now)


def ordered(connection: Connection, session_id: str, event: Event, now: float) -> None:
    """Note an order that a person gave."""
    match event:
        case Stop():
            add(connection, session_id, event.who, Halted(), now)
        case Mute():
            add(connection, session_id, event.who, Muted(event.muted), now)


def sent(connection: Connection, session_id: str, turn: int, blocks: Sequence[CodeBlock], now: float) -> None:
    """Note code that is about to be sent, under the name of the agent whose turn it was before."""
    newest = select(turns.c.who).where(turns.c.session == session_id).order_by(turns.c.turn.desc()).limit(1)
    author = Person("", connection.scalar(newest) or "")
    add(connection, session_id, author, CodeSent(turn, tuple(map(digest, blocks))), now)


def ended(
    connection: Connection, session_id: str, who: Person, outcome: str, now: float, *, reopened: bool
) -> None:
    """Note how a session ended and, when it is `reopened` at once, whose message it goes on with."""
    add(connection, session_id, who, Ended(outcome), now)
    if reopened:
        _reopened(connection, session_id, now)


def refused(connection: Connection, event: Event, why: str, now: float) -> Repeated:
    """Note what a person was refused, once an event; how much of it was noted before."""
    if connection.scalar(select(exists().where(audit.c.key == event.key))):
        return "event"
    session_id = connection.scalar(select(sessions.c.id).where(rows.is_thread(event.thread))) or ""
    fact = TurnedDown(event.kind, why)
    same = (audit.c.session == session_id) & (audit.c.who_id == event.who.id)
    before = exists().where(
        same, audit.c.kind == fact.kind, audit.c.what == json_codec.to_json(json_codec.fact, fact)
    )
    repeated = bool(session_id) and bool(connection.scalar(select(before)))
    _insert(connection, session_id, event.thread, event.who, fact, now=now, key=event.key)
    return "sentence" if repeated else ""


def rules_read(connection: Connection, in_force: bool, now: float) -> None:
    """Note that the rules were read again, which is about no session."""
    _insert(connection, "", NOWHERE, ROUNDTABLE, RulesRead(in_force), now=now)


def page(connection: Connection, which: AuditFilter, after: int = 0) -> list[AuditRecord]:
    """The next rows past `after`, oldest first; none when there are no more."""
    found = select(audit).where(audit.c.id > after, _matches(which)).order_by(audit.c.id).limit(PAGE)
    return [_record(row) for row in connection.execute(found)]


def _reopened(connection: Connection, session_id: str, now: float) -> None:
    waiting = (inbox.c.session == session_id) & inbox.c.turn.is_(None) & (inbox.c.kind == "message")
    first = connection.scalar(select(inbox.c.event).where(waiting).order_by(inbox.c.seq).limit(1))
    team = connection.scalar(select(sessions.c.team).where(sessions.c.id == session_id))
    message = json_codec.event.validate_json(first or "")
    add(connection, session_id, message.who, Started(team or "", again=True), now)


def _matches(which: AuditFilter) -> ColumnElement[bool]:
    rules = [
        audit.c.session == which.session if which.session else None,
        audit.c.who_id == which.who if which.who else None,
        audit.c.kind.in_(which.kinds) if which.kinds else None,
        audit.c.at >= which.since if which.since is not None else None,
        audit.c.at < which.until if which.until is not None else None,
    ]
    return and_(true(), *(rule for rule in rules if rule is not None))


def _insert(
    connection: Connection,
    session_id: str,
    thread: ThreadRef,
    who: Person,
    what: Fact,
    *,
    now: float,
    key: str | None = None,
) -> None:
    row = {"session": session_id, "who_id": who.id, "who_name": who.name, "at": now, "key": key}
    row |= {"kind": what.kind, "what": json_codec.to_json(json_codec.fact, what)}
    connection.execute(insert(audit).values(**row, **asdict(thread)))


def _record(row: Row[Any]) -> AuditRecord:
    return AuditRecord(
        id=row.id,
        at=row.at,
        session=row.session,
        thread=rows.thread_of(row),
        who=Person(row.who_id, row.who_name),
        what=json_codec.fact.validate_json(row.what),
    )
