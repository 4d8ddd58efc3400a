"""What is to blame when a run came to no answer: the model, the product, or a limit. Pure, over its timeline."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal, TypeAlias

from bot.domain.events import Message
from bot.domain.posts import (
    HOST,
    AgentPost,
    BudgetPost,
    CodePost,
    OutputPost,
    Post,
    QuestionPost,
    StatusPost,
    SummaryPost,
)
from bot.domain.turn_results import RunResult
from bot.domain.views import Entry

By: TypeAlias = Literal["model", "product", "limit"]
Cut: TypeAlias = Literal["", "turns", "tokens", "seconds", "hang"]
"""Why a run was stopped from outside: a budget of its task, or because nothing happened any more."""

ANSWERED = ("finished", "answered")
"""How a session ends that came to an answer."""

_OFTEN = 3
_OURS = ("interrupted", "lost")
"""What ends a program from outside that is no error of its code."""
_NOTHING_SAID = "answered with nothing"


@dataclass(frozen=True, slots=True)
class Stall:
    """What is to blame, and what happened, in a few words."""

    by: By
    why: str


def stall(entries: Sequence[Entry], outcome: str, cut: Cut = "") -> Stall | None:
    """Why a run came to no answer, None when it did.

    `outcome` is the session's, or `asked`, `budget` or `paused` when it rests without an end.
    """
    if cut == "hang":
        return Stall("product", "hangs: nothing happened any more")
    if outcome in ANSWERED and not cut:
        return None
    since = _since_a_person_spoke(entries)
    if cut or outcome in ("limit", "budget"):
        return _announces(since) or _repeats(since) or Stall("limit", _limit(since, cut))
    match outcome:
        case "asked":
            return Stall("model", _asks(entries))
        case "unfinished":
            return _says_nothing(since) or Stall("model", "announces and does nothing")
        case "failed":
            return _ours(since) or _says_nothing(since) or _repeats(since) or _loops(since)
        case "paused":
            return _paused(since)
    return Stall("product", f"ends as {outcome}")


def _since_a_person_spoke(entries: Sequence[Entry]) -> list[Post]:
    newest_first = takewhile(lambda entry: not isinstance(entry.item, Message), reversed(entries))
    return [entry.item for entry in reversed(list(newest_first)) if isinstance(entry.item, Post)]


def _announces(posts: Sequence[Post]) -> Stall | None:
    words = [post for post in posts if isinstance(post, AgentPost)]
    worked = any(isinstance(post, CodePost) for post in posts)
    return None if worked or len(words) < _OFTEN else Stall("model", "announces and does nothing")


def _repeats(posts: Sequence[Post]) -> Stall | None:
    """Whether the newest code, or the newest error, is the same for the third time."""
    codes = [post.blocks for post in posts if isinstance(post, CodePost)][-_OFTEN:]
    if len(codes) == _OFTEN and codes[0] and all(code == codes[0] for code in codes):
        return Stall("model", "writes the same code again and again")
    errors = [_error(post.results) for post in posts if isinstance(post, OutputPost)][-_OFTEN:]
    if len(errors) == _OFTEN and errors[0] and all(error == errors[0] for error in errors):
        return Stall("model", f"makes the same error again and again: {errors[0]}")
    return None


def _error(results: Sequence[RunResult]) -> str:
    """The last line of what failed, without its numbers; "" when nothing did."""
    wrong = next((result for result in results if not result.ok), None)
    if wrong is None:
        return ""
    lines = wrong.output.strip().splitlines()
    return wrong.killed or (re.sub(r"\d+", "", lines[-1])[:200] if lines else "exit code, no output")


def _limit(posts: Sequence[Post], cut: Cut) -> str:
    if cut:
        return f"the {cut} of the task are used up"
    said = [post.text for post in posts if isinstance(post, SummaryPost | BudgetPost)]
    return said[-1] if said else "a limit"


def _asks(entries: Sequence[Entry]) -> str:
    questions = [entry.item for entry in entries if isinstance(entry.item, QuestionPost)]
    agents = {entry.item.agent for entry in entries if isinstance(entry.item, AgentPost | CodePost | QuestionPost)}
    if not questions:
        return "asks"
    asked = questions[-1].question.strip()
    to = asked.lstrip("@*_ ").casefold().replace(" ", "_")
    teammate = any(to.startswith(agent) for agent in agents - {questions[-1].agent})
    return f"asks {'a teammate' if teammate else 'a person'}: {asked}"


def _ours(posts: Sequence[Post]) -> Stall | None:
    """Whether programs that the product lost were taken for errors."""
    outputs = [post for post in posts if isinstance(post, OutputPost)]
    lost = bool(outputs) and any(result.killed in _OURS for result in outputs[-1].results)
    return Stall("product", "runs were interrupted") if lost else None


def _says_nothing(posts: Sequence[Post]) -> Stall | None:
    words = [post.text for post in posts if isinstance(post, AgentPost) and post.agent != HOST]
    return Stall("model", "answers with nothing") if words and not words[-1].strip(" \n`*_#.") else None


def _loops(posts: Sequence[Post]) -> Stall:
    said = [post.text for post in posts if isinstance(post, SummaryPost)]
    if not any(isinstance(post, AgentPost | CodePost | QuestionPost) for post in posts):
        return Stall("product", said[-1] if said else "failed before any agent spoke")
    return Stall("model", said[-1] if said else "gets nowhere")


def _paused(posts: Sequence[Post]) -> Stall:
    said = next((post.text for post in reversed(posts) if isinstance(post, StatusPost)), "paused")
    return Stall("model", "answers with nothing") if _NOTHING_SAID in said else Stall("product", said)
