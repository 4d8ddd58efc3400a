"""One event, one transaction: it is stored, with all that it means for its session."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from bot.domain.audit_facts import Started
from bot.domain.errors import BadInput, Denied, Unheard
from bot.domain.events import CostAsked, Decision, Deleted, Edited, Erase, Event, Message, Mute, Stop
from bot.domain.posts import ApprovalPost, BudgetPost, Post, StatusPost
from bot.domain.turn_results import Answered, Asks, Finished
from bot.engine import decisions, message_changes, pending_code, questions, session_deletion
from bot.engine.admission import Admission
from bot.engine.decision_transaction import decidable, decide
from bot.engine.plan import people_after
from bot.store import audit, deletions, inbox, ledger, outbox, requests, sessions, turns
from bot.store.requests import OpenRequest
from bot.store.sessions import Session

_TITLE = 80
_LATER = "Noted, {}: the team gets this once its code is decided about, or the time for that is up."
_WITH_ROOM = "Noted, {}: the team gets this once the budget has room."


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of an event: its session, and whether it was new."""

    session: str
    fresh: bool


def apply_event(connection: Connection, event: Event, admission: Admission, now: float) -> Stored:
    """Store an event once, and open a session for a message that has none.

    Raises BadInput for what cannot be done here, Unheard for what is not meant for us; then nothing is stored.
    """
    # The session's row is locked first: from here on, everything that has come for it is seen.
    found = sessions.lock_thread(connection, event.thread)
    known = inbox.session_of(connection, event.key)
    if known is not None:
        return Stored(known, fresh=False)
    if found is None and isinstance(event, Message) and event.addressed:
        return Stored(_open(connection, event, admission, now), fresh=True)
    session = _existing(found, event)
    if isinstance(event, Message) and session.muted and not event.addressed:
        raise Unheard("the session is muted")
    admission.check_act(session, event)
    return Stored(session.id, _apply(connection, session, event, admission, now))


def _apply(connection: Connection, session: Session, event: Event, admission: Admission, now: float) -> bool:
    """Whether the event changes anything."""
    posts: list[Post] = []
    match event:
        case Message():
            posts = _take_message(connection, session, event, now)
        case Edited() | Deleted():
            return _change_message(connection, session, event, now)
        case Stop():
            _take_stop(connection, session, event, now)
        case Decision():
            posts = _take_decision(connection, session, event, admission, now)
        case Mute():
            inbox.add(connection, session.id, event, now, turn=session.turns)
            sessions.mute(connection, session.id, event.muted)
            posts = [StatusPost(_muted(event))]
        case CostAsked():
            inbox.add(connection, session.id, event, now, turn=session.turns)
            posts = [ledger.cost_post(connection, session.id)]
        case Erase():
            session_deletion.request(connection, session, event, now)
    outbox.add(connection, session.id, posts, now)
    return True


def _open(connection: Connection, message: Message, admission: Admission, now: float) -> str:
    team, task = admission.open(message)
    session_id = sessions.create(connection, task, team, title(task), now)
    audit.add(connection, session_id, task.who, Started(team), now)
    inbox.add(connection, session_id, task, now)
    return session_id


def title(task: Message) -> str:
    """What a session is called: the first line of its task that is no fence, or its files' names."""
    lines = [line for line in task.text.splitlines() if line.strip() and not line.lstrip().startswith("```")]
    first_line = lines[0] if lines else ", ".join(file.name for file in task.files)
    shown = "".join(character for character in " ".join(first_line.split()) if character.isprintable())
    return shown if len(shown) <= _TITLE else shown[: _TITLE - 1] + "…"


def _existing(session: Session | None, event: Event) -> Session:
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


def _take_message(connection: Connection, session: Session, message: Message, now: float) -> list[Post]:
    if deletions.requested(connection, session.id) is not None:
        raise BadInput("This session is being deleted; say it again in a moment, and a new one begins.")
    request = requests.open_in(connection, session.id)
    effect = questions.effect(message, request.card) if request else questions.NO_EFFECT
    message = replace(message, now=message.now or effect.is_order)
    inbox.add(connection, session.id, message, now)
    if message.now:
        # At once: taking the order back before a turn consumes it must not let the code run after all.
        pending_code.drop(connection, session.id, now)
    if request is None:
        _continue(connection, session, message, now)
    elif effect.resolution:
        requests.close(connection, request, effect.resolution, now)
        sessions.resume(connection, session.id, now)
    else:
        return _acknowledge(connection, session, request, message)
    return []


