"""What may be spent: caps by scope and unit, as `policy.toml` sets them, finite unless it says `inf`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from bot.domain.posts import Scope, Unit
from bot.domain.turn_results import Usage

DAY = 86_400.0
WINDOW: Mapping[Scope, float | None] = {
    "session": None,
    "user": DAY,
    "channel": DAY,
    "day": DAY,
    "installation": 30 * DAY,
}
"""The seconds before now that count against a cap; for a session it is all of its life."""

Positive: TypeAlias = Annotated[float, Field(gt=0, allow_inf_nan=True)]


@dataclass(frozen=True, slots=True)
class Cap:
    """So much of a unit for a scope and no more."""

    scope: Scope
    unit: Unit
    amount: float


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars a million tokens; without prices of its own, what a cache gives or keeps costs as the rest."""

    prompt: float
    completion: float
    cache_read: float | None = None
    cache_written: float | None = None

    def of(self, usage: Usage) -> float:
        """Dollars for one attempt. At its worst all of its prompt has the highest of the prices."""
        read = self.prompt if self.cache_read is None else self.cache_read
        written = self.prompt if self.cache_written is None else self.cache_written
        if usage.estimated:
            asked = usage.prompt_tokens * max(self.prompt, read, written)
        else:
            fresh = usage.prompt_tokens - usage.cache_read - usage.cache_written
            asked = fresh * self.prompt + usage.cache_read * read + usage.cache_written * written
        return (asked + usage.completion_tokens * self.completion) / 1_000_000


def counts_tokens(caps: Sequence[Cap]) -> bool:
    """Whether some cap bounds what a model of unknown price uses, or there is none at all."""
    return not caps or any(cap.unit == "tokens" for cap in caps)


def unpriced(model: str) -> str:
    """What to do about a model whose price is not known."""
    return (
        f"The price of {model} is unknown, so no budget in dollars can be kept: set "
        f"ROUNDTABLE_PRICES={model}=IN/OUT (dollars a million tokens), or give [budget.session] tokens in "
        "policy.toml."
    )


class Money(BaseModel):
    """Dollars and tokens; what is left out has no cap of its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dollars: Positive | None = None
    tokens: Positive | None = None

    def caps(self, scope: Scope) -> tuple[Cap, ...]:
        """The finite caps among them."""
        given: tuple[tuple[Unit, float | None], ...] = (("dollars", self.dollars), ("tokens", self.tokens))
        return tuple(Cap(scope, unit, amount) for unit, amount in given if amount and math.isfinite(amount))


class SessionBudget(Money):
    """One session, over all of its life; `hours` are those in which the team worked."""

    dollars: Positive | None = 5.0
    turns: Positive | None = 400
    hours: Positive | None = 12.0


class UserBudget(Money):
    """The sessions that one person has started, in 24 hours."""

    dollars: Positive | None = 20.0


class ChannelBudget(Money):
    """The sessions of one channel, in 24 hours."""

    dollars: Positive | None = 50.0


class DayBudget(Money):
    """All sessions together, in 24 hours."""

    dollars: Positive | None = 100.0


class InstallationBudget(Money):
    """All sessions together, in 30 days."""

    dollars: Positive | None = 1000.0


class Budget(BaseModel):
    """Every cap there is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    session: SessionBudget = SessionBudget()
    user: UserBudget = UserBudget()
    channel: ChannelBudget = ChannelBudget()
    day: DayBudget = DayBudget()
    installation: InstallationBudget = InstallationBudget()

    def caps(self, channel: Money | None = None) -> tuple[Cap, ...]:
        """The caps on what models use, in a channel that may have its own for what it names."""
        here = self.channel.model_copy(update=channel.model_dump(exclude_none=True) if channel else None)
        return (
            *self.session.caps("session"),
            *self.user.caps("user"),
            *here.caps("channel"),
            *self.day.caps("day"),
            *self.installation.caps("installation"),
        )

    def work(self) -> tuple[Cap, ...]:
        """The caps on a session's turns and hours of work."""
        given: tuple[tuple[Unit, float | None], ...] = (
            ("turns", self.session.turns),
            ("hours", self.session.hours),
        )
        return tuple(Cap("session", unit, amount) for unit, amount in given if amount and math.isfinite(amount))
