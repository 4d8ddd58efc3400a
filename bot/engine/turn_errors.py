"""What a turn that failed means for its session: pure decisions, and the sentence that the thread gets."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.errors import (
    BadInput,
    BudgetReached,
    ModelUnavailable,
    NotAsked,
    SandboxUnavailable,
    Stopped,
    Stuck,
    TokenCapReached,
    TurnCrashed,
    TurnError,
)
from bot.domain.turn_results import Usage
from bot.engine import budget
from bot.engine.plan import Ask, End
from bot.engine.session_rules import SessionRules
from bot.store import spending
from bot.store.sessions import Session

log = logging.getLogger(__name__)

SANDBOX_AGAIN = 5.0
MODEL_AGAIN = 300.0


@dataclass(frozen=True, slots=True)
class PauseSession:
    """The session waits, nothing lost; without `wake_at` (epoch seconds) only a message wakes it."""

    text: str
    wake_at: float | None


def consequence(
    session: Session, error: Exception, now: float, token_cap: int, rules: SessionRules
) -> PauseSession | End | Ask | None:
    """What follows from an error in a turn; None when the next step decides, as after a stop.

    `token_cap`: what the team may use each time the session is opened.
    """
    match error:
        case Stopped() | NotAsked():
            return None
        case BudgetReached(scope=scope):
            return Ask(budget.cap_request(session, error, spending.subject(session, scope), rules, now))
        case TokenCapReached(needed=needed) if needed > token_cap:
            return End(
                "limit",
                f"This conversation is too long by now: the next call could take {needed:,} tokens, the team's "
                f"cap is {token_cap:,}. Start a new thread, or raise token_cap in the team's file.",
            )
        case TokenCapReached():
            return End("limit", f"{error} Reply to let the team go on.")
        case Stuck():
            return End("failed", f"{error} Reply with a hint to go on.")
        case SandboxUnavailable():
            return PauseSession(
                f"{error} The session continues by itself as soon as the sandbox is back.", now + SANDBOX_AGAIN
            )
        case ModelUnavailable():
            minutes = MODEL_AGAIN / 60
            return PauseSession(
                f"{error} Nothing is lost: I try again in {minutes:g} minutes, or as soon as you reply.",
                now + MODEL_AGAIN,
            )
        case BadInput() | TurnError() if not isinstance(error, TurnCrashed):
            return PauseSession(
                f"{error} Nothing is lost: reply when that is fixed, and the session continues.", None
            )
        case _:
            log.error("session %s: turn %d failed", session.id, session.turns + 1, exc_info=error)
            return PauseSession(
                "Something went wrong inside Roundtable; its log says what. Nothing is lost: reply to try again.",
                None,
            )


def usage_of(error: Exception) -> Sequence[Usage] | None:
    """What a turn that failed has used; None when nothing tells, so that what was reserved stays spent."""
    cause = error.__cause__
    told = [each.usage for each in (error, cause) if isinstance(each, TurnError)]
    if isinstance(error, Stopped | BudgetReached | NotAsked) and cause is not None and len(told) == 1:
        return None  # what only says why the turn is over, around something that tells nothing
    return max(told, key=len, default=None)
