"""Cards on which people decide, before anything is sent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.adapters.common.request_choices import chosen, offers
from bot.adapters.discord.body import Body, unpack
from bot.adapters.discord.render import plain, render
from bot.domain.events import CodeBlock
from bot.domain.posts import ApprovalPost, BudgetPost, CheckPost, Decided, QuestionPost

SESSION, REQUEST, DIGEST = "s0123456789", "q0123456789ab", "0f" * 32
APPROVAL = ApprovalPost("coder", (CodeBlock("python", "print(1)\n"),), DIGEST, REQUEST)
BUDGET = BudgetPost("It is used up.", "session", "tokens", 9, 10, 2, 2_500_000, REQUEST)
CHECK = CheckPost("The team waits.", finishing=False, request=REQUEST)
Card = ApprovalPost | BudgetPost | CheckPost


def bodies(card: Card) -> list[Body]:
    return [unpack(part) for part in render(SESSION, "7", card, "quiet")]


@pytest.mark.parametrize("card", [APPROVAL, BUDGET, CHECK], ids=lambda card: card.kind)
def test_the_last_message_of_a_card_has_its_buttons(card: Card) -> None:
    *before, last = bodies(card)
    shown = [(button.label, button.mood, chosen(button.id)) for button in last.offers]
    assert shown == [(offer.label, offer.mood, offer.choice) for offer in offers(SESSION, card)]
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


def test_an_answered_question_says_by_whom_and_has_no_button() -> None:
    asked = QuestionPost("coder", "I looked.", "Which?", REQUEST)
    said, question = (unpack(part) for part in render(SESSION, "7", asked, "all"))
    assert question.question
    decided = Decided("answered", "Answered by Ann.", 1.0)
    same, answered = (unpack(part) for part in render(SESSION, "7", replace(asked, decided=decided), "all"))
    assert same == said
    assert (answered.question, answered.text.splitlines()[0]) == ("", "**Answered by Ann.** <t:1:t> (<t:1:R>)")
