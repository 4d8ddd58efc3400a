"""Cards on which people decide, with their buttons: pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import get_args

from bot.adapters.slack.blocks import Block, actions, button, rich
from bot.adapters.slack.body import Body
from bot.adapters.slack.mrkdwn import clean
from bot.adapters.slack.rich_text import Element, plain, preformatted, section
from bot.adapters.slack.split import pack
from bot.events import Verdict
from bot.plain import plain as words
from bot.plain import visible
from bot.posts import ApprovalPost, BudgetPost, CheckPost, Decided

DECIDE = "decide"
"""What the actions of these buttons begin with; Slack wants each in a message to have a name of its own."""

_FALLBACK = 3_000
_HOW = {
    "approval": "Press a button. To change the code, reply “edit” with the request and a block of code.",
    "budget": "Press a button; nothing is spent meanwhile.",
    "check": "Press a button, or say what is to change.",
}


def bodies(session: str, card: ApprovalPost | BudgetPost | CheckPost) -> Iterator[Body]:
    """A card as messages: what it asks first, which changes once it is decided, then all of the code, if any."""
    found: list[Element] = [section([plain(_asks(card), "bold")])]
    if card.decided is None:
        found.append(section([plain(_HOW[card.kind], "italic")]))
        below = [actions(*_buttons(session, card))]
    else:
        found.append(section([plain(_decided(card.decided))]))
        below = []
    agent = card.agent if isinstance(card, ApprovalPost) else ""
    yield Body(
        words(card)[:_FALLBACK], (rich(found), *below), agent, mood="suspended" if card.decided is None else ""
    )
    if isinstance(card, ApprovalPost):
        code = [preformatted(visible(clean(block.code)).rstrip()) for block in card.blocks]
        for group in pack(code):
            yield Body("The code that is to run.", (rich(group),), agent)


@dataclass(frozen=True, slots=True)
class Choice:
    """What a button of a card stands for."""

    session: str
    request: str
    verdict: Verdict
    digest: str


def chosen(value: str) -> Choice | None:
    """What a click chose; None for a value that is none of ours."""
    try:
        session, request, verdict, digest = json.loads(value)
    except (ValueError, TypeError):
        return None
    if verdict not in get_args(Verdict):
        return None
    return Choice(str(session), str(request), verdict, str(digest))


def _asks(card: ApprovalPost | BudgetPost | CheckPost) -> str:
    if isinstance(card, ApprovalPost):
        return f"{clean(card.agent)} wants to run the code below (SHA-256 {card.digest}, request {card.request})."
    return f"{clean(card.text)} (request {card.request})"


def _decided(decided: Decided) -> str:
    return clean(decided.text)


def _buttons(session: str, card: ApprovalPost | BudgetPost | CheckPost) -> Sequence[Block]:
    def offer(label: str, verdict: Verdict, style: str = "") -> Block:
        digest = card.digest if isinstance(card, ApprovalPost) else ""
        return _button(label, Choice(session, card.request, verdict, digest), style)

    match card:
        case ApprovalPost():
            return [
                offer("Approve", "approve", "primary"),
                offer("Approve all of this session", "approve_all"),
                offer("Reject", "reject", "danger"),
            ]
        case BudgetPost(step=step, unit=unit):
            return [
                offer(f"Raise by {step:,g} {unit}", "raise"),
                offer("Finish now", "finish"),
                offer("Stop", "stop", "danger"),
            ]
        case CheckPost(finishing=True):
            return [offer("Finish", "finish"), offer("Stop", "stop", "danger")]
        case CheckPost():
            return [offer("Go on", "go_on"), offer("Stop", "stop", "danger")]


def _button(label: str, choice: Choice, style: str) -> Block:
    value = json.dumps([choice.session, choice.request, choice.verdict, choice.digest])
    return button(label, f"{DECIDE}_{choice.verdict}", value, style=style)
