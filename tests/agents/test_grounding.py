"""Numbers of an answer that nobody told the agents."""

from __future__ import annotations

import pytest

from agents.grounding import is_made_up
from agents.spec import load_all
from agents.talk import TalkMessage

PAIR = load_all()["analyst"]
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
    assert not is_made_up(PAIR, TALK, answer)


@pytest.mark.parametrize("answer", ["North sold 832.", "It is 7777.", "8,5 % von 12", "The price is $199."])
def test_an_answer_with_only_its_own_numbers_is_not_believed(answer: str) -> None:
    assert is_made_up(PAIR, TALK, answer)
