"""When a fallback takes over from a model that does not answer, and for how long: to the session's end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from agents.models.call_failures import Failure
from bot.domain.turn_results import TookOver


def takes_over(failure: Failure) -> bool:
    """Whether a model whose attempts all failed so is to be replaced: it did not answer, but refused nothing."""
    return not failure.refused


def both(first: str, failed: Failure, fallback: str, too: Failure) -> Failure:
    """What it means that neither a model nor its fallback answers: the first may answer again later."""
    if too.refused:
        away = f"{first} does not answer now ({failed.cause})"
        return Failure(f"{away}, and its fallback {fallback} cannot help: {too.sentence}", refused=False)
    neither = f"Neither {first} nor its fallback {fallback} answers now"
    return Failure(f"{neither} ({failed.cause}; {too.cause}).", refused=False)


@dataclass(slots=True)
class Takeovers:
    """The models of one session that a fallback has taken over from; `noted` is called with each that is new."""

    noted: Callable[[TookOver], None]
    _fallbacks: dict[str, str] = field(default_factory=dict)

    def load(self, saved: Mapping[str, str]) -> None:
        """Take up what `saved` says."""
        self._fallbacks = dict(saved)

    def save(self) -> Mapping[str, str]:
        """Each model's fallback, as JSON values."""
        return dict(self._fallbacks)

    def has(self, model: str, fallback: str) -> bool:
        """Whether this fallback answers in this model's place."""
        return self._fallbacks.get(model) == fallback

    def note(self, took_over: TookOver) -> None:
        """From now on the fallback answers whenever that model is asked."""
        self._fallbacks[took_over.model] = took_over.fallback
        self.noted(took_over)
