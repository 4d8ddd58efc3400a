"""Long text in pieces: nothing is lost, and code blocks are whole in each."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.adapters.discord.split import size, split

_PIECES = st.lists(
    st.sampled_from(
        ["word ", "\n", "\n\n", "```python\n", "```\n", "`", "x" * 70, "😀", "é", " ", "``", "line of text\n"]
    ),
    max_size=60,
)


def _letters(text: str) -> str:
    return re.sub(r"[\s`]|python", "", text)


@given(_PIECES.map("".join), st.integers(60, 200))
@example("x" * 70 + "```python\n", 78)
def test_every_piece_fits_and_together_they_say_everything(text: str, limit: int) -> None:
    pieces = split(text, limit)
    assert all(0 < size(piece) <= limit for piece in pieces)
    assert _letters("".join(pieces)) == _letters(text)


@given(st.lists(st.sampled_from(["print(1)\n", "y" * 50, "x = '😀'\n", "\n", "    deep\n"]), max_size=80))
def test_a_long_block_of_code_is_a_block_in_every_piece(lines: list[str]) -> None:
    code = "".join(lines)
    for piece in split(f"Look:\n```python\n{code}\n```\nSo.", 120):
        assert piece.count("```") % 2 == 0
        if "print" in piece or "yy" in piece:
            assert "```python\n" in piece


def test_a_word_after_a_fence_is_a_language_only_if_alone() -> None:
    assert split("```word and more words\n```", 20) == ["```word and more\n```", "```\nwords\n```"]
    assert split("```py\nprint(12)\nprint(34)\n```", 24) == ["```py\nprint(12)\n```", "```py\nprint(34)\n```"]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", []),
        ("\n\n", []),
        ("short", ["short"]),
        ("one two three four five six", ["one two three", "four five six"]),
        ("first line of it\n\nsecond", ["first line of it", "second"]),
        ("a" * 30, ["a" * 16, "a" * 14]),
    ],
)
def test_cuts_are_made_where_people_would(text: str, pieces: list[str]) -> None:
    assert split(text, 20) == pieces
