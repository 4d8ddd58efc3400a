"""What a terminal asks about a card, and what a line typed there decides: pure."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.domain.errors import BadInput
from bot.domain.events import CodeBlock, Decision, InboxEvent, Message, Verdict
from bot.domain.posts import ApprovalPost, BudgetPost, CheckPost, Post, QuestionPost, RequestCard
from bot.domain.views import Entry
from bot.text.request_forms import number


@dataclass(frozen=True, slots=True)
class TerminalChoice:
    """A decision about a card; `file` has the code of an edit."""

    request: str
    verdict: Verdict
    digest: str = ""
    reason: str = ""
    amount: float = 0.0
    file: Path | None = None
    blocks: tuple[CodeBlock, ...] = ()


def is_open(entry: Entry) -> bool:
    """Whether an entry is a card about which nothing is decided yet."""
    return isinstance(entry.item, RequestCard) and entry.item.decided is None


def still_open(card: RequestCard | None, item: InboxEvent | Post) -> RequestCard | None:
    """The card that waits for a decision after one more line of the thread; `card` is the one before it."""
    match item:
        case ApprovalPost() | BudgetPost() | CheckPost() | QuestionPost():
            return item if item.decided is None else None
        case Decision(request=request) if card is not None and request == card.request:
            return None
        case Message() if isinstance(card, QuestionPost | CheckPost):
            return None
    return card


def prompt(card: RequestCard | None) -> str:
    """The question to put."""
    match card:
        case ApprovalPost():
            return "Run it? y = yes, all = this and all code that follows, n REASON = no, edit FILE = run that"
        case BudgetPost(step=step, unit=unit):
            return f"raise = by {step:g} {unit}, raise AMOUNT, finish, or stop"
        case CheckPost(finishing=True):
            return "finish, or say what is missing"
        case CheckPost():
            return "go = continue, stop, or say what to do"
        case QuestionPost() | None:
            return "Your answer"


def choice(card: RequestCard, line: str) -> TerminalChoice | None:
    """What a line decides about a card, None when it is something to say; raises BadInput for what is unclear."""
    word, _, rest = line.strip().partition(" ")
    word, rest = word.lower(), rest.strip()
    match card:
        case ApprovalPost(digest=digest):
            return _about_code(card.request, digest, word, rest)
        case BudgetPost() if word == "raise":
            return TerminalChoice(card.request, "raise", amount=number(rest) if rest else 0.0)
        case BudgetPost() | CheckPost() if word == "finish" and not rest:
            return TerminalChoice(card.request, "finish")
        case CheckPost() if word == "go" and rest in ("", "on"):
            return TerminalChoice(card.request, "go_on")
    return None


def _about_code(request: str, digest: str, word: str, rest: str) -> TerminalChoice | None:
    match word:
        case "y" | "yes" if not rest:
            return TerminalChoice(request, "approve", digest)
        case "all" if not rest:
            return TerminalChoice(request, "approve_all", digest)
        case "n" | "no":
            return TerminalChoice(request, "reject", reason=rest)
        case "edit" if rest:
            return TerminalChoice(request, "edit", file=Path(rest))
        case "stop" if not rest:
            return None
    raise BadInput("Type y, all, n, n with a reason, edit with a file, or stop; nothing was decided.")
