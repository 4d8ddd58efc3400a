"""What can be chosen on cards, before anything is sent."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.discord.body import Body, unpack
from bot.adapters.discord.choices import Choice, chosen
from bot.adapters.discord.render import plain, render
from bot.events import CodeBlock, Verdict
from bot.posts import ApprovalPost, BudgetPost, CheckPost, Decided

SESSION, REQUEST, DIGEST = "s0123456789", "q0123456789ab", "0f" * 32
APPROVAL = ApprovalPost("coder", (CodeBlock("python", "print(1)\n"),), DIGEST, REQUEST)
BUDGET = BudgetPost("It is used up.", "session", "tokens", 9, 10, 2, 2_500_000, REQUEST)
CHECK = CheckPost("The team waits.", finishing=False, request=REQUEST)
Card = ApprovalPost | BudgetPost | CheckPost


def bodies(card: Card) -> list[Body]:
    return [unpack(part) for part in render(SESSION, "7", card, "quiet")]


@given(st.binary(min_size=32, max_size=32), st.sampled_from(get_args(Verdict)))
def test_an_id_holds_the_whole_choice_and_is_never_too_long(digest: bytes, verdict: Verdict) -> None:
    for choice in (Choice(SESSION, REQUEST, verdict, digest.hex()), Choice(SESSION, REQUEST, verdict)):
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
    ],
)
def test_other_ids_choose_nothing(custom_id: str) -> None:
    assert chosen(custom_id) is None


@pytest.mark.parametrize(
    ("card", "offered"),
    [
        (APPROVAL, {"Approve": "approve", "Approve all": "approve_all", "Reject": "reject"}),
        (BUDGET, {"Raise by 2,500,000 tokens": "raise", "Finish now": "finish", "Stop": "stop"}),
        (replace(BUDGET, unit="dollars", step=2.5), {"Raise by 2.5 dollars": "raise"}),
        (CHECK, {"Go on": "go_on", "Stop": "stop"}),
        (replace(CHECK, finishing=True), {"Finish": "finish", "Stop": "stop"}),
    ],
)
def test_the_first_message_of_a_card_offers_what_can_be_decided(card: Card, offered: dict[str, str]) -> None:
    first, *more = bodies(card)
    shown = {offer.label: chosen(offer.id) for offer in first.offers}
    digest = DIGEST if isinstance(card, ApprovalPost) else ""
    assert offered.items() <= {label: choice and choice.verdict for label, choice in shown.items()}.items()
    assert all(choice == Choice(SESSION, REQUEST, choice.verdict, digest) for choice in shown.values() if choice)
    assert all(not body.offers for body in more)


def test_an_approval_says_how_to_change_the_code() -> None:
    first, code = bodies(APPROVAL)
    assert first.text.splitlines()[-1] == f"To change the code, reply `edit {REQUEST}` with a block of code."
    assert "print(1)" in code.text


@pytest.mark.parametrize("card", [APPROVAL, BUDGET, CHECK])
def test_a_decided_card_says_so_and_offers_nothing(card: Card) -> None:
    first, *more = bodies(replace(card, decided=Decided("approved", "Approved by Ann.", 1.0)))
    assert first.text.splitlines()[-1] == "**Approved by Ann.**"
    assert first.offers == ()
    assert more == bodies(card)[1:]


def test_a_card_that_was_refused_once_can_still_be_decided() -> None:
    part = render(SESSION, "7", APPROVAL, "all")[0]
    simpler = plain(part)
    assert simpler is not None
    assert unpack(simpler).offers == unpack(part).offers
