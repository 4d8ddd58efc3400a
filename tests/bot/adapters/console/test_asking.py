"""What a line typed in the terminal decides."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.adapters.console.asking import TerminalChoice, choice, prompt, still_open
from bot.domain.errors import BadInput
from bot.domain.events import CodeBlock, Decision, Message
from bot.domain.participants import Person, ThreadRef
from bot.domain.posts import (
    ApprovalPost,
    BudgetPost,
    CheckPost,
    Decided,
    QuestionPost,
    RequestCard,
)

APPROVAL = ApprovalPost("coder", (CodeBlock("python", "x()\n"),), "ab" * 32, "q1")
BUDGET = BudgetPost("Used up.", "session", "dollars", 4.9, 5.0, 0.3, 5.0, "q2")
CHECK, FINISHING = (
    CheckPost("Go on?", finishing=False, request="q3"),
    CheckPost("End?", finishing=True, request="q4"),
)
QUESTION = QuestionPost("coder", "", "Which?", "q5")


@pytest.mark.parametrize(
    ("card", "line", "chosen"),
    [
        (APPROVAL, "y", TerminalChoice("q1", "approve", "ab" * 32)),
        (APPROVAL, " YES ", TerminalChoice("q1", "approve", "ab" * 32)),
        (APPROVAL, "all", TerminalChoice("q1", "approve_all", "ab" * 32)),
        (APPROVAL, "n", TerminalChoice("q1", "reject")),
        (APPROVAL, "no too slow", TerminalChoice("q1", "reject", reason="too slow")),
        (APPROVAL, "edit better.py", TerminalChoice("q1", "edit", file=Path("better.py"))),
        (APPROVAL, "stop", None),
        (BUDGET, "raise", TerminalChoice("q2", "raise")),
        (BUDGET, "raise $2.50", TerminalChoice("q2", "raise", amount=2.5)),
        (BUDGET, "finish", TerminalChoice("q2", "finish")),
        (BUDGET, "stop", None),
        (CHECK, "go", TerminalChoice("q3", "go_on")),
        (CHECK, "go on", TerminalChoice("q3", "go_on")),
        (CHECK, "go away", None),
        (FINISHING, "finish", TerminalChoice("q4", "finish")),
        (QUESTION, "y", None),
    ],
)
def test_what_a_line_decides(card: RequestCard, line: str, chosen: TerminalChoice | None) -> None:
    assert choice(card, line) == chosen


@pytest.mark.parametrize("line", ["", "yes please", "allow", "approve everything", "edit", "ok"])
def test_whatever_is_unclear_decides_nothing_about_code(line: str) -> None:
    with pytest.raises(BadInput, match="nothing was decided"):
        choice(APPROVAL, line)


@pytest.mark.parametrize("by", ["a lot", "0", "-1", "nan", "inf", "1e-400"])
def test_a_raise_is_a_number_above_0(by: str) -> None:
    with pytest.raises(BadInput, match="a number above 0"):
        choice(BUDGET, f"raise {by}")


def test_the_question_says_what_can_be_typed() -> None:
    assert "y = yes" in prompt(APPROVAL)
    assert "by 5 dollars" in prompt(BUDGET)
    assert prompt(FINISHING) != prompt(CHECK)
    assert prompt(QUESTION) == prompt(None) == "Your answer"


def test_a_card_is_open_until_it_is_decided_or_answered() -> None:
    thread, ann = ThreadRef("console", "", "terminal", "1"), Person("1", "Ann")
    said = Message("m", thread, ann, "hm")
    other, mine = Decision("d", thread, ann, "q9", "approve"), Decision("d", thread, ann, "q1", "approve")
    assert still_open(None, APPROVAL) == APPROVAL
    assert still_open(QUESTION, APPROVAL) == APPROVAL
    assert still_open(APPROVAL, said) == APPROVAL
    assert still_open(APPROVAL, other) == APPROVAL
    assert still_open(APPROVAL, mine) is None
    assert still_open(QUESTION, said) is None
    assert still_open(None, replace(APPROVAL, decided=Decided("approved", "By Ann.", 1.0))) is None
