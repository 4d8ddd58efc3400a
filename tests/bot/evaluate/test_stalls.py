"""Who is to blame for a run without an answer, for timelines of every kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from bot.domain.events import Message
from bot.domain.posts import (
    AgentPost,
    BudgetPost,
    FilesPost,
    Post,
    QuestionPost,
    StatusPost,
    SummaryPost,
)
from bot.evaluate.stalls import Cut, Stall, stall
from tests.bot.evaluate.made import code, output, timeline

TASK = "How many rows?"


def says(text: str, agent: str = "analyst") -> AgentPost:
    return AgentPost(agent, text)


def asks(question: str, agent: str = "coder") -> QuestionPost:
    return QuestionPost(agent, "", question)


def ends(outcome: Any, text: str = "why") -> SummaryPost:
    return SummaryPost(outcome, text, 1, 1, 1, 0.0)


REFUSED = StatusPost("The server refuses the request (HTTP 400: two assistant messages): check ROUNDTABLE_MODEL.")
NOTHING = StatusPost("The server does not answer now (it answered with nothing). Nothing is lost.")
BUDGET = BudgetPost("The budget is used up.", "session", "tokens", 1, 1, 1, 1)
ERROR = output("Traceback\nKeyError: 'units_sold'", exit_code=1)
OTHER_ERROR = output("Traceback\nTypeError: no", exit_code=1)

CASES: Sequence[tuple[str, Sequence[Message | Post | str], str, Cut, str | None, str]] = [
    # outcome and what else happened, by whom, and why
    (
        "finished with an answer",
        [TASK, code("1"), output(), says("832"), ends("finished")],
        "finished",
        "",
        None,
        "",
    ),
    ("rests with an answer", [TASK, says("391"), ends("answered")], "answered", "", None, ""),
    (
        "an answer after an error",
        [TASK, code("1"), ERROR, code("2"), output(), says("8")],
        "finished",
        "",
        None,
        "",
    ),
    ("asks a person", [TASK, asks("Which column?")], "asked", "", "model", "asks a person: Which column?"),
    (
        "asks a teammate",
        [TASK, says("Let us begin.", "product_manager"), asks("Product manager, is that right?")],
        *("asked", "", "model", "asks a teammate: Product manager, is that right?"),
    ),
    (
        "asks a teammate with a mark",
        [TASK, code("1", "coder"), asks("@coder: please fix it.", "reviewer")],
        *("asked", "", "model", "asks a teammate: @coder: please fix it."),
    ),
    ("announces", [TASK, says("I will look."), ends("unfinished")], "unfinished", "", "model", "announces"),
    ("says nothing", [TASK, says(" \n**"), ends("unfinished")], "unfinished", "", "model", "answers with nothing"),
    ("says nothing and fails", [TASK, says(""), ends("failed")], "failed", "", "model", "answers with nothing"),
    ("an empty answer that pauses", [TASK, NOTHING], "paused", "", "model", "answers with nothing"),
    (
        "the same error",
        [TASK, code("1"), ERROR, code("2"), ERROR, code("3"), ERROR, ends("failed")],
        *("failed", "", "model", "the same error again and again: KeyError: 'units_sold'"),
    ),
    (
        "the same code",
        [TASK, code("1"), output(), code("1"), output(), code("1"), output(), ends("failed")],
        *("failed", "", "model", "the same code again and again"),
    ),
    (
        "agents in a circle",
        [TASK, says("a"), says("b", "coder"), ends("failed", "went in a circle")],
        *("failed", "", "model", "went in a circle"),
    ),
    (
        "interrupted runs",
        [TASK, code("1"), output("", exit_code=-1, killed="interrupted"), ends("failed")],
        *("failed", "", "product", "runs were interrupted"),
    ),
    ("fails before any agent spoke", [TASK, ends("failed", "broken")], "failed", "", "product", "broken"),
    ("a refused request", [TASK, says("x"), REFUSED], "paused", "", "product", "refuses the request"),
    ("a refused first request", [TASK, REFUSED], "paused", "", "product", "refuses the request"),
    ("no sandbox", [TASK, code("1"), StatusPost("Docker is away.")], "paused", "", "product", "Docker is away."),
    ("hangs", [TASK, says("x")], "running", "hang", "product", "hangs"),
    ("hangs though it said that it finished", [TASK], "finished", "hang", "product", "hangs"),
    (
        "at the engine's limit",
        [TASK, code("1"), output(), ends("limit", "40 turns")],
        "limit",
        "",
        "limit",
        "40 turns",
    ),
    ("at a budget", [TASK, code("1"), output(), BUDGET], "budget", "", "limit", "The budget is used up."),
    ("out of the task's turns", [TASK, code("1"), output()], "stopped", "turns", "limit", "the turns of the task"),
    ("out of the task's tokens", [TASK, says("x")], "stopped", "tokens", "limit", "the tokens of the task"),
    ("out of time", [TASK], "stopped", "seconds", "limit", "the seconds of the task"),
    (
        "talks until its turns are used up",
        [TASK, says("Great!"), says("Let us begin.", "coder"), says("Yes.", "reviewer")],
        *("stopped", "turns", "model", "announces"),
    ),
    (
        "repeats an error until its time is used up",
        [TASK, code("1"), ERROR, code("2"), ERROR, code("3"), ERROR],
        *("stopped", "seconds", "model", "the same error"),
    ),
    (
        "different errors until its turns are used up",
        [TASK, code("1"), ERROR, code("2"), OTHER_ERROR, code("3"), ERROR],
        *("stopped", "turns", "limit", "the turns of the task"),
    ),
    (
        "what came before a person's last words does not count",
        [TASK, code("1"), output(), says("832"), "And now?", says("I"), says("will"), says("look")],
        *("limit", "", "model", "announces"),
    ),
    ("stopped by nobody", [TASK, ends("stopped")], "stopped", "", "product", "ends as stopped"),
    ("ends in a way that is not known", [TASK, ends("vanished")], "vanished", "", "product", "ends as vanished"),
    ("no timeline at all", [], "failed", "", "product", "failed before any agent spoke"),
    ("pauses without a word", [TASK, FilesPost("executor", ())], "paused", "", "product", "paused"),
    ("asks without a question", [TASK], "asked", "", "model", "asks"),
]


@pytest.mark.parametrize(
    ("items", "outcome", "cut", "by", "why"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_a_run_without_an_answer_is_put_down_to_somebody(
    items: Sequence[Message | Post | str], outcome: str, cut: Cut, by: str | None, why: str
) -> None:
    found = stall(timeline(*items), outcome, cut)
    if by is None:
        assert found is None
    else:
        assert isinstance(found, Stall)
        assert (found.by, why in found.why) == (by, True), found
