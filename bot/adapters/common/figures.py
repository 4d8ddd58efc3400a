"""Costs, turns, times and sizes in words, the same on every platform: pure."""

from __future__ import annotations

from bot.domain.posts import SummaryPost
from bot.domain.views import SessionView


def dollars(cost: float | None) -> str:
    """What something has cost in US dollars; None when a price is unknown."""
    return "price unknown" if cost is None else f"${cost:.4f}" if cost else "free"


def turns(count: int) -> str:
    """How many turns."""
    return f"{count} turn{'' if count == 1 else 's'}"


def duration(seconds: float) -> str:
    """A time in minutes and seconds."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def size(count: int) -> str:
    """Bytes, with three digits at most."""
    value = float(count)
    for unit in ("B", "kB", "MB"):
        if value < 999.5:
            return f"{value:.3g} {unit}"
        value /= 1000
    return f"{value:.3g} GB"


def session_facts(view: SessionView) -> str:
    """How a session stands, its team, its turns and its cost, in one line."""
    return ", ".join([view.outcome or view.status, view.team, turns(view.turns), dollars(view.cost)])


def summary_facts(post: SummaryPost) -> list[str]:
    """The time, the turns, the tokens and the cost of a run."""
    return [duration(post.seconds), turns(post.turns), f"{post.tokens:,} tokens", dollars(post.cost)]
