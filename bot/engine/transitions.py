"""The steps of a session that are one transaction each: end, wait, pause, remind."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from bot.domain.audit_facts import ROUNDTABLE, Paused
from bot.domain.events import Decision
from bot.domain.posts import CheckPost, Post, StatusPost
from bot.domain.turn_results import Usage
from bot.domain.workspace_files import Artifact
from bot.engine import pending_code
from bot.engine.decisions import as_message
from bot.engine.plan import Ask, CloseRequest, End, Remind
from bot.engine.turn_errors import PauseSession
from bot.engine.turn_in_progress import TurnInProgress
from bot.store import audit, inbox, ledger, outbox, requests, turns
from bot.store import sessions as rows
from bot.store.sessions import Session


def spent(connection: Connection, session: Session, reserved: Sequence[int] = ()) -> float | None:
    """The dollars since the session was opened, without what is only reserved."""
    # A turn that opens its session again is booked at the very moment of that, and belongs to what has ended.
    return ledger.cost(connection, session.id, session.opened_at, reserved, after=session.opened_turns)


def record_failed_turn(
    connection: Connection,
    in_progress: TurnInProgress,
    costs: Sequence[tuple[Usage, float | None]] | None,
    now: float,
) -> bool:
    """A turn has failed; what it has used is paid all the same, all that was reserved when `costs` is None.

    False, and nothing is booked, when the turn is committed after all.
    """
    session = in_progress.session
    rows.lock_session(connection, session.id)
    held = rows.get(connection, session.id)
    if held is not None and held.turns > session.turns:
        return False
    rows.add_work(connection, session.id, in_progress.seconds(now))
    if costs is not None:
        ledger.release(connection, session.id, in_progress.context.reserved)
        ledger.add(connection, session.id, session.turns + 1, costs, now)
    return True


def ask(connection: Connection, session: Session, step: Ask, now: float) -> None:
    """Have the session wait, unless a person has decided or ordered something first, or it waits already."""
    rows.lock_session(connection, session.id)
    inbox.consume(connection, session.id, step.take.decisions, session.turns)
    last = step.take.last_event
    if inbox.has_decision_after(connection, session.id, last) or inbox.is_interrupted(
        connection, session.id, last
    ):
        return
    if request := requests.open_in(connection, session.id):
        rows.set_waiting(connection, session.id, requests.wake_at(request), now)
    else:
        requests.ask(connection, session.id, session.turns + 1, step.draft, now)


def remind(connection: Connection, step: Remind, now: float) -> None:
    """People are reminded of a request, unless it was answered first."""
    rows.lock_session(connection, step.request.session)
    request = requests.get(connection, step.request.id)
    if request is not None and request.state == "open":
        outbox.add(connection, request.session, [StatusPost(step.text)], now)
        requests.mark_reminded(connection, request, now)


def close_request(connection: Connection, step: CloseRequest, now: float) -> None:
    """The session continues without a decision, unless a person has decided after all."""
    session_id = step.request.session
    rows.lock_session(connection, session_id)
    if requests.close(connection, step.request, step.resolution, now):
        if step.text:
            outbox.add(connection, session_id, [StatusPost(step.text)], now)
        rows.resume(connection, session_id, now)


def drop_code(connection: Connection, session: Session, now: float) -> None:
    """Code that waits to be run is not: a person has ordered something else."""
    rows.lock_session(connection, session.id)
    pending_code.drop(connection, session.id, now)


def pause(connection: Connection, session: Session, step: PauseSession, last_message: int, now: float) -> None:
    """The session waits for the sandbox or the model."""
    if step.text != session.why_paused:
        outbox.add(connection, session.id, [StatusPost(step.text)], now)
        audit.add(connection, session.id, ROUNDTABLE, Paused(step.wake_at), now)
    rows.pause(connection, session.id, step.text, step.wake_at, now=now, after_seq=last_message)


def end(
    connection: Connection,
    session: Session,
    step: End,
    posts: Sequence[Post],
    added: Sequence[Artifact],
    *,
    covered: int,
    now: float,
) -> None:
    """The session ends; messages up to number `covered` do not start it again; `added` are files we have made."""
    rows.lock_session(connection, session.id)
    if step.expired is not None and not requests.close(connection, step.expired, step.resolution, now):
        return
    requests.close_any(connection, session.id, step.resolution, now)
    edits = [] if _drops_code(step) else _edits(connection, session.id)
    last_stop = inbox.consume_orders(connection, session.id, session.turns, but=edits)
    if step.outcome == "stopped":
        rows.approve_all_until(connection, session.id, 0)
    if _drops_code(step):
        drop_code(connection, session, now)
    turns.add_files(connection, session.id, session.turns, added)
    outbox.add(connection, session.id, posts, now)
    after_seq = max(last_stop, covered)
    reopened = rows.set_status(connection, session.id, "ended", step.outcome, now=now, after_seq=after_seq)
    audit.ended(connection, session.id, ROUNDTABLE, step.outcome, now, reopened=reopened)


def _drops_code(step: End) -> bool:
    """Whether code that waits to be run is not run when the session continues either: no person has allowed it."""
    unchecked = step.expired is not None and isinstance(step.expired.card, CheckPost)
    return unchecked or step.outcome in ("stopped", "finished")


def _edits(connection: Connection, session_id: str) -> list[int]:
    """The decisions that the team is still to be told of."""
    waiting = inbox.pending(connection, session_id)
    return [item.seq for item in waiting if isinstance(item.event, Decision) and as_message(item.event)]
