"""Posts as messages, before anything is sent."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.discord.body import MESSAGE, Body, question_id, unpack
from bot.adapters.discord.render import FILES, REQUEST, plain, render
from bot.adapters.discord.split import size
from bot.domain.events import CodeBlock
from bot.domain.posts import (
    AgentPost,
    ApprovalPost,
    BudgetPost,
    CheckPost,
    CodePost,
    Decided,
    FilesPost,
    OutputPost,
    Post,
    QuestionPost,
    RequestCard,
    StatusPost,
    SummaryPost,
)
from bot.domain.turn_results import CodeBasis, EarlierBlock, RunResult
from bot.domain.workspace_files import Artifact

_CODE = CodePost("coder", "Look:\n\n```python\nprint(1)\n```", (CodeBlock("python", "print(1)\n"),))


def bodies(post: Post) -> list[Body]:
    return [unpack(part) for part in render("s1", "7", post, "all")]


def _artifact(name: str, size: int = 10) -> Artifact:
    return Artifact(name, "ab" * 32, size, "text/plain")


@pytest.mark.parametrize(
    ("post", "text"),
    [
        (AgentPost("coder", "A **finding**."), "**coder**\nA **finding**."),
        (AgentPost("team_lead", ""), "**team\\_lead** said nothing."),
        (_CODE, "**coder**\nLook:\n\n```python\nprint(1)\n```"),
        (OutputPost("executor", (RunResult(0, "1\n", 0.12),)), "**executor** ✅ exit code 0 · 0.1 s\n```\n1\n```"),
        (OutputPost("executor", (RunResult(1, "", 2),)), "**executor** ❌ exit code 1 · 2.0 s"),
        (
            OutputPost("executor", (RunResult(137, "", 60, killed="memory", note="Use less."),)),
            "**executor** ❌ killed: memory · 60.0 s\nUse less.",
        ),
        (QuestionPost("coder", "", "Which?"), "❓ **coder** asks:\n>>> Which?"),
        (StatusPost("Waiting."), "ℹ️ Waiting."),
        (FilesPost("executor", ()), "**executor** made no files."),
    ],
)
def test_short_posts_are_one_message(post: Post, text: str) -> None:
    (body,) = bodies(post)
    assert body.text == text


def test_long_prose_is_a_few_messages_and_longer_prose_a_file() -> None:
    assert [len(body.files) for body in bodies(AgentPost("coder", "word " * 1000))] == [0, 0, 0]
    (body,) = bodies(AgentPost("coder", "word " * 5000))
    assert body.files[0].text == "word " * 5000
    assert body.text.endswith("the whole message is in the file.")


def test_long_output_shows_its_ends_and_is_whole_in_a_file() -> None:
    output = "first\n" + "line\n" * 2000 + "last\n"
    (body,) = bodies(OutputPost("executor", (RunResult(0, output, 1),)))
    assert "first" in body.text
    assert "last" in body.text
    assert body.files[0].text == output.strip("\n")


def test_files_go_ten_at_a_time_within_the_size_of_a_request() -> None:
    many = [_artifact(f"plots/{number}.png", 9_000_000 if number < 4 else 10) for number in range(30)]
    batches = [body.files for body in bodies(FilesPost("executor", tuple(many)))]
    assert sum(len(batch) for batch in batches) == 30
    assert all(len(batch) <= FILES and sum(file.size for file in batch) <= REQUEST for batch in batches)


def test_files_of_the_same_name_stay_apart() -> None:
    (body,) = bodies(FilesPost("executor", (_artifact("a/x.csv"), _artifact("b/x.csv"))))
    assert [file.name for file in body.files] == ["x.csv", "b_x.csv"]


@pytest.mark.parametrize(
    ("outcome", "cost", "facts"),
    [
        ("finished", 0.0123, [("Time", "1 min 5 s"), ("Turns", "4"), ("Tokens", "3,000"), ("Cost", "$0.0123")]),
        ("failed", None, [("Time", "1 min 5 s"), ("Turns", "4"), ("Tokens", "3,000"), ("Cost", "price unknown")]),
    ],
)
def test_the_closing_card_has_reason_time_turns_and_cost(
    outcome: str, cost: float | None, facts: list[tuple[str, str]]
) -> None:
    (body,) = bodies(SummaryPost(outcome, "So it is.", 65.2, 4, 3000, cost))  # type: ignore[arg-type]
    assert "So it is." in body.text
    assert body.card is not None
    assert list(body.card.facts) == facts


def test_quiet_channels_see_neither_code_nor_output() -> None:
    shown = [
        post.kind
        for post in (_CODE, OutputPost("e", ()), AgentPost("a", "x"), StatusPost("x"), FilesPost("e", ()))
        if render("s1", "7", post, "quiet")
    ]
    assert shown == ["agent", "status", "files"]


def test_a_question_names_itself_in_its_button() -> None:
    (talk, ask) = bodies(QuestionPost("coder", "I looked.", "Which?"))
    assert (talk.question, ask.question) == ("", question_id("coder", "Which?"))


def test_plain_text_names_what_is_left_out() -> None:
    (part,) = render("s1", "7", FilesPost("executor", (_artifact("x.csv"),)), "all")
    simpler = plain(part)
    assert simpler is not None
    assert unpack(simpler) == Body("**executor** made `x.csv`\n(not attached: `x.csv`)", plain=True)
    assert plain(simpler) is None


APPROVAL = ApprovalPost("coder", (CodeBlock("python", "x()\n"),), "0" * 64, "q0123456789ab")
BUDGET = BudgetPost("Used up.", "session", "dollars", 1, 1, 1, 2, "q0123456789ab")
CHECK = CheckPost("It waits.", finishing=False, request="q0123456789ab")
QUESTION = QuestionPost("coder", "", "Which?")


@pytest.mark.parametrize("card", [APPROVAL, BUDGET, CHECK, QUESTION], ids=lambda card: card.kind)
def test_a_decided_card_says_when_by_each_reader_s_clock(card: RequestCard) -> None:
    ended = replace(card, expires_at=9e9, decided=Decided("answered", "Done by Ann.", 1000.9))
    assert "**Done by Ann.** <t:1000:t> (<t:1000:R>)" in bodies(ended)[-1].text
    assert bodies(ended)[-1].text.count("<t:") == 2, "nobody waits for it any more"


@pytest.mark.parametrize(
    ("card", "line"),
    [
        (APPROVAL, "Without a decision until <t:1000:t> (<t:1000:R>) it is not run."),
        (BUDGET, "Without a decision until <t:1000:t> (<t:1000:R>) the session ends."),
        (QUESTION, "Without an answer until <t:1000:t> (<t:1000:R>) the session ends."),
        (CHECK, "Without an answer until <t:1000:t> (<t:1000:R>) the session ends."),
        (replace(CHECK, finishing=True), "Without an answer until <t:1000:t> (<t:1000:R>) the team has finished."),
    ],
)
def test_an_open_card_says_until_when_it_can_be_decided(card: RequestCard, line: str) -> None:
    assert "<t:" not in bodies(card)[-1].text, "one without an end says none"
    assert line in bodies(replace(card, expires_at=1000.9))[-1].text.splitlines()


def test_earlier_code_is_shown_as_code() -> None:
    (body,) = bodies(replace(APPROVAL, builds_on=CodeBasis("i", (EarlierBlock(2, 1, "c" * 64, "x = a*b*c"),), 2)))[
        -1:
    ]
    assert "It uses the variables of earlier code:\n```\nturn 2: x = a*b*c\nand 1 more before\n```" in body.text


@given(st.text(max_size=3000))
def test_discord_takes_every_card(text: str) -> None:
    for card in (
        replace(APPROVAL, builds_on=CodeBasis("i", (EarlierBlock(2, 1, "c" * 64, text[:80]),) * 3, 9)),
        replace(BUDGET, text=text),
        replace(CHECK, text=text),
        replace(QUESTION, question=text),
    ):
        for each in (replace(card, expires_at=9e9), replace(card, decided=Decided("rejected", text, 9e9))):
            for body in bodies(each):
                assert 0 < size(body.text.strip()) <= MESSAGE


_HOSTILE = st.text(st.sampled_from("ab `\n*_@<>|😀[]()~\u202e\x00#-"), max_size=6000)


@given(_HOSTILE, st.integers(1, 40))
def test_whatever_is_said_every_message_fits(text: str, times: int) -> None:
    for post in (
        AgentPost("coder", text * times),
        OutputPost("executor", (RunResult(1, text * times, 1, note=text),)),
        QuestionPost("coder", text, text),
        StatusPost(text),
        SummaryPost("failed", text, 1, 1, 1, None),
    ):
        for body in bodies(post):
            assert 0 < size(body.text.strip()) <= MESSAGE
