"""The closing line of a session."""

from __future__ import annotations

from collections.abc import Sequence

from bot.engine.plan import Outcome
from bot.events import Usage
from bot.posts import SummaryPost
from bot.store.sessions import Session


def summary(
    session: Session, outcome: Outcome, text: str, *, now: float, turns: int, tokens: int, cost: float | None
) -> SummaryPost:
    """How a session ended; `turns` and `tokens` are its totals, `cost` is already since it was last opened."""
    return SummaryPost(
        outcome=outcome,
        text=text,
        seconds=max(0.0, now - session.opened_at),
        turns=turns - session.opened_turns,
        tokens=tokens - session.opened_tokens,
        cost=cost,
    )


def add_costs(before: float | None, costs: Sequence[tuple[Usage, float | None]]) -> float | None:
    """Dollars with a turn's own on top; None as soon as one price is unknown."""
    total = before
    for _, cost in costs:
        if total is None or cost is None:
            return None
        total += cost
    return total
