"""What can be chosen on cards, and the strings that stand for it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.common.request_choices import Choice, chosen, offers
from bot.domain.events import CodeBlock, Verdict
from bot.domain.posts import ApprovalPost, BudgetPost, CheckPost, Decided

SESSION, REQUEST, DIGEST = "s0123456789", "q0123456789ab", "0f" * 32
APPROVAL = ApprovalPost("coder", (CodeBlock("python", "print(1)\n"),), DIGEST, REQUEST)
BUDGET = BudgetPost("It is used up.", "session", "tokens", 9, 10, 2, 2_500_000, REQUEST)
CHECK = CheckPost("The team waits.", finishing=False, request=REQUEST)
Card = ApprovalPost | BudgetPost | CheckPost


@given(st.binary(min_size=32, max_size=32), st.sampled_from(get_args(Verdict)))
def test_a_string_holds_the_whole_choice_in_100_characters(digest: bytes, verdict: Verdict) -> None:
    for choice in (
        Choice(SESSION, REQUEST, verdict, digest.hex()),
        Choice(SESSION, REQUEST, verdict, digest.hex(), asks=True),
        Choice(SESSION, REQUEST, verdict),
    ):
        assert chosen(choice.id) == choice
        assert len(choice.id) <= 100


@pytest.mark.parametrize(
    "custom_id",
    [
        "",
        "stop:s0123456789:1",
        f"decide:{SESSION}:{REQUEST}:maybe:",
        f"decide:{SESSION}:{REQUEST}:approve:{'A' * 42}",
        f"decide:{SESSION}:{REQUEST}:approve:{'é' * 43}",
        f"decide:{SESSION}:{REQUEST}:approve:{'A' * 43}\n",
        f"decide:{SESSION}::approve:",
        "s1",
        "{}",
        "[1]",
        '["s", "q", "maybe", ""]',
        '["s", "q", ["approve"], ""]',
    ],
)
def test_other_strings_choose_nothing(custom_id: str) -> None:
    assert chosen(custom_id) is None


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        (f"decide:{SESSION}:{REQUEST}:stop:", Choice(SESSION, REQUEST, "stop")),
        (f"ask:{SESSION}:{REQUEST}:raise:", Choice(SESSION, REQUEST, "raise", asks=True)),
        (
            f"decide:{SESSION}:{REQUEST}:approve:Dw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8",
            Choice(SESSION, REQUEST, "approve", DIGEST),
        ),
        (f'["{SESSION}", "{REQUEST}", "go_on", ""]', Choice(SESSION, REQUEST, "go_on")),
        (f'["{SESSION}", "{REQUEST}", "edit", "{DIGEST}"]', Choice(SESSION, REQUEST, "edit", DIGEST)),
    ],
)
def test_strings_of_messages_that_are_out_there_stay_valid(text: str, choice: Choice) -> None:
    assert chosen(text) == choice


@given(st.sampled_from(get_args(Verdict)), st.text(max_size=64))
def test_a_json_list_holds_the_whole_choice(verdict: Verdict, digest: str) -> None:
    assert chosen(json.dumps([SESSION, REQUEST, verdict, digest])) == Choice(SESSION, REQUEST, verdict, digest)


@pytest.mark.parametrize(
    ("card", "offered"),
    [
        (
            APPROVAL,
            {
                "Approve": "approve",
                "Edit": "edit",
                "Reject": "reject",
                "Approve all in this session": "approve_all",
            },
        ),
        (
            BUDGET,
            {
                "Raise by 2,500,000 tokens": "raise",
                "Raise by another amount": "raise",
                "Finish now": "finish",
                "Stop": "stop",
            },
        ),
        (replace(BUDGET, unit="dollars", step=2.5), {"Raise by 2.5 dollars": "raise"}),
        (CHECK, {"Go on": "go_on", "Stop": "stop"}),
        (replace(CHECK, finishing=True), {"Finish": "finish", "Stop": "stop"}),
    ],
)
def test_a_card_offers_what_can_be_decided(card: Card, offered: dict[str, str]) -> None:
    shown = {offer.label: chosen(offer.choice.id) for offer in offers(SESSION, card)}
    digest = DIGEST if isinstance(card, ApprovalPost) else ""
    assert offered.items() <= {label: choice and choice.verdict for label, choice in shown.items()}.items()
    for label, choice in shown.items():
        asks = label in ("Edit", "Reject", "Raise by another amount")
        assert choice == Choice(SESSION, REQUEST, choice.verdict, digest, asks) if choice else False
    assert offers(SESSION, replace(card, decided=Decided("approved", "Approved.", 1.0))) == ()
