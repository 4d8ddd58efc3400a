"""What happens at a cap: pure decisions, and the sentences for the thread."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from bot.domain.budgets import Cap, Price
from bot.domain.errors import BudgetReached
from bot.domain.posts import BudgetPost, Scope, Unit
from bot.domain.turn_results import Usage
from bot.engine.session_rules import SessionRules
from bot.store.requests import RequestDraft
from bot.store.sessions import Session

_WHOSE: Mapping[Scope, str] = {
    "session": "this session",
    "user": "the sessions of {starter} in 24 hours",
    "channel": "this channel in 24 hours",
    "day": "all sessions in 24 hours",
    "installation": "all sessions in 30 days",
}
_LEFT = 1e-9


def cap_request(
    session: Session, reached: BudgetReached, subject: str, rules: SessionRules, now: float
) -> RequestDraft:
    """The request at a cap: what was spent, what there is, and what a raise gives."""
    whose = _WHOSE[reached.scope].format(starter=session.starter.name)
    step = max(reached.cap, _rounded_up(reached.spent + reached.needed - reached.cap, reached.unit))
    spent = "is used up" if reached.spent >= reached.cap else "is too small"
    text = (
        f"The budget of {whose} {spent}: {amount(reached.spent, reached.unit)} of "
        f"{amount(reached.cap, reached.unit)} are spent, and the next step could take "
        f"{amount(reached.needed, reached.unit)}. A raise by {amount(step, reached.unit)} lets the team go on."
    )
    card = BudgetPost(
        text,
        reached.scope,
        reached.unit,
        spent=reached.spent,
        cap=reached.cap,
        needed=reached.needed,
        step=step,
        expires_at=now + rules.expire,
    )
    return RequestDraft(card, rules.remind_at(now), subject)


def reached_work_cap(session: Session, caps: Sequence[Cap]) -> BudgetReached | None:
    """The cap on turns or hours that a session has reached; `caps` as people have raised them."""
    for cap in caps:
        spent, needed = (session.turns, 1.0) if cap.unit == "turns" else (session.worked / 3600, 0.0)
        if spent + needed > cap.amount + _LEFT:
            return BudgetReached(cap.scope, cap.unit, spent=spent, cap=cap.amount, needed=needed)
    return None


def amount(value: float, unit: Unit) -> str:
    """So much of a unit, for people."""
    match unit:
        case "dollars":
            return f"${value:.2f}" if value >= 0.1 or value == 0 else f"${value:.4f}"
        case "tokens":
            return f"{value:,.0f} tokens"
        case "turns":
            return f"{value:,.0f} turns"
        case "hours":
            return f"{value:.3g} hours"


def priced(
    prices: Mapping[str, Price], listed: Callable[[Usage], float | None]
) -> Callable[[Usage], float | None]:
    """What an attempt costs, in dollars: by the operator's own prices, else as listed."""

    def price(usage: Usage) -> float | None:
        own = prices.get(usage.model)
        return listed(usage) if own is None else own.of(usage)

    return price


def _rounded_up(value: float, unit: Unit) -> float:
    return math.ceil(value * 100) / 100 if unit in ("dollars", "hours") else float(math.ceil(value))
