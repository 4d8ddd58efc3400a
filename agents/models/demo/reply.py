"""What an agent of the demo says next: code, a question, or the end; in the crew each in its own voice. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from agents.message_parsing import ASK, END
from agents.models.demo import texts
from agents.models.demo.conversation import Item, Reported, SentCode, Spoke
from agents.models.demo.demo_requests import Question, Refusal, Situation, Work, situation
from bot.domain.events import CodeBlock
from bot.text.code_blocks import fenced

_MOST_LOST = 2
"""How often code is sent again that was interrupted, or whose sandbox was lost."""


@dataclass(frozen=True, slots=True)
class Send:
    """Code to run, with a sentence before it."""

    text: str
    code: tuple[CodeBlock, ...]


@dataclass(frozen=True, slots=True)
class AskQuestion:
    """A question to people, with a sentence before it."""

    text: str
    question: str


@dataclass(frozen=True, slots=True)
class Conclude:
    """The answer; `checked`: its numbers come from a report."""

    text: str
    checked: bool = False


Move: TypeAlias = Send | AskQuestion | Conclude


def reply(agent: str, items: Sequence[Item]) -> str:
    """The next message of an agent, as `agents.message_parsing` reads it."""
    text = _spoken(agent, _move(situation(items)))
    is_first = not any(isinstance(item, SentCode | Spoke) for item in items)
    return f"{texts.FIRST}\n\n{text}" if is_first else text


def _move(now: Situation) -> Move:
    if now.answered:
        return Conclude(texts.NO_MORE)
    match now.request:
        case None:
            return Conclude(texts.honest())
        case Refusal(text):
            return Conclude(text)
        case Question(task=task, misread=misread):
            return AskQuestion(texts.NOT_A_CHOICE if misread else f"I {task.does}.", task.question)
        case Work() as work:
            return _work(work, now.reports)


def _work(work: Work, reports: Sequence[Reported]) -> Move:
    ended = [report for report in reports if report.killed not in ("interrupted", "lost")]
    if not ended:
        lost = len(reports)
        if lost > _MOST_LOST:
            return Conclude(texts.failed(reports[-1]))
        return Send("I run it again." if lost else _intent(work), work.tries[0])
    last = ended[-1]
    if not last.ok and not last.killed and len(ended) < len(work.tries):
        return Send(f"{texts.failed(last)} {work.repair}", work.tries[len(ended)])
    return Conclude(_answer(work, last), checked=last.ok)


def _intent(work: Work) -> str:
    return f"{texts.MISREAD} I {work.does} all the same." if work.misread else f"I {work.does}."


def _answer(work: Work, report: Reported) -> str:
    if not report.ok:
        answer = texts.failed(report)
    elif work.own:
        answer = texts.ran(report)
    else:
        answer = texts.found(report)
    misread = f"{texts.MISREAD} {texts.KEY}" if work.misread else ""
    return "\n\n".join(filter(None, [answer, texts.suggestions(work.suggested), misread]))


def _spoken(agent: str, move: Move) -> str:
    match agent, move:
        case "product_manager", Send(text):
            return f"The task: {text} It is done when the program has run and the answer has its numbers."
        case "reviewer", Send():
            return texts.NOTHING_YET
        case "reviewer", Conclude(text, checked=True):
            return f"{texts.CHECKED}\n\n{text}\n\n{END}"
        case _, Send(text, code):
            return f"{text}\n\n{fenced(code)}"
        case _, AskQuestion(text, question):
            return f"{text}\n\n{ASK} {question}"
        case _, Conclude(text):
            return f"{text}\n\n{END}"
