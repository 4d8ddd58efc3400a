"""Where long text is cut, and what is shown of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.common.excerpts import break_at, shortened_characters, shortened_lines


@pytest.mark.parametrize(
    ("text", "most", "after"),
    [
        ("One line.\n\nTwo lines.\nThree", 17, "One line."),
        ("One line of it.\nTwo. Three", 22, "One line of it."),
        ("One, two. Three, four", 15, "One, two."),
        ("one two three", 8, "one two"),
        ("one two", 3, "one"),
    ],
)
def test_a_cut_is_made_at_the_best_end_that_there_is(text: str, most: int, after: str) -> None:
    assert break_at(text, most) == len(after)


@pytest.mark.parametrize("text", ["", "x" * 30, "one " + "x" * 30])
def test_no_cut_is_made_in_a_word_or_far_in_front(text: str) -> None:
    assert break_at(text, 20) is None


@given(st.text(st.sampled_from("ab .\n"), max_size=60), st.integers(1, 40))
def test_a_cut_is_a_line_end_or_space_in_the_second_half(text: str, most: int) -> None:
    at = break_at(text, most)
    assert at is None or (most // 2 < at <= most and text[at] in "\n ")


def test_lines_are_left_out_in_the_middle() -> None:
    text = "\n".join(map(str, range(10)))
    assert shortened_lines(text, 2, 1) == "0\n1\n… 7 more lines …\n9"
    assert shortened_lines(text, 9, 1) == text


def test_characters_are_left_out_in_the_middle() -> None:
    assert shortened_characters("abcdefgh", 4) == "ab\n… 4 more characters …\ngh"
    assert shortened_characters("abcd", 4) == "abcd"
