"""What a person's decision does to a request: pure, and no unless everything fits."""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.audit_facts import code_digest
from bot.domain.errors import BadInput, Denied
from bot.domain.events import Decision, Message, Verdict
from bot.domain.policy import Act
from bot.domain.posts import ApprovalPost, BudgetPost, CheckPost, QuestionPost
from bot.engine.budget import amount
from bot.store.requests import OpenRequest, Resolution
from bot.store.sessions import Session
from bot.text.request_forms import REASON

MAX_CODE = 200_000
_MAX_RAISE = 1_000_000_000
_SHARED = ("channel", "day", "installation")
_NEEDS: Mapping[str, Act] = {
    "approval": "approve",
    "budget": "raise_budgets",
    "check": "steer",
    "question": "steer",
}
_FITS: Mapping[str, tuple[Verdict, ...]] = {
    "approval": ("approve", "approve_all", "reject", "edit"),
    "budget": ("raise", "finish"),
    "check": ("go_on", "finish"),
    "question": (),
}


def required_act(request: OpenRequest, verdict: Verdict) -> Act:
    """What a person must be allowed to do to decide so about this request."""
    return "stop" if verdict == "finish" else _NEEDS[request.card.kind]


def is_about_shared_budget(request: OpenRequest, verdict: Verdict) -> bool:
    """Whether more than the sessions of this starter are concerned, so that the starter has no say as such."""
    card = request.card
    return verdict == "raise" and isinstance(card, BudgetPost) and card.scope in _SHARED


def require_open(request: OpenRequest | None, session: Session, now: float) -> OpenRequest:
    """The request, if this session still waits for it; raises Denied when it does not, or never did."""
    if request is None or request.session != session.id:
        raise Denied("There is no such request in this thread; nothing was decided.")
    if request.state != "open":
        by = f" by {request.who}" if request.who else ""
        raise Denied(f"Too late: that is already decided ({request.state.replace('_', ' ')}{by}).")
    if now >= request.expires_at:
        raise Denied("Too late: nobody decided in time, which counts as no.")
    return request


def check_verdict(request: OpenRequest, verdict: Verdict) -> None:
    """Raises BadInput for a verdict that is none on such a request."""
    if verdict not in _FITS[request.card.kind]:
        raise BadInput(f"That is no decision for this request: it takes {_options(request)}.")


def resolve(request: OpenRequest, decision: Decision) -> Resolution:
    """How a decision ends an open request; raises Denied or BadInput for what decides nothing."""
    check_verdict(request, decision.verdict)
    match request.card:
        case ApprovalPost() as card:
            return _approval(card, decision)
        case BudgetPost() as card:
            return _budget(card, decision)
        case CheckPost() as card:
            return _check(card, decision)
        case QuestionPost():
            raise BadInput("A question is answered by a reply in the thread.")


def as_message(decision: Decision) -> Message | None:
    """What the team is told of a decision, if it needs to know."""
    if decision.verdict != "edit":
        return None
    return Message(decision.key, decision.thread, decision.who, "", changed=decision.blocks)


def _approval(card: ApprovalPost, decision: Decision) -> Resolution:
    who = decision.who
    if decision.verdict == "reject":
        reason = decision.reason.strip()[:REASON]
        said = f"Rejected by {who.name}" + (f": {reason}" if reason else "")
        return Resolution("rejected", f"{said.rstrip('.')}. It was not run.", who, reason)
    if decision.verdict == "edit":
        blocks = decision.blocks
        if not blocks or not all(block.code.strip() for block in blocks):
            raise BadInput("There is no code in the edit, or a block is not closed; nothing was decided.")
        if sum(len(block.code.encode()) for block in blocks) > MAX_CODE:
            raise BadInput(f"Code may have {MAX_CODE:,} bytes; nothing was decided.")
        return Resolution(
            "edited", f"Edited by {who.name}: SHA-256 {code_digest(blocks)} runs instead.", who, "", blocks
        )
    if decision.digest != card.digest:
        raise Denied("That is not the code of this card: look at it again, then decide. Nothing was decided.")
    if decision.verdict == "approve_all":
        return Resolution("approved_all", f"Approved by {who.name}, as is all code that follows for a while.", who)
    return Resolution("approved", f"Approved by {who.name}.", who)


def _budget(card: BudgetPost, decision: Decision) -> Resolution:
    who = decision.who
    if decision.verdict == "finish":
        return Resolution("finished", f"{who.name} chose to finish with what there is.", who)
    by = decision.amount or card.step
    if not 0 < by <= _MAX_RAISE:
        raise BadInput(f"A raise is a number above 0 and up to {_MAX_RAISE:,}; nothing was decided.")
    return Resolution("raised", f"Raised by {amount(by, card.unit)} by {who.name}.", who, amount=by)


def _check(card: CheckPost, decision: Decision) -> Resolution:
    who = decision.who
    if decision.verdict == "finish":
        return Resolution("finished", f"{who.name} let the team finish.", who)
    if card.finishing:
        raise BadInput("The team is done: let it finish, or say in the thread what is missing.")
    return Resolution("went_on", f"{who.name} let the team go on.", who)


def _options(request: OpenRequest) -> str:
    return ", ".join(option.replace("_", " ") for option in _FITS[request.card.kind]) or "a reply"
