"""The closing line of a session, as tables."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot.domain.events import CodeBlock
from bot.domain.posts import (
    HOST,
    AgentPost,
    BudgetPost,
    CodePost,
    FilesPost,
    OutputPost,
    Post,
    QuestionPost,
    StatusPost,
    SummaryPost,
)
from bot.domain.turn_results import RunResult, Usage
from bot.domain.workspace_files import Artifact
from bot.engine.closing_posts import add_costs, closing_post, summary_of_work
from tests.bot.engine.test_plan import SESSION


def test_a_summary_counts_since_the_session_was_opened() -> None:
    line = closing_post(SESSION, "finished", "Done.", now=160.5, turns=6, tokens=1500, cost=0.25)
    assert line == SummaryPost("finished", "Done.", 60.5, 4, 1100, 0.25)
    assert closing_post(SESSION, "failed", "No.", now=99, turns=5, tokens=1000, cost=None).seconds == 0


@pytest.mark.parametrize(
    ("before", "costs", "total"),
    [(1.0, [], 1.0), (1.0, [0.5, 0.25], 1.75), (None, [0.5], None), (1.0, [0.5, None], None), (None, [], None)],
)
def test_costs_are_unknown_as_soon_as_one_price_is(
    before: float | None, costs: list[float | None], total: float | None
) -> None:
    usage = Usage("a", "m", 1, 1)
    assert add_costs(before, [(usage, cost) for cost in costs]) == total


def files(*names: str) -> FilesPost:
    return FilesPost("executor", tuple(Artifact(name, "d", 1, "text/csv") for name in names))


SAID, CODE = AgentPost("coder", "The north\n\nleads."), CodePost("coder", "x", (CodeBlock("python", "x"),))
RAN = OutputPost("executor", (RunResult(0, "1", 0.1),))
CARD = BudgetPost("Used up.", "session", "dollars", 1, 1, 1, 1)
END = SummaryPost("finished", "Done.", 1, 1, 1, None)
QUOTE = "coder said last: “The north leads.”"


@pytest.mark.parametrize(
    ("thread", "told"),
    [
        ([], ""),
        ([CARD], ""),
        ([SAID, CARD], ""),
        ([SAID, CARD, StatusPost("Heard, Ann.")], ""),
        ([SAID, CODE, CARD], QUOTE),
        ([SAID, CODE, RAN, CARD], QUOTE),
        ([AgentPost(HOST, "a.csv: 3 rows"), CODE, RAN, CARD], ""),
        ([SAID, CODE, RAN, files("a.csv"), CARD], QUOTE),
        (
            [CODE, files("a.csv", "b.csv"), CODE, files("c.csv", "a.csv"), CODE, CARD],
            "There are files: a.csv, c.csv, b.csv.",
        ),
        ([CODE, files("a.csv", "b.csv"), CODE, files("a.csv"), CARD], "There are files: b.csv."),
        ([SAID, CODE, files("a.csv"), CODE, CARD], f"There are files: a.csv. {QUOTE}"),
        ([files(*"1234567"), RAN], "There are files: 7, 6, 5, 4, 3 and 2 more."),
        ([files("x" * 100), RAN], f"There are files: {'x' * 59}…."),
        ([AgentPost("coder", "word " * 100), CODE], f"coder said last: “{('word ' * 100)[:299].rstrip()}…”"),
        ([SAID, QuestionPost("coder", "", "Which?")], ""),
        ([SAID, QuestionPost("coder", "", "Which?"), CODE], "coder said last: “Which?”"),
        ([SAID, files("a.csv"), AgentPost("coder", "42.", final=True), CARD], ""),
        ([SAID, files("a.csv"), CODE, END, CODE, RAN, CARD], ""),
        ([SAID, END, SAID, CODE, CARD], QUOTE),
    ],
)
def test_what_there_is_when_a_team_is_ended_at_a_wait(thread: Sequence[Post], told: str) -> None:
    assert summary_of_work(thread) == told
