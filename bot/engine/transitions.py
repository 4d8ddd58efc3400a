"""The steps of a session that are one transaction each: end, wait, pause, remind."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from bot.domain.audit_facts import ROUNDTABLE, Paused
from bot.domain.events import Artifact, Decision, Usage
from bot.domain.posts import CheckPost, Post, StatusPost
from bot.engine import pending_code
from bot.engine.decisions import told
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


def book(
    connection: Connection,
    in_progress: TurnInProgress,
    costs: Sequence[tuple[Usage, float | None]] | None,
    now: float,
) -> bool:
    """A turn has failed; what it has used is paid all the same, all that was reserved when `costs` is None.

    False, and nothing is booked, when the turn is committed after all.
    """
    session = in_progress.session
    rows.hold(connection, session.id)
    held = rows.get(connection, session.id)
    if held is not None and held.turns > session.turns:
        return False
    rows.add_work(connection, session.id, in_progress.seconds(now))
    if costs is not None:
        ledger.release(connection, session.id, in_progress.context.reserved)
        ledger.add(connection, session.id, session.turns + 1, costs, now)
    return True


def ask(connection: Connection, session: Session, wish: Ask, now: float) -> None:
    """Have the session wait, unless somebody has decided or ordered something meanwhile, or it waits already."""
    rows.hold(connection, session.id)
    inbox.consume(connection, session.id, wish.take.decided, session.turns)
    seen = wish.take.seen
    if inbox.has_decision_after(connection, session.id, seen) or inbox.is_interrupted(
        connection, session.id, seen
    ):
        return
    if request := requests.open_in(connection, session.id):
        rows.wait(connection, session.id, requests.wake_at(request), now)
    else:
        requests.ask(connection, session.id, session.turns + 1, wish.draft, now)


def remind(connection: Connection, due: Remind, now: float) -> None:
    """Whoever is waited for is reminded, unless somebody has come meanwhile."""
    rows.hold(connection, due.request.session)
    request = requests.get(connection, due.request.id)
    if request is not None and request.state == "open":
        outbox.add(connection, request.session, [StatusPost(due.text)], now)
        requests.mark_reminded(connection, request, now)


def lapse(connection: Connection, due: CloseRequest, now: float) -> None:
    """The session goes on without a decision, unless somebody has decided after all."""
    session_id = due.request.session
    rows.hold(connection, session_id)
    if requests.close(connection, due.request, due.resolution, now):
        if due.text:
            outbox.add(connection, session_id, [StatusPost(due.text)], now)
        rows.resume(connection, session_id, now)


def drop_code(connection: Connection, session: Session, now: float) -> None:
    """Code that waits to be run is not: a person has ordered something else."""
    rows.hold(connection, session.id)
    pending_code.drop(connection, session.id, now)


def pause(connection: Connection, session: Session, wish: PauseSession, heard: int, now: float) -> None:
    """The session waits for the sandbox or the model."""
    if wish.text != session.why_paused:
        outbox.add(connection, session.id, [StatusPost(wish.text)], now)
        audit.add(connection, session.id, ROUNDTABLE, Paused(wish.wake_at), now)
    rows.pause(connection, session.id, wish.text, wish.wake_at, now=now, after_seq=heard)


def end(
    connection: Connection,
    session: Session,
    wish: End,
    posts: Sequence[Post],
    added: Sequence[Artifact],
    *,
    heard: int,
    now: float,
) -> None:
    """The session ends; messages up to number `heard` do not start it again; `added` are files we have made."""
    rows.hold(connection, session.id)
    if wish.expired is not None and not requests.close(connection, wish.expired, wish.resolution, now):
        return
    requests.close_any(connection, session.id, wish.resolution, now)
    edits = [] if _drops_code(wish) else _edits(connection, session.id)
    last_stop = inbox.consume_orders(connection, session.id, session.turns, but=edits)
    if wish.outcome == "stopped":
        rows.trust(connection, session.id, 0)
    if _drops_code(wish):
        drop_code(connection, session, now)
    turns.add_files(connection, session.id, session.turns, added)
    outbox.add(connection, session.id, posts, now)
    after_seq = max(last_stop, heard)
    reopened = rows.settle(connection, session.id, "ended", wish.outcome, now=now, after_seq=after_seq)
    audit.ended(connection, session.id, ROUNDTABLE, wish.outcome, now, reopened=reopened)


def _drops_code(wish: End) -> bool:
    """Whether code that waits to be run is not run either when the session goes on: nobody has let it."""
    unchecked = wish.expired is not None and isinstance(wish.expired.card, CheckPost)
    return unchecked or wish.outcome in ("stopped", "finished")


def _edits(connection: Connection, session_id: str) -> list[int]:
    """The decisions that the team is still to hear of."""
    waiting = inbox.pending(connection, session_id)
    return [item.seq for item in waiting if isinstance(item.event, Decision) and told(item.event)]
