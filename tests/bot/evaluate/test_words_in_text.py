"""Words in texts."""

from __future__ import annotations

import pytest

from bot.evaluate.words_in_text import has_word


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("**Headphones** lead", "headphones"),
        ("the SOUTH.", "south"),
        ("im Süden", "süd*"),
        ("it doesn’t", "*n't"),
        ("GET /checkout failed", "/checkout"),
        ("上海最热", "上海"),
        ("por ciento", "por  ciento"),
        ("STRASSE", "straße"),
        ("n’est pas", "n'*"),
    ],
)
def test_a_word_is_found(text: str, word: str) -> None:
    assert has_word(text, word)


@pytest.mark.parametrize(
    ("text", "word"), [("I know", "no"), ("Southern", "south"), ("the age", "ages"), ("", "x"), ("a-b", "a.b")]
)
def test_a_part_of_a_word_is_none(text: str, word: str) -> None:
    assert not has_word(text, word)
