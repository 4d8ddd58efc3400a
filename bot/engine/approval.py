"""Which code may run: pure decisions. Whatever is unclear counts as no."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.audit_facts import code_digest
from bot.domain.events import CodeBlock
from bot.domain.posts import ApprovalPost
from bot.domain.turn_results import Code
from bot.engine.session_rules import SessionRules
from bot.store.requests import OpenRequest, RequestDraft
from bot.text.languages import canonical

LAPSED = "The variables of the earlier blocks that this code builds on are gone, and with them its approval"


def needs_approval(rules: SessionRules, trusted_until: float, now: float) -> bool:
    """Whether code waits for a person before it runs."""
    return rules.approval and trusted_until <= now


def ask(who: str, code: Code, rules: SessionRules, now: float) -> RequestDraft:
    """The request for leave to run what an agent wrote."""
    card = ApprovalPost(
        who, code.blocks, code_digest(code.blocks), expires_at=now + rules.expire, all_for=rules.all_for
    )
    return RequestDraft(card, remind_at=rules.remind_at(now))


def permitted_blocks(
    request: OpenRequest | None, blocks: Sequence[CodeBlock], *, asked: bool
) -> tuple[CodeBlock, ...] | str:
    """The blocks that may run in place of `blocks`, or why none may.

    `request` is what was asked about the turn that is to run them; `asked` says whether code must be asked about.
    """
    if request is None:
        return "Nobody has approved this code" if asked else tuple(blocks)
    card = request.card
    if not isinstance(card, ApprovalPost) or tuple(blocks) != card.blocks or code_digest(blocks) != card.digest:
        return "This is not the code that was asked about"
    match request.state:
        case "approved" | "approved_all":
            return card.blocks
        case "edited" if request.blocks:
            return request.blocks
        case "rejected":
            return f"{request.who} rejected this code" + (f": {request.reason}" if request.reason else "")
        case "expired":
            return "Nobody approved this code in time"
        case "withdrawn":
            return "This code was dropped before anybody approved it"
        case "lapsed":
            return LAPSED
    return "Nobody has approved this code"


def builds_on_lost(request: OpenRequest | None, interpreter: str) -> bool:
    """Whether code was approved that builds on variables of another interpreter than it would run in now."""
    card = request.card if request else None
    return isinstance(card, ApprovalPost) and card.builds_on.interpreter not in ("", interpreter)


def uses_variables(card: ApprovalPost) -> bool:
    """Whether its code finds the variables of earlier blocks; that of a shell does not."""
    return any(canonical(block.language) == "python" for block in card.blocks)
