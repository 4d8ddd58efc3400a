"""What model calls used, one row an attempt."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from bot.domain.audit_facts import ROUNDTABLE, Disbelieved
from bot.domain.budgets import Cap
from bot.domain.posts import CostLine, CostPost, Unit
from bot.domain.turn_results import SELECTOR, SUMMARY, Usage
from bot.domain.views import Spend
from bot.store import audit, spending
from bot.store import sessions as rows
from bot.store.schema import ledger, sessions, turns


@dataclass(frozen=True, slots=True)
class Attempt:
    """A model call that is about to start: what it takes at worst, and what that costs, None if unknown."""

    session: str
    turn: int
    worst: Usage
    cost: float | None


def reserve(connection: Connection, attempt: Attempt, now: float, caps: Sequence[Cap] = ()) -> int:
    """Book the worst case of an attempt before it starts; returns what to release it by.

    Without a release, as after a crash, it counts as spent. Raises BudgetReached when a cap has no room for it;
    nothing is booked then.
    """
    if caps:
        session = rows.get(connection, attempt.session)
        assert session is not None, f"session {attempt.session} has no row"
        spending.check_room(connection, session, caps, (attempt.worst, attempt.cost), now)
    row = _row(attempt.session, attempt.turn, (attempt.worst, attempt.cost), now)
    _count(connection, attempt.session, attempt.worst.tokens)
    return int(connection.execute(insert(ledger).values(row).returning(ledger.c.id)).scalar_one())


def release(connection: Connection, session_id: str, reserved: Sequence[int]) -> None:
    """Take reservations back, once it is known what the attempts used."""
    if not reserved:
        return
    mine = ledger.c.id.in_(list(reserved))
    total = select(func.sum(ledger.c.prompt_tokens + ledger.c.completion_tokens)).where(mine)
    _count(connection, session_id, -(connection.scalar(total) or 0))
    connection.execute(delete(ledger).where(mine))


def reserved(connection: Connection, ids: Sequence[int], unit: Unit) -> float:
    """How much of a unit is booked for attempts that are under way."""
    amount = ledger.c.cost if unit == "dollars" else ledger.c.prompt_tokens + ledger.c.completion_tokens
    total = select(func.coalesce(func.sum(amount), 0)).where(ledger.c.id.in_(list(ids)))
    return float(connection.execute(total).scalar_one())


def add(
    connection: Connection, session_id: str, turn: int, costs: Sequence[tuple[Usage, float | None]], now: float
) -> None:
    """Book the attempts of a turn and their cost in US dollars, None where the price is unknown."""
    if not costs:
        return
    connection.execute(insert(ledger), [_row(session_id, turn, attempt, now) for attempt in costs])
    _count(connection, session_id, sum(usage.tokens for usage, _ in costs))
    for usage in (usage for usage, _ in costs if usage.disbelieved):
        what = Disbelieved(turn, usage.agent, usage.model, usage.tokens)
        audit.add(connection, session_id, ROUNDTABLE, what, now)


def _row(session_id: str, turn: int, attempt: tuple[Usage, float | None], now: float) -> dict[str, Any]:
    usage, cost = attempt
    return {
        "session": session_id,
        "turn": turn,
        "agent": usage.agent,
        "model": usage.model,
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "estimated": usage.estimated,
        "cost": cost,
        "at": now,
    }


def _count(connection: Connection, session_id: str, tokens: int) -> None:
    booked = update(sessions).where(sessions.c.id == session_id)
    connection.execute(booked.values(tokens=sessions.c.tokens + tokens))


def cost(
    connection: Connection, session_id: str, since: float = 0, but: Sequence[int] = (), after: int = 0
) -> float | None:
    """The dollars a session has cost since a time and after a turn, some rows aside.

    None when any attempt's price is unknown.
    """
    mine = (ledger.c.session == session_id) & (ledger.c.at >= since) & (ledger.c.turn > after)
    return _total(connection, mine & ledger.c.id.not_in(list(but)))


def cost_since(connection: Connection, since: float) -> float | None:
    """The dollars that all sessions have cost since a time; None when any attempt's price is unknown."""
    return _total(connection, ledger.c.at >= since)


def spend(connection: Connection, session_id: str) -> list[Spend]:
    """What each agent has used, by model."""
    used = (
        select(
            ledger.c.agent,
            ledger.c.model,
            func.count().label("calls"),
            func.sum(ledger.c.prompt_tokens + ledger.c.completion_tokens).label("tokens"),
            func.sum(ledger.c.cost).label("cost"),
            func.count(ledger.c.cost).label("priced"),
        )
        .where(ledger.c.session == session_id)
        .group_by(ledger.c.agent, ledger.c.model)
        .order_by(ledger.c.agent)
    )
    return [
        Spend(row.agent, row.model, row.calls, row.tokens, row.cost if row.priced == row.calls else None)
        for row in connection.execute(used)
    ]


def by_turn(connection: Connection, session_id: str) -> list[CostLine]:
    """What each turn has used, in order."""
    used = (
        select(
            ledger.c.turn,
            func.count().label("calls"),
            func.sum(ledger.c.prompt_tokens + ledger.c.completion_tokens).label("tokens"),
            func.sum(ledger.c.cost).label("cost"),
            func.count(ledger.c.cost).label("priced"),
        )
        .where(ledger.c.session == session_id)
        .group_by(ledger.c.turn)
        .order_by(ledger.c.turn)
    )
    whose = _whose(connection, session_id)
    return [
        CostLine(
            f"turn {row.turn} ({whose[row.turn]})",
            row.calls,
            row.tokens,
            row.cost if row.priced == row.calls else None,
        )
        for row in connection.execute(used)
    ]


def _whose(connection: Connection, session_id: str) -> dict[int, str]:
    """Whose every turn was; of one that is not committed, the agent that was booked first, or else who was."""
    no_agent = ledger.c.agent.in_([SELECTOR, SUMMARY])
    booked = select(ledger.c.turn, ledger.c.agent).where(ledger.c.session == session_id)
    names: dict[int, str] = {}
    for row in connection.execute(booked.order_by(no_agent, ledger.c.id)):
        names.setdefault(row.turn, row.agent)
    committed = select(turns.c.turn, turns.c.who).where(turns.c.session == session_id)
    return names | {row.turn: row.who for row in connection.execute(committed)}


def cost_post(connection: Connection, session_id: str) -> CostPost:
    """The answer to a person who asks what a session cost."""
    agents = tuple(
        CostLine(f"{each.agent} ({each.model})", each.calls, each.tokens, each.cost)
        for each in spend(connection, session_id)
    )
    known = [line.cost for line in agents if line.cost is not None]
    total = CostLine(
        "in all",
        sum(line.calls for line in agents),
        sum(line.tokens for line in agents),
        math.fsum(known) if len(known) == len(agents) else None,
    )
    return CostPost(total, agents, tuple(by_turn(connection, session_id)))


def _total(connection: Connection, which: ColumnElement[bool]) -> float | None:
    booked = select(
        func.coalesce(func.sum(ledger.c.cost), 0.0), func.count(ledger.c.id) - func.count(ledger.c.cost)
    ).where(which)
    total, unknown = connection.execute(booked).one()
    return None if unknown else float(total)
