"""The choices on a request card, and the string that stands for a choice on every platform: pure."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast, get_args

from bot.domain.events import Verdict
from bot.domain.posts import ApprovalPost, BudgetPost, CheckPost

CHOICE = (
    r"(?P<how>decide|ask):(?P<session>[0-9A-Za-z_]{1,20}):(?P<request>[0-9A-Za-z_]{1,14})"
    rf":(?P<verdict>{'|'.join(get_args(Verdict))}):(?P<digest>[0-9A-Za-z_-]{{43}}|)"
)
"""The strings of choices: at most 100 characters, which is what Discord takes as the id of a button."""

Mood: TypeAlias = Literal["good", "neutral", "bad"]
"""What the colour of a button or a card says."""


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
        """What the platform sends back when it is chosen; the digest is in base64, which is shorter than hex."""
        digest = base64.urlsafe_b64encode(bytes.fromhex(self.digest)).decode().rstrip("=")
        return f"{'ask' if self.asks else 'decide'}:{self.session}:{self.request}:{self.verdict}:{digest}"


@dataclass(frozen=True, slots=True)
class Offer:
    """A button that a card shows."""

    label: str
    mood: Mood
    choice: Choice


def chosen(text: str) -> Choice | None:
    """The choice that a string stands for, None when it stands for something else."""
    found = re.fullmatch(CHOICE, text)
    if found is None:
        return _listed(text)
    digest = base64.urlsafe_b64decode(found["digest"] + "=").hex() if found["digest"] else ""
    return Choice(
        found["session"], found["request"], cast(Verdict, found["verdict"]), digest, found["how"] == "ask"
    )


def offers(session: str, card: ApprovalPost | BudgetPost | CheckPost) -> tuple[Offer, ...]:
    """The buttons of a card; one that is decided has none."""

    def offer(label: str, verdict: Verdict, mood: Mood = "neutral", *, asks: bool = False) -> Offer:
        digest = card.digest if isinstance(card, ApprovalPost) else ""
        return Offer(label, mood, Choice(session, card.request, verdict, digest, asks))

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


def _listed(text: str) -> Choice | None:
    """A choice as a JSON list, which buttons and forms of messages in Slack may still carry."""
    try:
        session, request, verdict, digest = json.loads(text)
    except (ValueError, TypeError):
        return None
    if verdict not in get_args(Verdict):
        return None
    return Choice(str(session), str(request), verdict, str(digest))
