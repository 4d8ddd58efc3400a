"""What people did, stored before their platform gets its answer, and read by the runner."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from sqlalchemy import Connection, Row, Select, exists, insert, select, update

from bot.domain import json_codec
from bot.domain.audit_facts import Started
from bot.domain.errors import BadInput, Denied, Unheard
from bot.domain.events import (
    Answered,
    Asks,
    CostAsked,
    Decision,
    Deleted,
    Edited,
    Erase,
    Event,
    Finished,
    InboxEvent,
    Message,
    Mute,
    Stop,
)
from bot.store import audit, deletions, requests, runs
from bot.store import sessions as rows
from bot.store.requests import Meeting, MessageEffect
from bot.store.schema import inbox, sessions, turns
from bot.store.sessions import Session

Opening: TypeAlias = Callable[[Message], tuple[str, Message]]
"""The team for a message that opens a session, and the message as the team hears it; may raise BadInput."""

Allowing: TypeAlias = Callable[[Session, Event], None]
"""Raises Denied when the person of an event may not do that in a session, or Unheard."""

Order: TypeAlias = Stop | Mute | CostAsked | Decision

_Row: TypeAlias = Row[Any]

_TITLE = 80
_DELETED, _EDITED = "(deleted)", "(edited) "


@dataclass(frozen=True, slots=True)
class PendingEvent:
    """An event that no turn has consumed."""

    seq: int
    event: InboxEvent


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of an event: its session, and whether it was new."""

    session: str
    fresh: bool


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides about events beside the rows: who may do what, and what messages mean."""

    opening: Opening
    allowing: Allowing = lambda _session, _event: None
    meeting: Meeting = lambda _message, _card: MessageEffect()


def take_in(connection: Connection, event: Event, rules: Rules, now: float) -> Stored:
    """Store an event once, and open a session for a message that has none.

    Raises BadInput for what cannot be done here, Unheard for what is not meant for us.
    """
    # The session's row is held first: from here on, whatever has come for it is seen.
    found = connection.execute(select(sessions).where(rows.is_thread(event.thread)).with_for_update()).first()
    known = connection.scalar(select(inbox.c.session).where(inbox.c.key == event.key))
    if known is not None:
        return Stored(known, fresh=False)
    if found is None and isinstance(event, Message) and event.addressed:
        return _open(connection, event, rules.opening, now)
    session = _session_of(found, event)
    if isinstance(event, Message) and session.muted and not event.addressed:
        raise Unheard("nobody asked us")
    rules.allowing(rows.of(session), event)
    match event:
        case Message():
            return _take_message(connection, session, event, rules.meeting, now)
        case Edited() | Deleted():
            return _change(connection, session, event, now)
        case Stop() | Mute() | CostAsked() | Decision():
            return _take_order(connection, session, event, now)
        case Erase():
            return _erase(connection, session, event, now)


def pending(connection: Connection, session_id: str) -> list[PendingEvent]:
    """The events of a session that no turn has consumed, in order."""
    unheard = select(inbox.c.seq, inbox.c.event).where(inbox.c.session == session_id, inbox.c.turn.is_(None))
    return [
        PendingEvent(row.seq, json_codec.event.validate_json(row.event))
        for row in connection.execute(unheard.order_by(inbox.c.seq))
    ]


def interrupted(connection: Connection, session_id: str, after_seq: int) -> bool:
    """Whether the turn that is on, and has heard up to that number, is to end now."""
    orders = (inbox.c.kind == "stop") | (inbox.c.interrupts & (inbox.c.seq > after_seq))
    waits = select(inbox.c.seq).where(inbox.c.session == session_id, inbox.c.turn.is_(None), orders)
    return connection.execute(waits.limit(1)).first() is not None


def stop_waits(connection: Connection, session_id: str) -> bool:
    """Whether somebody has stopped the session and no step has acted on it."""
    return connection.execute(_unheard(session_id, "stop").limit(1)).first() is not None


def waits(connection: Connection, session_id: str, seq: int) -> bool:
    """Whether no step has acted on an event yet."""
    unheard = select(inbox.c.seq).where(inbox.c.session == session_id, inbox.c.turn.is_(None))
    return connection.execute(unheard.where(inbox.c.seq == seq)).first() is not None


def rewrite(connection: Connection, session_id: str, seq: int, event: InboxEvent) -> None:
    """Keep an event as it is known now."""
    changed = update(inbox).where(inbox.c.session == session_id, inbox.c.seq == seq)
    connection.execute(changed.values(event=json_codec.to_json(json_codec.event, event)))


def consume(connection: Connection, session_id: str, seqs: Sequence[int], turn: int) -> None:
    """Mark events as heard in a turn."""
    if seqs:
        heard = update(inbox).where(inbox.c.session == session_id, inbox.c.seq.in_(seqs))
        connection.execute(heard.values(turn=turn))


def edited(connection: Connection, session_id: str, said: Mapping[int, Message]) -> dict[int, Message]:
    """Which of the messages that a turn has heard were edited meanwhile, as they stand now, by number."""
    if not said:
        return {}
    found = select(inbox.c.seq, inbox.c.event).where(inbox.c.session == session_id, inbox.c.seq.in_(said))
    stand = {row.seq: json_codec.event.validate_json(row.event) for row in connection.execute(found)}
    return {
        seq: message
        for seq, message in stand.items()
        if isinstance(message, Message) and message.text not in (said[seq].text, _DELETED)
    }


def say_anew(
    connection: Connection, session_id: str, said: Mapping[int, Message], edited: Mapping[int, Message], now: float
) -> None:
    """Messages that were edited while a turn was on stay as it heard them; as they are now, they come anew."""
    for seq, message in edited.items():
        rewrite(connection, session_id, seq, said[seq])
        text = f"{_EDITED}{message.text.removeprefix(_EDITED)}"
        anew = replace(
            message, key=f"{message.key} edited after {seq}", text=text, files=(), context="", now=False
        )
        _store(connection, session_id, anew, now, turn=None)


def decided_after(connection: Connection, session_id: str, seq: int) -> bool:
    """Whether somebody has decided something after that number and no step has acted on it."""
    later = _unheard(session_id, "decision").where(inbox.c.seq > seq)
    return connection.execute(later.limit(1)).first() is not None


def consume_orders(connection: Connection, session_id: str, turn: int, but: Collection[int] = ()) -> int:
    """Mark stops and decisions as acted on, some aside; the number of the last stop, 0 without any."""
    stops = list(connection.scalars(_unheard(session_id, "stop")))
    decisions = set(connection.scalars(_unheard(session_id, "decision"))) - set(but)
    consume(connection, session_id, [*stops, *decisions], turn)
    return max(stops, default=0)


def _open(connection: Connection, message: Message, opening: Opening, now: float) -> Stored:
    team, message = opening(message)
    session_id = _create(connection, message, team, now)
    _store(connection, session_id, message, now, turn=None)
    return Stored(session_id, fresh=True)


def _take_message(connection: Connection, session: _Row, message: Message, meeting: Meeting, now: float) -> Stored:
    deletions.keep_out(connection, session.id)
    request = requests.open_in(connection, session.id)
    met = meeting(message, request.card) if request else MessageEffect()
    message = replace(message, now=message.now or met.is_order)
    _store(connection, session.id, message, now, turn=None)
    if message.now:
        # At once, for an order that is taken back before a turn hears it has not let that code run either.
        runs.drop(connection, session.id, now)
    if request is None:
        _reopen(connection, session.id, session.status, now)
        if session.status == "ended":
            audit.add(connection, session.id, message.who, Started(session.team, again=True), now)
    elif met.resolution:
        requests.close(connection, request, met.resolution, now)
        rows.go_on(connection, session.id, now)
    return Stored(session.id, fresh=True)


def _take_order(connection: Connection, session: _Row, event: Order, now: float) -> Stored:
    done_already = isinstance(event, Mute | CostAsked) or session.status == "ended"
    if isinstance(event, Stop):
        # Also of a session that has ended, where no step comes that could do it.
        rows.trust(connection, session.id, 0)
        _unsay(connection, session, event.message)
        if session.status == "ended":
            runs.drop(connection, session.id, now)
            consume_orders(connection, session.id, session.turns)
    if isinstance(event, Mute):
        connection.execute(update(sessions).where(sessions.c.id == session.id).values(muted=event.muted))
    _store(connection, session.id, event, now, turn=session.turns if done_already else None)
    return Stored(session.id, fresh=True)


def _unsay(connection: Connection, session: _Row, message: str) -> None:
    """A message was edited into an order: what it said before is not heard."""
    same = (inbox.c.session == session.id) & (inbox.c.message == message) & (inbox.c.kind == "message")
    if message:
        connection.execute(update(inbox).where(same, inbox.c.turn.is_(None)).values(turn=session.turns))


def _erase(connection: Connection, session: _Row, event: Erase, now: float) -> Stored:
    """Note that the session is to be deleted; one that is at work or waits is stopped first."""
    deletions.ask(connection, session.id, event, now)
    if session.status != "ended" and not stop_waits(connection, session.id):
        _store(connection, session.id, Stop(event.key, event.thread, event.who), now, turn=None)
    return Stored(session.id, fresh=True)


def _change(connection: Connection, session: _Row, event: Edited | Deleted, now: float) -> Stored:
    """Change or drop a message that no turn has heard; a task taken back before its first turn is a stop.

    A team that goes on only because of an answer hears that it was taken back.
    """
    unheard = (inbox.c.session == session.id) & inbox.c.turn.is_(None) & (inbox.c.kind == "message")
    row = connection.execute(select(inbox).where(unheard, inbox.c.message == event.message)).first()
    if row is None:
        return Stored(session.id, fresh=False)
    message = json_codec.event.validate_json(row.event)
    assert isinstance(message, Message)
    if isinstance(event, Edited) and event.text == message.text.removeprefix(_EDITED):
        return Stored(session.id, fresh=False)  # the same edit, told again
    changed = (
        replace(message, text=event.text)
        if isinstance(event, Edited)
        else replace(message, text=_DELETED, files=(), context="")
    )
    change: dict[str, Any] = {"event": json_codec.to_json(json_codec.event, changed)}
    is_all = not connection.scalar(select(exists().where(unheard, inbox.c.id != row.id)))
    if isinstance(event, Deleted) and not (is_all and _is_answer(connection, session)):
        change |= {"turn": session.turns}
    connection.execute(update(inbox).where(inbox.c.id == row.id).values(**change))
    if isinstance(event, Deleted) and is_all and session.turns == 0:
        _store(connection, session.id, Stop(event.key, event.thread, event.who), now, turn=None)
    return Stored(session.id, fresh=True)


def _is_answer(connection: Connection, session: _Row) -> bool:
    """Whether a next turn comes because somebody has answered: the last one asked, or would have been the end."""
    last = select(turns.c.what).where(turns.c.session == session.id, turns.c.turn == session.turns)
    what = connection.scalar(last)
    return what is not None and isinstance(json_codec.what.validate_json(what), Asks | Finished | Answered)


def _session_of(session: _Row | None, event: Event) -> _Row:
    """The event's session; orders and changes mean nothing without one."""
    match event:
        case _ if session is not None:
            return session
        case Stop(addressed=True):
            raise BadInput("There is no session here to stop; to start one, describe a task.")
        case Mute(addressed=True):
            raise BadInput("There is no session here to mute; to start one, describe a task.")
        case CostAsked(addressed=True):
            raise BadInput("There is no session here yet that could have cost anything.")
        case Decision():
            raise Denied("There is no session here to decide about; nothing was decided.")
        case Erase():
            raise BadInput("There is no session here to delete.")
    raise Unheard("there is no session here")


def _store(connection: Connection, session_id: str, event: InboxEvent, now: float, turn: int | None) -> None:
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
    audit.heard(connection, session_id, event, now)


def _create(connection: Connection, event: Message, team: str, now: float) -> str:
    session_id = f"s{secrets.token_hex(5)}"
    connection.execute(
        insert(sessions).values(
            id=session_id,
            platform=event.thread.platform,
            workspace=event.thread.workspace,
            channel=event.thread.channel,
            thread=event.thread.thread,
            team=team,
            title=_title(event),
            starter_id=event.who.id,
            starter_name=event.who.name,
            status="running",
            opened_at=now,
            created=now,
            updated=now,
        )
    )
    audit.add(connection, session_id, event.who, Started(team), now)
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


def _unheard(session_id: str, kind: str) -> Select[int]:
    return select(inbox.c.seq).where(inbox.c.session == session_id, inbox.c.turn.is_(None), inbox.c.kind == kind)
