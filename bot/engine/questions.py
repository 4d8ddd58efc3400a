"""When a session waits for people, what ends that, and what is said when nobody answers: pure decisions."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.events import Message
from bot.domain.posts import ApprovalPost, BudgetPost, CheckPost, QuestionPost, RequestCard
from bot.domain.turn_results import Asks
from bot.engine.session_rules import SessionRules
from bot.store.requests import OpenRequest, RequestDraft, Resolution

_FINISHING = "The team would finish here. Say what is missing, or let it finish."
_GOING_ON = "The team waits for you after every turn: let it go on, or say what to do."

ROOM = Resolution("lapsed", "There is room again.")
TOO_LATE = Resolution("expired", "Too late: nobody answered in time, which counts as no.")
NOT_RUN = "Nobody decided about the code in time, which counts as no: it was not run."


@dataclass(frozen=True, slots=True)
class MessageEffect:
    """What a message means for a request: how it ends it, if it does, and whether code that waits is dropped."""

    resolution: Resolution | None = None
    is_order: bool = False


NO_EFFECT = MessageEffect()


def question(who: str, asks: Asks, rules: SessionRules, now: float) -> RequestDraft:
    """An agent's question."""
    return _draft(QuestionPost(who, asks.text, asks.question, expires_at=now + rules.expire), rules, now)


def check(rules: SessionRules, now: float, *, finishing: bool) -> RequestDraft:
    """The pause before a turn or, `finishing`, before the end."""
    text = _FINISHING if finishing else _GOING_ON
    return _draft(CheckPost(text, finishing, expires_at=now + rules.expire), rules, now)


def effect(message: Message, card: RequestCard) -> MessageEffect:
    """What a message means for what its session waits for; code and money are never decided by a message."""
    who = message.who
    match card:
        case QuestionPost():
            return MessageEffect(Resolution("answered", f"Answered by {who.name}.", who))
        case CheckPost():
            # Who says something instead of letting the team continue does not want its code to run as it is.
            return MessageEffect(Resolution("answered", f"{who.name} said something.", who), is_order=True)
        case ApprovalPost() if message.now:
            return MessageEffect(
                Resolution("withdrawn", f"Dropped: {who.name} gave an order. It was not run.", who)
            )
        case ApprovalPost() | BudgetPost():
            return NO_EFFECT


def reminder(request: OpenRequest, now: float) -> str:
    """What the thread is told when nobody has answered for a while."""
    left = f"After {hours(request.expires_at - now)} without an answer"
    match request.card:
        case QuestionPost(agent, _, asked):
            return f"{agent} still waits for an answer: {asked} {left} the session ends."
        case ApprovalPost(agent):
            return f"The code of {agent} still waits for a decision. {left} it is not run."
        case BudgetPost():
            return f"The session still waits at its budget. {left} it ends."
        case CheckPost():
            return f"The team still waits for you. {left} the session ends."


def expiry(request: OpenRequest) -> tuple[Resolution, str]:
    """How a request ends that nobody has answered, and the closing line of its session."""
    match request.card:
        case QuestionPost():
            said = "Nobody answered in time. Reply to go on."
        case ApprovalPost():
            said = f"{NOT_RUN} Reply to go on."
        case BudgetPost():
            said = "Nobody raised the budget in time. Reply to go on once there is room."
        case CheckPost(finishing=True):
            return Resolution("expired", "Nobody said anything: the team has finished."), "The team has finished."
        case CheckPost():
            said = "Nobody let the team go on in time. Reply to go on."
    return TOO_LATE, said


def hours(seconds: float) -> str:
    """A length of time as people say it."""
    minutes = max(1, round(seconds / 60))
    if minutes < 120:
        return f"{minutes} minute{'' if minutes == 1 else 's'}"
    return f"{round(minutes / 60)} hours" if minutes < 48 * 60 else f"{round(minutes / 1440)} days"


def _draft(card: QuestionPost | CheckPost, rules: SessionRules, now: float) -> RequestDraft:
    return RequestDraft(card, rules.remind_at(now))
