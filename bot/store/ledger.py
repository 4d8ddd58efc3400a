"""What model calls used, one row an attempt."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, func, insert, select, update

from bot.events import Usage
from bot.store.schema import ledger, sessions
from bot.views import Spend


def add(
    connection: Connection, session_id: str, turn: int, costs: Sequence[tuple[Usage, float | None]], now: float
) -> None:
    """Book the attempts of a turn and their cost in US dollars, None where the price is unknown."""
    if not costs:
        return
    rows = [
        {
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
        for usage, cost in costs
    ]
    connection.execute(insert(ledger), rows)
    tokens = sum(usage.tokens for usage, _ in costs)
    booked = update(sessions).where(sessions.c.id == session_id)
    connection.execute(booked.values(tokens=sessions.c.tokens + tokens))


def cost(connection: Connection, session_id: str, since: float = 0) -> float | None:
    """The dollars a session has cost since a time; None when any attempt's price is unknown."""
    booked = select(
        func.coalesce(func.sum(ledger.c.cost), 0.0), func.count(ledger.c.id) - func.count(ledger.c.cost)
    ).where(ledger.c.session == session_id, ledger.c.at >= since)
    total, unknown = connection.execute(booked).one()
    return None if unknown else float(total)


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
