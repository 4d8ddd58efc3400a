"""Answers about the teams, the usage and the use of Roundtable, in each platform's own markup."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from bot.adapters.common.session_lookup import SessionLookup
from bot.domain.budgets import DAY
from bot.domain.posts import ApprovalPost, BudgetPost, CheckPost, QuestionPost, RequestCard
from bot.domain.views import SessionView
from bot.text.plain_posts import plain

NO_COST = "There is no session here yet that could have cost anything."


@dataclass(frozen=True, slots=True)
class Markup:
    """How a platform writes an answer: `escape` makes a text mean nothing but itself."""

    escape: Callable[[str], str]
    bold: str
    bullet: str

    def strong(self, text: str) -> str:
        """An untrusted text in bold."""
        return f"{self.bold}{self.escape(text)}{self.bold}"

    def items(self, lines: Iterable[str]) -> str:
        """Lines of markup as a list."""
        return "\n".join(f"{self.bullet}{line}" for line in lines)


def teams(markup: Markup, described: Mapping[str, str], default: str) -> str:
    """The teams with their descriptions, the default one marked."""
    return markup.items(
        f"{markup.strong(name)}{' (default)' if name == default else ''}: {markup.escape(text)}"
        for name, text in described.items()
    )


async def usage(reader: SessionLookup, now: float) -> str:
    """What all sessions have cost in the last day and in the last month; `now` in epoch seconds."""
    lines = []
    for name, days in (("In the last 24 hours", 1), ("In the last 30 days", 30)):
        cost = await reader.cost_since(now - days * DAY)
        lines.append(f"{name}: " + ("some prices are unknown" if cost is None else f"${cost:.4f}"))
    return "\n".join(lines)


async def session_cost(reader: SessionLookup, view: SessionView | None) -> str:
    """What a session has cost, by agent and by turn, as plain text."""
    return f"“{view.title}”\n{plain(await reader.cost_post(view.id))}" if view else NO_COST


def asked(card: RequestCard) -> str:
    """What a session waits for, in a sentence of untrusted text."""
    match card:
        case QuestionPost(question=question):
            return question
        case ApprovalPost():
            return "May this code run?"
        case BudgetPost(text=text) | CheckPost(text=text):
            return text


def help_text(markup: Markup, start: str, stops: str, more: Iterable[str]) -> str:
    """How Roundtable is used: `start` says how a task is given, `stops` what stops a team besides the words.

    `more` are lines about what only this platform has. All of it is markup.
    """
    bold = markup.bold
    return f"{bold}{start}{bold}\n" + markup.items(
        [
            "A team works in a thread there: it writes code, runs it in a sandbox and shows you every step. "
            "Attach files to the task or to any reply.",
            "Replies in the thread reach the team. Begin with `aside` to talk among yourselves; "
            "`mute` and `unmute` do it for longer.",
            f"`stop` or `terminate` alone in a message stops the team at once; so do {stops}. A reply continues.",
            "`NAME: …` in front of a task chooses a team.",
            "`cost` alone in a message shows where the money went.",
            *more,
        ]
    )
