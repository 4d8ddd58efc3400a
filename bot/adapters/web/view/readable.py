"""Numbers, names and times in words for people."""

from __future__ import annotations

import re

from markupsafe import Markup

from bot.domain.posts import HOST, RequestCard
from bot.text.plain_posts import deadline

COLOURS = 8


class AgentColours:
    """Which colour each speaker of one session has: the same on every reload, and no two alike while they last."""

    def __init__(self) -> None:
        self._colours: dict[str, int] = {}

    def of(self, name: str) -> int | str:
        """The number of a speaker's colour, in 0..COLOURS-1, in order of appearance; Roundtable has its own."""
        if name == HOST:
            return "host"
        return self._colours.setdefault(name, len(self._colours) % COLOURS)


def spoken(name: str) -> str:
    """An agent's name as people write it: `product_manager` is Product manager."""
    return capital(re.sub(r"[_\-]+", " ", name).strip()) or "Agent"


def capital(text: str) -> str:
    """A text as it begins a sentence."""
    return text[:1].upper() + text[1:]


def initials(name: str) -> str:
    """One or two letters for a name."""
    words = [word for word in re.split(r"[\s_\-.]+", name) if word and word[0].isalnum()]
    return "".join(word[0] for word in words[:2]).upper() or "·"


def seconds(value: float) -> str:
    """A length of time, rounded as people say it."""
    if value < 9.95:
        return f"{value:.1f} s"
    whole = round(value)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"


def hours(value: float) -> str:
    """A length of time in whole hours, or minutes when it is short."""
    whole = round(value / 3600)
    return many(whole, "hour") if whole else many(max(1, round(value / 60)), "minute")


def tokens(count: int) -> str:
    """A number of tokens, with three digits at most."""
    if count < 1000:
        return str(count)
    return f"{count / 1000:.3g}k" if count < 999_500 else f"{count / 1_000_000:.3g}M"


def money(dollars: float | None) -> str:
    """US dollars; None is an unknown price."""
    if dollars is None:
        return "unknown"
    if dollars == 0:
        return "$0.00"
    return f"${dollars:.4f}" if dollars < 0.095 else f"${dollars:.2f}"


def many(count: int, noun: str) -> str:
    """A count with its noun in the right number."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def clock(at: float) -> Markup:
    """A point in time, in epoch seconds; the browser writes it in its own time zone."""
    return Markup('<time data-at="{:.0f}"></time>').format(at)


def until(card: RequestCard) -> Markup:
    """Until when a card can be decided and what comes then, "" for one that is decided."""
    return Markup(deadline(card, clock))  # noqa: S704  (our own words around the clock's markup)