def _continue(connection: Connection, session: Session, message: Message, now: float) -> None:
    if session.status == "ended":
        sessions.reopen(connection, session.id, now)
        audit.add(connection, session.id, message.who, Started(session.team, again=True), now)
    else:
        sessions.resume(connection, session.id, now)


def _acknowledge(connection: Connection, session: Session, request: OpenRequest, message: Message) -> list[Post]:
    """While code or a budget waits for a decision, each person who speaks is told once when the team gets it."""
    if not isinstance(request.card, ApprovalPost | BudgetPost):
        return []
    asked = outbox.seq(connection, request.post)
    waiting = people_after(inbox.pending(connection, session.id), asked)
    if sum(who.id == message.who.id for who in waiting) != 1:
        return []
    later = _LATER if isinstance(request.card, ApprovalPost) else _WITH_ROOM
    return [StatusPost(later.format(message.who.name))]


def _take_stop(connection: Connection, session: Session, stop: Stop, now: float) -> None:
    if stop.request:
        decisions.require_open(requests.get(connection, stop.request), session, now)
    sessions.approve_all_until(connection, session.id, 0)
    if stop.message:
        # A message was edited into this order: what it said before reaches no turn.
        before = [item.seq for item in _pending_messages(connection, session) if item.event.id == stop.message]
        inbox.consume(connection, session.id, before, session.turns)
    if session.status == "ended":
        # No step follows that could act on it.
        pending_code.drop(connection, session.id, now)
        inbox.consume_orders(connection, session.id, session.turns)
        inbox.add(connection, session.id, stop, now, turn=session.turns)
    else:
        inbox.add(connection, session.id, stop, now)


def _take_decision(
    connection: Connection, session: Session, decision: Decision, admission: Admission, now: float
) -> list[Post]:
    inbox.add(connection, session.id, decision, now, turn=session.turns if session.status == "ended" else None)
    if decision.is_unread:
        decidable(connection, session, decision, admission.policy, now)
        return []
    return decide(connection, session, decision, admission.policy, now)


def _change_message(connection: Connection, session: Session, event: Edited | Deleted, now: float) -> bool:
    """Change or withdraw a message that no turn has consumed; False when there is none, or nothing new."""
    waiting = _pending_messages(connection, session)
    item = next((item for item in waiting if item.event.id == event.message), None)
    if item is None:
        return False
    change = message_changes.change(
        item.event,
        event,
        is_only=len(waiting) == 1,
        has_turns=session.turns > 0,
        is_answer=_is_answer(connection, session),
    )
    if change is None:
        return False
    inbox.rewrite(connection, session.id, item.seq, change.message)
    if change.is_withdrawn:
        inbox.consume(connection, session.id, [item.seq], session.turns)
    if change.stops:
        inbox.add(connection, session.id, Stop(event.key, event.thread, event.who), now)
    return True


def _is_answer(connection: Connection, session: Session) -> bool:
    """Whether the next turn takes place only because a person answered: the last one asked, or was the end."""
    last = turns.last(connection, session.id)
    return last is not None and isinstance(last.what, Asks | Finished | Answered)


@dataclass(frozen=True, slots=True)
class _PendingMessage:
    seq: int
    event: Message


def _pending_messages(connection: Connection, session: Session) -> list[_PendingMessage]:
    pending = inbox.pending(connection, session.id)
    return [_PendingMessage(item.seq, item.event) for item in pending if isinstance(item.event, Message)]


def _muted(event: Mute) -> str:
    if event.muted:
        return f"Muted by {event.who.name}: from now on I hear only what mentions me, until someone says unmute."
    return f"Unmuted by {event.who.name}: I hear every reply in this thread again."
