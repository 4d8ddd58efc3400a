"""Cards as a terminal shows them."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from rich.console import Console

from bot.adapters.console.show import show
from bot.domain.events import CodeBlock
from bot.domain.posts import (
    ApprovalPost,
    BudgetPost,
    CheckPost,
    Decided,
    QuestionPost,
    RequestCard,
)
from bot.domain.turn_results import CodeBasis, EarlierBlock

APPROVAL = ApprovalPost("coder", (CodeBlock("python", "x()\n"),), "0" * 64, "q1")
BUDGET = BudgetPost("Used up.", "session", "dollars", 1, 1, 1, 2, "q1")
CHECK = CheckPost("It waits.", finishing=False, request="q1")
QUESTION = QuestionPost("coder", "I looked.", "Which?", "q1")
WHEN = 1_392_734_382.9


@pytest.fixture(autouse=True)
def _in_india(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The terminal's clock is five and a half hours ahead of UTC."""
    monkeypatch.setenv("TZ", "IST-5:30")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def _shown(card: RequestCard) -> str:
    screen = io.StringIO()
    show(Console(file=screen, width=120), card)
    return screen.getvalue()


def test_a_card_names_earlier_code() -> None:
    card = replace(APPROVAL, builds_on=CodeBasis("i", (EarlierBlock(2, 1, "c" * 64, "x = [red]1[/]\x1b[2J"),), 2))
    shown = _shown(card)
    assert "turn 2: x = [red]1[/]⟨U+001B⟩[2J" in shown
    assert "and 1 more before" in shown


@pytest.mark.parametrize("card", [APPROVAL, BUDGET, CHECK, QUESTION], ids=lambda card: card.kind)
def test_a_decided_card_says_by_whom_and_when_by_the_local_clock(card: RequestCard) -> None:
    shown = _shown(replace(card, expires_at=9e9, decided=Decided("answered", "Done by Ann\x1b[2J.", WHEN)))
    assert "Done by Ann[2J. (2014-02-18 20:09)" in shown
    assert "Without" not in shown


@pytest.mark.parametrize(
    ("card", "line"),
    [
        (APPROVAL, "Without a decision until 2014-02-18 20:09 it is not run."),
        (BUDGET, "Without a decision until 2014-02-18 20:09 the session ends."),
        (QUESTION, "Without an answer until 2014-02-18 20:09 the session ends."),
        (CHECK, "Without an answer until 2014-02-18 20:09 the session ends."),
        (replace(CHECK, finishing=True), "Without an answer until 2014-02-18 20:09 the team has finished."),
    ],
)
def test_an_open_card_says_until_when_it_can_be_decided(card: RequestCard, line: str) -> None:
    assert "Without" not in _shown(card), "one without an end says none"
    assert line in _shown(replace(card, expires_at=WHEN))
