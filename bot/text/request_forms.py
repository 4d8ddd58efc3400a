"""What a chat platform's form asks about a card, and what a person decides with it: pure."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.errors import BadInput
from bot.domain.events import CodeBlock, Verdict
from bot.domain.posts import ApprovalPost, BudgetPost, RequestCard
from bot.text.code_blocks import blocks_in, fenced

REASON = 2000
"""Characters that are kept of a reason."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form with one field, `text` in it at first; the title has at most 24 characters, the label 45."""

    title: str
    label: str
    text: str = ""
    most: int = REASON
    lines: bool = True
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Filled:
    """What a form adds to a verdict, as `bot.domain.events.Decision` has it."""

    reason: str = ""
    blocks: tuple[CodeBlock, ...] = ()
    amount: float = 0.0


def form(card: RequestCard | None, verdict: Verdict, most: int) -> Form:
    """The form for a verdict, on a platform that takes `most` characters; raises BadInput when there is none."""
    if card is None:
        raise BadInput("This request is no longer open.")
    if card.decided is not None:
        raise BadInput(f"Too late: that is already decided. {card.decided.text}")
    match card, verdict:
        case ApprovalPost(), "reject":
            return Form("Reject the code", "Why? The team will read it.", most=min(REASON, most), optional=True)
        case ApprovalPost(blocks=blocks, request=request), "edit":
            code = fenced(blocks)
            if _length(code) > most:
                raise BadInput(
                    f"This code has more than the {most:,} characters that fit into a form. To change it, reply "
                    f"in the thread with edit {request} and the code in a block, or attached as a file."
                )
            return Form("Edit the code", "The code to run instead", code, most)
        case BudgetPost(unit=unit), "raise":
            return Form("Raise the budget", f"By how many {unit}?", most=20, lines=False)
    raise BadInput("This request cannot be decided like that.")


def filled(verdict: Verdict, text: str) -> Filled:
    """What a person has filled in; raises BadInput for what is no number."""
    match verdict:
        case "edit":
            return Filled(blocks=blocks_in(text))
        case "raise":
            return Filled(amount=number(text))
    return Filled(reason=text.strip())


def number(text: str) -> float:
    """The number above 0 that a person wrote; raises BadInput."""
    try:
        found = float(text.strip().removeprefix("$"))
    except ValueError:
        found = 0.0
    if not 0 < found < float("inf"):
        raise BadInput("A raise is a number above 0, such as 2.50; nothing was decided.")
    return found


def _length(text: str) -> int:
    """How long platforms find a text that count in UTF-16."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
