"""Request cards and their forms, before anything is sent."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.common.request_choices import Choice, chosen, offers
from bot.adapters.slack.body import Body, load, plain
from bot.adapters.slack.modals import MOST, modal
from bot.adapters.slack.render import render
from bot.adapters.slack.request_cards import ASK, DECIDE
from bot.domain.errors import BadInput
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
from bot.text.request_forms import form
from tests.platforms.slack import limits
from tests.platforms.slack.limits import buttons
from tests.platforms.slack.world import read

SESSION, REQUEST, DIGEST = "s0123456789", "q0123456789ab", "0f" * 32
APPROVAL = ApprovalPost("coder", (CodeBlock("python", "print(1)\n"),), DIGEST, REQUEST)
BUDGET = BudgetPost("It is used up.", "session", "tokens", 9, 10, 2, 2_500_000, REQUEST)
CHECK = CheckPost("The team waits.", finishing=False, request=REQUEST)
QUESTION = QuestionPost("coder", "I looked.", "Which?", REQUEST)
CARDS = (APPROVAL, BUDGET, CHECK, QUESTION)


def bodies(card: RequestCard) -> list[Body]:
    return [load(part) for part in render(SESSION, "7", card, "quiet")]


def shown(body: Body) -> str:
    return read(list(body.blocks))


@pytest.mark.parametrize("card", [APPROVAL, BUDGET, CHECK], ids=lambda card: card.kind)
def test_the_last_message_of_a_card_has_its_buttons(card: ApprovalPost | BudgetPost | CheckPost) -> None:
    *before, last = bodies(card)
    found = list(buttons([*last.blocks]))
    assert [(button["text"]["text"], chosen(button["value"])) for button in found] == [
        (offer.label, offer.choice) for offer in offers(SESSION, card)
    ]
    for button in found:
        choice = chosen(button["value"])
        assert choice is not None
        assert button["action_id"] == f"{ASK if choice.asks else DECIDE}_{choice.verdict}"
    assert not any(list(buttons([*body.blocks])) for body in before)
    assert REQUEST in shown(last)
    assert last.agent == "", "no agent asks in its own name"


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.kind)
def test_a_decided_card_says_so_and_offers_nothing(card: RequestCard) -> None:
    ended = replace(card, decided=Decided("approved", "Approved by Ann.", 1.0))
    *before, last = bodies(ended)
    assert "Approved by Ann." in shown(last)
    assert list(buttons([*last.blocks])) == []
    assert before == bodies(card)[:-1], "the other messages stay as they are"


WHEN = 1_392_734_382.9
TOKEN = "<!date^1392734382^{date_short_pretty}, {time}|2014-02-18 14:39 UTC>"


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.kind)
def test_a_decided_card_says_when_by_each_reader_s_clock(card: RequestCard) -> None:
    ended = replace(card, expires_at=9e9, decided=Decided("answered", "Done by <Ann>.", WHEN))
    last = bodies(ended)[-1]
    assert TOKEN in shown(last)
    assert shown(last).count("<!date") == 1, "nobody waits for it any more"
    if card is not QUESTION:
        assert last.text.endswith(f"Done by &lt;Ann&gt;.\n{TOKEN}")


@pytest.mark.parametrize(
    ("card", "line"),
    [
        (APPROVAL, f"Without a decision until {TOKEN} it is not run."),
        (BUDGET, f"Without a decision until {TOKEN} the session ends."),
        (QUESTION, f"Without an answer until {TOKEN} the session ends."),
        (CHECK, f"Without an answer until {TOKEN} the session ends."),
        (replace(CHECK, finishing=True), f"Without an answer until {TOKEN} the team has finished."),
    ],
)
def test_an_open_card_says_until_when_it_can_be_decided(card: RequestCard, line: str) -> None:
    assert "<!date" not in shown(bodies(card)[-1]), "one without an end says none"
    part = render(SESSION, "7", replace(card, expires_at=WHEN), "quiet")[-1]
    assert line in shown(load(part))
    if card is not QUESTION:
        simpler = plain(part)
        assert simpler is not None
        assert line in shown(load(simpler))


@given(st.text(max_size=2_000), st.integers(1, 5))
def test_slack_takes_every_card(text: str, times: int) -> None:
    blocks = (CodeBlock("python", text * times * 3 + "\n"), CodeBlock(text[:10], text + "\n"))
    decided = Decided("rejected", text, 1.0)
    for card in CARDS:
        earlier = CodeBasis("i", (EarlierBlock(2, 1, "c" * 64, text[:80]),) * 3, 9)
        said = (
            {"blocks": blocks, "builds_on": earlier} if isinstance(card, ApprovalPost) else {"text": text * times}
        )
        for each in (replace(card, **said, expires_at=9e9), replace(card, **said, decided=decided)):
            for body in bodies(each):
                if not body.uploads:
                    limits.check(body.text, [*body.blocks])
            if (simpler := plain(render(SESSION, "7", each, "all")[-1])) is not None:
                limits.check(load(simpler).text, [*load(simpler).blocks])
                assert load(simpler).text.count("<!date") == load(simpler).text.count("UTC>"), "no token is cut"


def test_all_code_is_shown_before_the_card() -> None:
    blocks = (CodeBlock("python", "print(1)\n"), CodeBlock("bash", "ls\n"))
    code, card = bodies(replace(APPROVAL, blocks=blocks))
    assert "1 of 2, python" in shown(code)
    assert "print(1)" in shown(code)
    assert "2 of 2, bash" in shown(code)
    assert DIGEST in shown(card)


def test_a_card_names_earlier_code() -> None:
    card = replace(APPROVAL, builds_on=CodeBasis("i", (EarlierBlock(2, 1, "c" * 64, "x = a*b*c"),), 2))
    assert "earlier code:\nturn 2: x = a*b*c\nand 1 more before\nSHA-256" in shown(bodies(card)[-1])


def test_long_code_is_begun_and_attached_whole() -> None:
    long = "".join(f"print({number})\n" for number in range(2_000))
    _, attached, card = bodies(replace(APPROVAL, blocks=(CodeBlock("python", long),)))
    assert [(upload.name, upload.text) for upload in attached.uploads] == [("code.py", long)]
    assert DIGEST in shown(card)
    two = (CodeBlock("python", long), CodeBlock("bash", "ls\n"))
    attached = bodies(replace(APPROVAL, blocks=two))[-2]
    assert [upload.name for upload in attached.uploads] == ["code-1.py", "code-2.sh"]


def test_what_hides_in_code_is_shown() -> None:
    code, _ = bodies(replace(APPROVAL, blocks=(CodeBlock("python", "x = '\u202e'\n"),)))
    assert "x = '⟨U+202E⟩'" in shown(code)


def test_a_card_that_was_refused_once_can_still_be_decided() -> None:
    part = render(SESSION, "7", APPROVAL, "all")[-1]
    simpler = plain(part)
    assert simpler is not None
    assert list(buttons([*load(simpler).blocks])) == list(buttons([*load(part).blocks]))
    assert DIGEST in shown(load(simpler))
    assert plain(simpler) is None


@pytest.mark.parametrize("card", [APPROVAL, BUDGET], ids=lambda card: card.kind)
def test_slack_opens_every_form(card: RequestCard) -> None:
    for verdict in ("edit", "reject") if isinstance(card, ApprovalPost) else ("raise",):
        choice = Choice(SESSION, REQUEST, verdict, DIGEST)
        view = modal(choice, form(card, verdict, MOST))
        limits.check_modal(view)
        assert chosen(view["private_metadata"]) == choice
        assert json.dumps(view)


def test_what_does_not_fit_into_a_form_is_edited_in_another_way() -> None:
    fits = replace(APPROVAL, blocks=(CodeBlock("python", "x" * (MOST - len("```python\n\n```")) + "\n"),))
    assert len(form(fits, "edit", MOST).text) == MOST
    with pytest.raises(BadInput, match=f"edit {REQUEST} and the code in a block, or attached as a file"):
        form(replace(APPROVAL, blocks=(CodeBlock("python", "x" * MOST),)), "edit", MOST)
