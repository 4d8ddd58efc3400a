"""What is said of an answer that is on its way."""

from __future__ import annotations

import pytest

from agents.models.port import Piece
from agents.progress import Progress


def _said(*pieces: Piece) -> list[str]:
    progress = Progress()
    return [said for piece in pieces if (said := progress.hear(piece)) is not None]


def test_lines_of_prose_and_code_are_counted_by_tens() -> None:
    text = "I look.\n```python\n" + "x = 1\n" * 25 + "```\n"
    assert _said(*(Piece(character) for character in text)) == [
        "writing",
        "writing code",
        "writing code, 10 lines",
        "writing code, 20 lines",
    ]


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_pieces_of_any_size_come_to_the_same(size: int) -> None:
    text = "word\n" * 34
    pieces = [Piece(text[at : at + size]) for at in range(0, len(text), size)]
    assert _said(*pieces)[-1] == "writing, 30 lines"


def test_reasoning_before_the_answer_is_thinking() -> None:
    assert _said(Piece(reasoning="Hm."), Piece(reasoning="Well."), Piece("It is 42.")) == ["thinking", "writing"]
