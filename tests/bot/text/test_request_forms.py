"""What forms ask, and what they decide when they are filled in."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import BadInput
from bot.domain.events import CodeBlock, Verdict
from bot.domain.posts import ApprovalPost, BudgetPost, CheckPost, Decided, RequestCard
from bot.text.code_blocks import blocks_in
from bot.text.request_forms import Filled, filled, form

CODE = (CodeBlock("python", "x()\n"), CodeBlock("bash", "ls\n"))
APPROVAL = ApprovalPost("coder", CODE, "0" * 64, "q0123456789ab")
BUDGET = BudgetPost("Used up.", "session", "dollars", 1, 1, 1, 2, "q0123456789ab")
CHECK = CheckPost("It waits.", finishing=False)


def test_a_form_for_an_edit_holds_all_blocks() -> None:
    asked = form(APPROVAL, "edit", 3_000)
    assert blocks_in(asked.text) == CODE
    assert filled("edit", asked.text) == Filled(blocks=CODE)


def test_a_reason_need_not_be_given_and_an_amount_has_its_unit() -> None:
    assert form(APPROVAL, "reject", 3_000).optional
    assert filled("reject", " too slow ") == Filled(reason="too slow")
    assert form(BUDGET, "raise", 3_000).label == "By how many dollars?"


@pytest.mark.parametrize(("text", "amount"), [("2.5", 2.5), (" $3 ", 3.0), ("1e3", 1000.0)])
def test_an_amount_is_a_number(text: str, amount: float) -> None:
    assert filled("raise", text) == Filled(amount=amount)


@given(st.sampled_from(["", "0", "-1", "nan", "inf", "2,50", "1,000", "much", "$"]) | st.text(alphabet="abc ,-"))
def test_what_is_no_number_raises_nothing(text: str) -> None:
    with pytest.raises(BadInput, match="number above 0"):
        filled("raise", text)


@pytest.mark.parametrize(
    ("card", "verdict", "why"),
    [
        (None, "edit", "no longer open"),
        (
            replace(APPROVAL, decided=Decided("approved", "Approved by Ann.", 1.0)),
            "edit",
            "already decided.*Approved by Ann",
        ),
        (CHECK, "reject", "cannot be decided like that"),
        (APPROVAL, "raise", "cannot be decided like that"),
    ],
)
def test_there_is_no_form_for_what_cannot_be_decided(card: RequestCard | None, verdict: Verdict, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        form(card, verdict, 3_000)
