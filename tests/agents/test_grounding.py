"""Numbers of an answer that nobody told the agents."""

from __future__ import annotations

import pytest

from agents.grounding import is_made_up
from agents.spec import load_all
from agents.talk import TalkMessage

ANALYST = load_all()["analyst"]
TALK = (
    TalkMessage("Ann", "Which of the 4 regions sold most in 2025?"),
    TalkMessage("analyst", "```python\nprint(total * 7777)\n```"),
    TalkMessage("executor", "exit code: 0 (0.1 s)\noutput:\nNorth 1,234,567.5\nshare 0.457\n"),
)


@pytest.mark.parametrize(
    "answer",
    [
        "The north leads.",
        "North sold 1,234,567.50.",
        "Der Norden: 1.234.567,5.",
        "About 1.2 million.",
        "45.7 % of all, which is 99 more than before.",
        "These two regions lead.",
        "It leads the 4 regions.",
        "Done on 2025-03-01.",
    ],
)
def test_a_number_taken_from_what_was_told_is_believed(answer: str) -> None:
    assert not is_made_up(ANALYST, TALK, answer)


@pytest.mark.parametrize("answer", ["North sold 832.", "It is 7777.", "8,5 % von 12", "The price is $199."])
def test_an_answer_with_only_its_own_numbers_is_not_believed(answer: str) -> None:
    assert is_made_up(ANALYST, TALK, answer)


def test_an_answer_about_more_than_can_be_searched_is_believed() -> None:
    long = TalkMessage("executor", "output:\n" + "North 1.5\n" * 20_000)
    assert not is_made_up(ANALYST, [*TALK, long], "North sold 832.")


def test_what_was_told_last_is_searched_first() -> None:
    early = TalkMessage("executor", "output:\n" + "North 1.5\n" * 20_000)
    assert is_made_up(ANALYST, [TALK[0], *TALK[1:]], "North sold 832.")
    assert not is_made_up(ANALYST, [early, *TALK], "North sold 1,234,567.")
