"""What people can choose on a card, and the ids of the buttons that stand for it: pure."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import cast, get_args

from bot.adapters.discord.body import Mood, Offer
from bot.domain.events import Verdict
from bot.domain.posts import ApprovalPost, BudgetPost, CheckPost

CHOICE = (
    r"(?P<how>decide|ask):(?P<session>[0-9A-Za-z_]{1,20}):(?P<request>[0-9A-Za-z_]{1,14})"
    rf":(?P<verdict>{'|'.join(get_args(Verdict))}):(?P<digest>[0-9A-Za-z_-]{{43}}|)"
)
"""The ids of buttons and forms that decide, or ask something first: never more than Discord's 100 characters."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One verdict on one request; on code also its SHA-256 in hex, "" on anything else.

    One that `asks` opens a form and decides nothing by itself.
    """

    session: str
    request: str
    verdict: Verdict
    digest: str = ""
    asks: bool = False

    @property
    def id(self) -> str:
        """What Discord sends back when it is chosen; all of the digest is in it, in fewer characters than hex."""
        digest = base64.urlsafe_b64encode(bytes.fromhex(self.digest)).decode().rstrip("=")
        return f"{'ask' if self.asks else 'decide'}:{self.session}:{self.request}:{self.verdict}:{digest}"


def chosen(custom_id: str) -> Choice | None:
    """The choice that an id stands for, None when it stands for something else."""
    found = re.fullmatch(CHOICE, custom_id)
    if found is None:
        return None
    digest = base64.urlsafe_b64decode(found["digest"] + "=").hex() if found["digest"] else ""
    return Choice(
        found["session"], found["request"], cast(Verdict, found["verdict"]), digest, found["how"] == "ask"
    )


def offers(session: str, card: ApprovalPost | BudgetPost | CheckPost) -> tuple[Offer, ...]:
    """The buttons of a card; one that is decided has none."""

    def offer(label: str, verdict: Verdict, mood: Mood = "neutral", *, asks: bool = False) -> Offer:
        digest = card.digest if isinstance(card, ApprovalPost) else ""
        return Offer(label, mood, Choice(session, card.request, verdict, digest, asks).id)

    if card.decided is not None:
        return ()
    match card:
        case ApprovalPost():
            return (
                offer("Approve", "approve", "good"),
                offer("Edit", "edit", asks=True),
                offer("Reject", "reject", "bad", asks=True),
                offer("Approve all in this session", "approve_all"),
            )
        case BudgetPost(step=step, unit=unit):
            return (
                offer(f"Raise by {step:,.10g} {unit}", "raise", "good"),
                offer("Raise by another amount", "raise", asks=True),
                offer("Finish now", "finish"),
                offer("Stop", "stop", "bad"),
            )
        case CheckPost(finishing=True):
            return (offer("Finish", "finish", "good"), offer("Stop", "stop", "bad"))
        case CheckPost():
            return (offer("Go on", "go_on", "good"), offer("Stop", "stop", "bad"))
