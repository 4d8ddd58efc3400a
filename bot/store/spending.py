"""What has been spent of every budget, reservations included, and whether there is room for more."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, func, select, text, true

from bot.domain.budgets import WINDOW, Cap, counts_tokens, unpriced
from bot.domain.errors import BudgetReached, TurnError
from bot.domain.posts import Scope
from bot.domain.turn_results import Usage
from bot.store import requests
from bot.store.schema import ledger, sessions
from bot.store.sessions import Session

_RESERVATIONS = 0x42756467
_ROUNDING = 1e-9


def check_room(
    connection: Connection, session: Session, caps: Sequence[Cap], worst: tuple[Usage, float | None], now: float
) -> None:
    """Let no other transaction reserve until this one ends; raises BudgetReached when a cap has no room for this.

    An attempt whose price is unknown fits no cap in dollars: raises TurnError unless a cap in tokens bounds it.
    """
    if connection.dialect.name == "postgresql":
        # SQLite has one writer at a time as it is.
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _RESERVATIONS})
    usage, cost = worst
    if cost is None and not counts_tokens(caps):
        raise TurnError(unpriced(usage.model))
    for cap in caps:
        needed = float(usage.tokens) if cap.unit == "tokens" else cost or 0.0
        if needed > 0:
            _check(connection, session, cap, needed, now)


def subject(session: Session, scope: Scope) -> str:
    """Whose budget it is that a session's attempts count against."""
    thread = session.thread
    match scope:
        case "session":
            return session.id
        case "user":
            return f"{thread.platform}/{session.starter.id}"
        case "channel":
            return f"{thread.platform}/{thread.workspace}/{thread.channel}"
        case "day" | "installation":
            return ""


def allowed(connection: Connection, session: Session, cap: Cap, now: float) -> float:
    """A cap with what people have added to it."""
    return cap.amount + requests.raised(
        connection, cap.scope, cap.unit, subject(session, cap.scope), _since(cap.scope, now)
    )


def has_room(connection: Connection, session: Session, cap: Cap, needed: float, now: float) -> bool:
    """Whether a cap, with what people have added to it, has room for so much more."""
    return _spent(connection, session, cap, now) + needed <= allowed(connection, session, cap, now) + _ROUNDING


def _check(connection: Connection, session: Session, cap: Cap, needed: float, now: float) -> None:
    if not has_room(connection, session, cap, needed, now):
        spent, amount = _spent(connection, session, cap, now), allowed(connection, session, cap, now)
        raise BudgetReached(cap.scope, cap.unit, spent=spent, cap=amount, needed=needed)


def _spent(connection: Connection, session: Session, cap: Cap, now: float) -> float:
    unit = ledger.c.cost if cap.unit == "dollars" else ledger.c.prompt_tokens + ledger.c.completion_tokens
    booked = (
        select(func.coalesce(func.sum(unit), 0))
        .join_from(ledger, sessions, ledger.c.session == sessions.c.id)
        .where(_counts(session, cap.scope), ledger.c.at >= _since(cap.scope, now))
    )
    return float(connection.execute(booked).scalar_one())


def _counts(session: Session, scope: Scope) -> ColumnElement[bool]:
    thread = session.thread
    there = sessions.c.platform == thread.platform
    match scope:
        case "session":
            return ledger.c.session == session.id
        case "user":
            return there & (sessions.c.starter_id == session.starter.id)
        case "channel":
            return there & (sessions.c.workspace == thread.workspace) & (sessions.c.channel == thread.channel)
        case "day" | "installation":
            return true()


def _since(scope: Scope, now: float) -> float:
    window = WINDOW[scope]
    return 0.0 if window is None else now - window
