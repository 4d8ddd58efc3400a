"""Cards on which people decide, with their buttons: pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bot.adapters.common.request_choices import Mood, Offer, offers
from bot.adapters.slack.blocks import Block, actions, button, rich, small
from bot.adapters.slack.body import Body, RestStatus
from bot.adapters.slack.mrkdwn import clean, escaped, moment
from bot.adapters.slack.rich_text import Element, plain, section
from bot.domain.posts import ApprovalPost, BudgetPost, CheckPost, Decided
from bot.text.plain_posts import deadline, earlier_code

DECIDE, ASK = "decide", "ask"
"""The beginning of the actions of buttons that decide at once, and of those that open a form first.

Slack requires a unique name for each action in a message.
"""

_LONGEST = 3_000
_STYLES: Mapping[Mood, str] = {"good": "primary", "neutral": "", "bad": "danger"}


def card_body(session: str, card: ApprovalPost | BudgetPost | CheckPost) -> Body:
    """The message that asks, with its deadline, or says by whom and when it was decided."""
    told = section([plain("❓ "), *_asks(card)])
    if card.decided is not None:
        ending = section([plain("\n"), plain(_ending(card.decided), "bold")])
        return _body([told, ending], moment(card.decided.at))
    how = section([plain("\n"), plain(_how(card), "italic")])
    return _body([told, how], deadline(card, moment), actions(*_buttons(session, card)), mood="suspended")


def _body(found: Sequence[Element], when: str, *below: Block, mood: RestStatus = "") -> Body:
    """A message with a time in it, in Slack's markup, also where only its text is shown."""
    line = [small(when)] if when else []
    text = f"{_spoken(found, _LONGEST - len(when) - 1)}\n{when}".rstrip()
    return Body(text, (rich(found), *line, *below), mood=mood)


def _asks(card: ApprovalPost | BudgetPost | CheckPost) -> Iterator[Element]:
    if isinstance(card, ApprovalPost):
        yield plain(f"{clean(card.agent)} wants to run the code above.", "bold")
        yield plain("\n" + "".join(f"{clean(line)}\n" for line in earlier_code(card)))
        yield plain(f"SHA-256 {card.digest}\n")
    else:
        yield plain(clean(card.text)[:_LONGEST], "bold")
        yield plain("\n")
    yield plain(f"request {card.request}")


def _how(card: ApprovalPost | BudgetPost | CheckPost) -> str:
    match card:
        case ApprovalPost(request=request):
            return (
                f"To change the code, press Edit, or reply “edit {request}” with a block of code or a file. "
                "Nothing runs before a person decides."
            )
        case BudgetPost():
            return "Nothing is spent before a person decides."
        case CheckPost():
            return "Press a button, or say in the thread what is to change."


def _ending(decided: Decided) -> str:
    return clean(decided.text)[:_LONGEST]


def _spoken(found: Sequence[Element], longest: int) -> str:
    return escaped("".join(run["text"] for element in found for run in element["elements"]), longest)


def _buttons(session: str, card: ApprovalPost | BudgetPost | CheckPost) -> list[Block]:
    return [_button(offer) for offer in offers(session, card)]


def _button(offer: Offer) -> Block:
    how = ASK if offer.choice.asks else DECIDE
    return button(offer.label, f"{how}_{offer.choice.verdict}", offer.choice.id, style=_STYLES[offer.mood])
