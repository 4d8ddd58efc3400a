"""Cards on which people decide, with their buttons: pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import get_args

from bot.adapters.slack.blocks import Block, actions, button, rich, small
from bot.adapters.slack.body import Body, Mood
from bot.adapters.slack.mrkdwn import clean, escaped, moment
from bot.adapters.slack.rich_text import Element, plain, section
from bot.domain.events import Verdict
from bot.domain.posts import ApprovalPost, BudgetPost, CheckPost, Decided
from bot.text.plain_posts import deadline

DECIDE, ASK = "decide", "ask"
"""What the actions of buttons begin with that decide at once, or ask something first.

Slack wants each action in a message to have a name of its own.
"""

_LONGEST = 3_000


@dataclass(frozen=True, slots=True)
class Choice:
    """What a button of a card stands for; on code also its SHA-256 in hex, "" on anything else."""

    session: str
    request: str
    verdict: Verdict
    digest: str = ""

    @property
    def value(self) -> str:
        """What Slack sends back when it is chosen."""
        return json.dumps([self.session, self.request, self.verdict, self.digest])


def chosen(value: str) -> Choice | None:
    """The choice that a value stands for, None when it stands for something else."""
    try:
        session, request, verdict, digest = json.loads(value)
    except (ValueError, TypeError):
        return None
    if verdict not in get_args(Verdict):
        return None
    return Choice(str(session), str(request), verdict, str(digest))


def card_body(session: str, card: ApprovalPost | BudgetPost | CheckPost) -> Body:
    """The message that asks until when, and says once it is decided by whom and when."""
    told = section([plain("❓ "), *_asks(card)])
    if card.decided is not None:
        ending = section([plain("\n"), plain(_ending(card.decided), "bold")])
        return _body([told, ending], moment(card.decided.at))
    how = section([plain("\n"), plain(_how(card), "italic")])
    return _body([told, how], deadline(card, moment), actions(*_buttons(session, card)), mood="suspended")


def _body(found: Sequence[Element], when: str, *below: Block, mood: Mood = "") -> Body:
    """A message with a time in it, in Slack's markup, also where only its text is shown."""
    line = [small(when)] if when else []
    text = f"{_spoken(found, _LONGEST - len(when) - 1)}\n{when}".rstrip()
    return Body(text, (rich(found), *line, *below), mood=mood)


def _asks(card: ApprovalPost | BudgetPost | CheckPost) -> Iterator[Element]:
    if isinstance(card, ApprovalPost):
        yield plain(f"{clean(card.agent)} wants to run the code above.", "bold")
        yield plain(f"\nSHA-256 {card.digest}\n")
    else:
        yield plain(clean(card.text)[:_LONGEST], "bold")
        yield plain("\n")
    yield plain(f"request {card.request}")


def _how(card: ApprovalPost | BudgetPost | CheckPost) -> str:
    match card:
        case ApprovalPost(request=request):
            return (
                f"To change the code, press Edit, or reply “edit {request}” with a block of code or a file. "
                "Nothing runs before somebody decides."
            )
        case BudgetPost():
            return "Nothing is spent before somebody decides."
        case CheckPost():
            return "Press a button, or say in the thread what is to change."


def _ending(decided: Decided) -> str:
    return clean(decided.text)[:_LONGEST]


def _spoken(found: Sequence[Element], longest: int) -> str:
    return escaped("".join(run["text"] for element in found for run in element["elements"]), longest)


def _buttons(session: str, card: ApprovalPost | BudgetPost | CheckPost) -> Sequence[Block]:
    def offer(label: str, verdict: Verdict, style: str = "", *, asks: bool = False) -> Block:
        digest = card.digest if isinstance(card, ApprovalPost) else ""
        value = Choice(session, card.request, verdict, digest).value
        return button(label, f"{ASK if asks else DECIDE}_{verdict}", value, style=style)

    match card:
        case ApprovalPost():
            return [
                offer("Approve", "approve", "primary"),
                offer("Edit", "edit", asks=True),
                offer("Reject", "reject", "danger", asks=True),
                offer("Approve all in this session", "approve_all"),
            ]
        case BudgetPost(step=step, unit=unit):
            return [
                offer(f"Raise by {step:,.10g} {unit}", "raise", "primary"),
                offer("Raise by another amount", "raise", asks=True),
                offer("Finish now", "finish"),
                offer("Stop", "stop", "danger"),
            ]
        case CheckPost(finishing=True):
            return [offer("Finish", "finish", "primary"), offer("Stop", "stop", "danger")]
        case CheckPost():
            return [offer("Go on", "go_on", "primary"), offer("Stop", "stop", "danger")]
