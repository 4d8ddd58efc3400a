"""The rows of one session as its next step needs them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from bot.domain.budgets import Cap
from bot.domain.policy import Policy
from bot.domain.posts import BudgetPost
from bot.domain.turn_results import Code
from bot.engine.budget import reached_work_cap
from bot.engine.pending_code import unasked
from bot.store import deletions, inbox, requests, spending
from bot.store import sessions as rows
from bot.store.inbox import PendingEvent
from bot.store.requests import OpenRequest
from bot.store.sessions import Session


@dataclass(frozen=True, slots=True)
class SessionSnapshot:
    """The rows of one session as they are now.

    `request` is what it waits for; `unasked` is the code, with its author, that the next turn is to run and that
    no person was asked about; `work` are the caps on turns and hours as people have raised them; `has_room`: it
    waits for a budget that has room by now; `is_unwanted`: it is to be deleted.
    """

    session: Session
    pending: Sequence[PendingEvent] = ()
    request: OpenRequest | None = None
    unasked: tuple[str, Code] | None = None
    work: Sequence[Cap] = ()
    has_room: bool = False
    is_unwanted: bool = False


def load_snapshot(connection: Connection, session_id: str, policy: Policy, now: float) -> SessionSnapshot | None:
    """A session as it is now; None when its rows are deleted."""
    session = rows.get(connection, session_id)
    if session is None:
        return None
    request = requests.open_in(connection, session_id)
    card = request.card if request else None
    work = [replace(cap, amount=spending.allowed(connection, session, cap, now)) for cap in policy.budget.work()]
    caps = policy.budget.caps(policy.at(session.thread).budget)
    return SessionSnapshot(
        session,
        inbox.pending(connection, session_id),
        request,
        unasked(connection, session_id),
        work,
        isinstance(card, BudgetPost) and _has_room(connection, session, card, [*caps, *work], now),
        deletions.requested(connection, session_id) is not None,
    )


def _has_room(connection: Connection, session: Session, card: BudgetPost, caps: Sequence[Cap], now: float) -> bool:
    """Whether the step that a budget had no room for fits by now: it was raised, or what was spent is long ago."""
    same = [cap for cap in caps if (cap.scope, cap.unit) == (card.scope, card.unit)]
    if card.unit in ("turns", "hours"):
        return reached_work_cap(session, same) is None
    return all(spending.has_room(connection, session, cap, card.needed, now) for cap in same)
