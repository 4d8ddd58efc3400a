"""What can be chosen on cards, before anything is sent."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.discord.body import Body, unpack
from bot.adapters.discord.render import plain, render
from bot.adapters.discord.request_choices import Choice, chosen
from bot.domain.events import CodeBlock, Verdict
from bot.domain.posts import ApprovalPost, BudgetPost, CheckPost, Decided, QuestionPost

SESSION, REQUEST, DIGEST = "s0123456789", "q0123456789ab", "0f" * 32
APPROVAL = ApprovalPost("coder", (CodeBlock("python", "print(1)\n"),), DIGEST, REQUEST)
BUDGET = BudgetPost("It is used up.", "session", "tokens", 9, 10, 2, 2_500_000, REQUEST)
CHECK = CheckPost("The team waits.", finishing=False, request=REQUEST)
Card = ApprovalPost | BudgetPost | CheckPost


def bodies(card: Card) -> list[Body]:
    return [unpack(part) for part in render(SESSION, "7", card, "quiet")]


@given(st.binary(min_size=32, max_size=32), st.sampled_from(get_args(Verdict)))
def test_an_id_holds_the_whole_choice_and_is_never_too_long(digest: bytes, verdict: Verdict) -> None:
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
    ],
)
def test_other_ids_choose_nothing(custom_id: str) -> None:
    assert chosen(custom_id) is None


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
def test_the_last_message_of_a_card_offers_what_can_be_decided(card: Card, offered: dict[str, str]) -> None:
    *before, last = bodies(card)
    shown = {offer.label: chosen(offer.id) for offer in last.offers}
    digest = DIGEST if isinstance(card, ApprovalPost) else ""
    assert offered.items() <= {label: choice and choice.verdict for label, choice in shown.items()}.items()
    for label, choice in shown.items():
        asks = label in ("Edit", "Reject", "Raise by another amount")
        assert choice == Choice(SESSION, REQUEST, choice.verdict, digest, asks) if choice else False
    assert all(not body.offers for body in before)


def test_an_approval_says_how_to_change_the_code() -> None:
    code, last = bodies(APPROVAL)
    how = f"To change the code, press Edit, or reply `edit {REQUEST}` with a block of code or a file."
    assert last.text.splitlines()[-1] == how
    assert "print(1)" in code.text


@pytest.mark.parametrize("card", [APPROVAL, BUDGET, CHECK])
def test_a_decided_card_says_so_and_offers_nothing(card: Card) -> None:
    *before, last = bodies(replace(card, decided=Decided("approved", "Approved by Ann.", 1.0)))
    assert last.text.splitlines()[-1] == "**Approved by Ann.** <t:1:t> (<t:1:R>)"
    assert last.offers == ()
    assert before == bodies(card)[:-1]


def test_a_card_that_was_refused_once_can_still_be_decided() -> None:
    part = render(SESSION, "7", APPROVAL, "all")[-1]
    simpler = plain(part)
    assert simpler is not None
    assert unpack(simpler).offers == unpack(part).offers


def test_long_code_is_begun_and_attached_whole() -> None:
    long = "".join(f"print({number})\n" for number in range(2_000))
    blocks = (CodeBlock("python", long), CodeBlock("bash", "ls\n"))
    attached, card = bodies(replace(APPROVAL, blocks=blocks))
    assert [(file.name, file.text) for file in attached.files] == [("code-1.py", long), ("code-2.sh", "ls\n")]
    assert "print(0)" in attached.text
    assert DIGEST in card.text


def test_code_that_a_message_cannot_show_as_it_is_is_attached() -> None:
    code = "x = '''\n```\n'''\n"
    attached, _ = bodies(replace(APPROVAL, blocks=(CodeBlock("python", code),)))
    assert [(file.name, file.text) for file in attached.files] == [("code.py", code)]


def test_a_question_that_is_answered_says_by_whom_and_offers_nothing() -> None:
    asked = QuestionPost("coder", "I looked.", "Which?", REQUEST)
    said, question = (unpack(part) for part in render(SESSION, "7", asked, "all"))
    assert question.question
    decided = Decided("answered", "Answered by Ann.", 1.0)
    same, answered = (unpack(part) for part in render(SESSION, "7", replace(asked, decided=decided), "all"))
    assert same == said
    assert (answered.question, answered.text.splitlines()[0]) == ("", "**Answered by Ann.** <t:1:t> (<t:1:R>)")
