"""What of an answer is reasoning, and no answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.models.reasoning import without_reasoning

CODE = "```python\nprint(1)\n```"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("<think>Let me see.</think>\n\nIt is 42.", "It is 42."),
        ("<think>\nA draft:\n```python\nx =\n</think>\nIt is 42.", "It is 42."),
        (f"<think>Hm.</think>{CODE}", CODE),
        ("<think>Hm, for ever", ""),
        ("<think></think>", ""),
        ("Okay, the user wants it.\n</think>\n\nIt is 42.", "It is 42."),
        (f"A draft:\n{CODE}\nBetter:</think>\nIt is 42.", "It is 42."),
        ("First.\n<think>\nHm.\n</think>\nSecond.", "First.\n\nSecond."),
        ("<THINKING>Hm.</THINKING>Yes.", "Yes."),
        ("<reasoning>Hm.</reasoning>Yes.", "Yes."),
        ("<think>One.</think>A<think>", "A<think>"),
    ],
)
def test_it_is_left_out(text: str, answer: str) -> None:
    assert without_reasoning(text) == answer


@pytest.mark.parametrize(
    "text",
    [
        "It is 42.  ",
        "A model writes `<think>` before it answers.",
        "The tag </think> ends it.",
        "```html\n<think>Hm.</think>\n```\nThat is it.",
        "```python\ntext.split(\n</think>\n)\n```",
        "x < think > y",
    ],
)
def test_what_only_speaks_of_it_stays(text: str) -> None:
    assert without_reasoning(text) == text


PARTS = st.lists(
    st.sampled_from(["<think>", "</think>", "\n", "```", "```python\n", "a ", "x = 1\n"]), max_size=30
)


@given(PARTS.map("".join))
def test_no_text_is_too_odd(text: str) -> None:
    assert len(without_reasoning(text)) <= len(text)


def test_a_large_answer_full_of_tags_ends() -> None:
    text = "<think>\n</think>\n" * 50_000
    assert len(without_reasoning(text)) < len(text)
