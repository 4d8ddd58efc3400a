"""The rows of one session as its next step needs them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from bot.domain.budgets import Cap
from bot.domain.policy import Policy
from bot.domain.posts import BudgetPost
from bot.engine.budget import out_of_work
from bot.engine.pending_code import unasked
from bot.engine.plan import SessionSnapshot
from bot.store import inbox, requests, spending
from bot.store import sessions as rows
from bot.store.sessions import Session


def load_snapshot(connection: Connection, session_id: str, policy: Policy, now: float) -> SessionSnapshot:
    """A session as it stands."""
    session = rows.get(connection, session_id)
    assert session is not None, f"session {session_id} has no row"
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
    )


def _has_room(connection: Connection, session: Session, card: BudgetPost, caps: Sequence[Cap], now: float) -> bool:
    """Whether the step that a budget had no room for fits by now: it was raised, or what was spent is long ago."""
    same = [cap for cap in caps if (cap.scope, cap.unit) == (card.scope, card.unit)]
    if card.unit in ("turns", "hours"):
        return out_of_work(session, same) is None
    return all(spending.has_room(connection, session, cap, card.needed, now) for cap in same)
