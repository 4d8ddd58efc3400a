"""What people did, stored before their platform gets its answer, until a turn consumes it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Select, insert, select, update

from bot.domain import json_codec
from bot.domain.events import InboxEvent, Message
from bot.store import audit
from bot.store import sessions as rows
from bot.store.schema import inbox


@dataclass(frozen=True, slots=True)
class PendingEvent:
    """An event that no turn has consumed."""

    seq: int
    event: InboxEvent


def add(connection: Connection, session_id: str, event: InboxEvent, now: float, turn: int | None = None) -> None:
    """Store an event and note it in the audit; with `turn` it counts as consumed by that turn."""
    (seq,) = rows.next_seqs(connection, session_id, 1)
    connection.execute(
        insert(inbox).values(
            session=session_id,
            seq=seq,
            key=event.key,
            message=event.id if isinstance(event, Message) else "",
            kind=event.kind,
            interrupts=isinstance(event, Message) and event.now,
            event=json_codec.to_json(json_codec.event, event),
            at=now,
            turn=turn,
        )
    )
    audit.ordered(connection, session_id, event, now)


def session_of(connection: Connection, key: str) -> str | None:
    """The session in which the event of that key is stored."""
    return connection.scalar(select(inbox.c.session).where(inbox.c.key == key))


def pending(connection: Connection, session_id: str) -> list[PendingEvent]:
    """The events of a session that no turn has consumed, in order."""
    waiting = select(inbox.c.seq, inbox.c.event).where(inbox.c.session == session_id, inbox.c.turn.is_(None))
    return [
        PendingEvent(row.seq, json_codec.event.validate_json(row.event))
        for row in connection.execute(waiting.order_by(inbox.c.seq))
    ]


def is_interrupted(connection: Connection, session_id: str, after_seq: int) -> bool:
    """Whether the current turn, which consumes messages up to that number, is to end now."""
    orders = (inbox.c.kind == "stop") | (inbox.c.interrupts & (inbox.c.seq > after_seq))
    waits = select(inbox.c.seq).where(inbox.c.session == session_id, inbox.c.turn.is_(None), orders)
    return connection.execute(waits.limit(1)).first() is not None


def has_pending_stop(connection: Connection, session_id: str) -> bool:
    """Whether a person has stopped the session and no step has acted on it."""
    return connection.execute(_pending(session_id, "stop").limit(1)).first() is not None


def is_pending(connection: Connection, session_id: str, seq: int) -> bool:
    """Whether no step has acted on an event yet."""
    waiting = select(inbox.c.seq).where(inbox.c.session == session_id, inbox.c.turn.is_(None))
    return connection.execute(waiting.where(inbox.c.seq == seq)).first() is not None


def rewrite(connection: Connection, session_id: str, seq: int, event: InboxEvent) -> None:
    """Store an event as it is known now."""
    changed = update(inbox).where(inbox.c.session == session_id, inbox.c.seq == seq)
    connection.execute(changed.values(event=json_codec.to_json(json_codec.event, event)))


def consume(connection: Connection, session_id: str, seqs: Sequence[int], turn: int) -> None:
    """Mark events as consumed by a turn."""
    if seqs:
        taken = update(inbox).where(inbox.c.session == session_id, inbox.c.seq.in_(seqs))
        connection.execute(taken.values(turn=turn))


def messages(connection: Connection, session_id: str, seqs: Collection[int]) -> dict[int, Message]:
    """Messages as they are stored now, by number."""
    if not seqs:
        return {}
    found = select(inbox.c.seq, inbox.c.event).where(inbox.c.session == session_id, inbox.c.seq.in_(seqs))
    events = {row.seq: json_codec.event.validate_json(row.event) for row in connection.execute(found)}
    return {seq: event for seq, event in events.items() if isinstance(event, Message)}


def has_decision_after(connection: Connection, session_id: str, seq: int) -> bool:
    """Whether a decision came after that number and no step has acted on it."""
    later = _pending(session_id, "decision").where(inbox.c.seq > seq)
    return connection.execute(later.limit(1)).first() is not None


def consume_orders(connection: Connection, session_id: str, turn: int, but: Collection[int] = ()) -> int:
    """Mark stops and decisions, except some, as acted on; the number of the last stop, 0 without any."""
    stops = list(connection.scalars(_pending(session_id, "stop")))
    decisions = set(connection.scalars(_pending(session_id, "decision"))) - set(but)
    consume(connection, session_id, [*stops, *decisions], turn)
    return max(stops, default=0)


def _pending(session_id: str, kind: str) -> Select[int]:
    waits = select(inbox.c.seq).where(inbox.c.session == session_id, inbox.c.turn.is_(None), inbox.c.kind == kind)
    return waits.order_by(inbox.c.seq)
