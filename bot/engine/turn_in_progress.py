"""One turn of one session while it takes place."""

from __future__ import annotations

from dataclasses import dataclass

from bot.engine.plan import TakeTurn
from bot.engine.session_rules import SessionRules
from bot.engine.turn_context import TurnContext
from bot.store.sessions import Session


@dataclass(frozen=True, slots=True)
class TurnInProgress:
    """What a turn began with: the session's row, what the team gets, the rules, the context, and when."""

    session: Session
    take: TakeTurn
    rules: SessionRules
    context: TurnContext
    began: float

    def seconds(self, now: float) -> float:
        """How long the turn has taken by now."""
        return max(0.0, now - self.began)
