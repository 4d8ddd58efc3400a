"""What people did, stored before their platform gets its answer, and read by the runner."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, insert, select, update

from bot import codec
from bot.errors import BadInput
from bot.events import Event, Message, Stop, ThreadRef
from bot.store import sessions as rows
from bot.store.schema import inbox, sessions

_TITLE = 80


@dataclass(frozen=True, slots=True)
class Pending:
    """An event that no turn has consumed."""

    seq: int
    event: Event


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an event: its session, and whether it was new."""

    session: str
    fresh: bool


def take_in(connection: Connection, event: Event, default_team: str, now: float) -> Taken:
    """Store an event once and open its session; raises BadInput for a stop where there is nothing to stop."""
    # The session's row is held first: from here on, whatever has come for it is seen.
    session = connection.execute(
        select(sessions.c.id, sessions.c.status, sessions.c.turns).where(_is(event.thread)).with_for_update()
    ).first()
    known = connection.scalar(select(inbox.c.session).where(inbox.c.key == event.key))
    if known is not None:
        return Taken(known, fresh=False)
    session_id = _open(connection, session, event, default_team, now)
    (seq,) = rows.next_seqs(connection, session_id, 1)
    nothing_to_stop = isinstance(event, Stop) and session is not None and session.status == "ended"
    connection.execute(
        insert(inbox).values(
            session=session_id,
            seq=seq,
            key=event.key,
            kind=event.kind,
            event=codec.to_json(codec.event, event),
            at=now,
            turn=session.turns if nothing_to_stop and session is not None else None,
        )
    )
    return Taken(session_id, fresh=True)


def pending(connection: Connection, session_id: str) -> list[Pending]:
    """The events of a session that no turn has consumed, in order."""
    unheard = select(inbox.c.seq, inbox.c.event).where(inbox.c.session == session_id, inbox.c.turn.is_(None))
    return [
        Pending(row.seq, codec.event.validate_json(row.event))
        for row in connection.execute(unheard.order_by(inbox.c.seq))
    ]


def stop_waits(connection: Connection, session_id: str) -> bool:
    """Whether somebody has stopped the session and no step has acted on it."""
    return connection.execute(_unheard_stops(session_id).limit(1)).first() is not None


def consume(connection: Connection, session_id: str, seqs: Sequence[int], turn: int) -> None:
    """Mark events as heard in a turn."""
    if seqs:
        heard = update(inbox).where(inbox.c.session == session_id, inbox.c.seq.in_(seqs))
        connection.execute(heard.values(turn=turn))


def consume_stops(connection: Connection, session_id: str, turn: int) -> int:
    """Mark every stop as acted on; the number of the last one, 0 without any."""
    seqs = list(connection.scalars(_unheard_stops(session_id)))
    consume(connection, session_id, seqs, turn)
    return max(seqs, default=0)


def _open(
    connection: Connection, session: Row[Any, Any, Any] | None, event: Event, default_team: str, now: float
) -> str:
    match event:
        case Message() if session is None:
            return _create(connection, event, default_team, now)
        case Stop() if session is None:
            raise BadInput("There is no session here to stop; to start one, describe a task.")
        case Message() if session is not None:
            _reopen(connection, session.id, session.status, now)
    assert session is not None
    return str(session.id)


def _create(connection: Connection, event: Message, default_team: str, now: float) -> str:
    session_id = f"s{secrets.token_hex(5)}"
    connection.execute(
        insert(sessions).values(
            id=session_id,
            platform=event.thread.platform,
            workspace=event.thread.workspace,
            channel=event.thread.channel,
            thread=event.thread.thread,
            team=event.team or default_team,
            title=_title(event),
            starter_id=event.who.id,
            starter_name=event.who.name,
            status="running",
            opened_at=now,
            created=now,
            updated=now,
        )
    )
    return session_id


def _title(message: Message) -> str:
    lines = [line for line in message.text.splitlines() if line.strip() and not line.lstrip().startswith("```")]
    first_line = lines[0] if lines else ", ".join(f.name for f in message.files)
    shown = "".join(character for character in " ".join(first_line.split()) if character.isprintable())
    return shown if len(shown) <= _TITLE else shown[: _TITLE - 1] + "…"


def _reopen(connection: Connection, session_id: str, status: str, now: float) -> None:
    change = {"status": "running", "why_paused": "", "wake_at": None, "updated": now}
    if status == "ended":
        change |= rows.opened(now)
    connection.execute(update(sessions).where(sessions.c.id == session_id).values(**change))


def _unheard_stops(session_id: str) -> Select[int]:
    return select(inbox.c.seq).where(inbox.c.session == session_id, inbox.c.turn.is_(None), inbox.c.kind == "stop")


def _is(thread: ThreadRef) -> ColumnElement[bool]:
    return and_(
        sessions.c.platform == thread.platform,
        sessions.c.workspace == thread.workspace,
        sessions.c.channel == thread.channel,
        sessions.c.thread == thread.thread,
    )
