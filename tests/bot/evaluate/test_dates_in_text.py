"""Dates in texts, in many ways and languages."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.evaluate.dates_in_text import day, has_date

TENTH = date(2025, 2, 10)


@pytest.mark.parametrize(
    "text",
    [
        "2025-02-10",
        "the week of 2025/2/10.",
        "am 10.02.2025",
        "am 10.2.25 war es",
        "le 10/02/2025",
        "02/10/2025",
        "10 February 2025",
        "10th of February, 2025",
        "February 10th",
        "**Feb. 10, 2025**",
        "10. Februar 2025",
        "el 10 de febrero de 2025",
        "le 10 février 2025",
        "10 de fevereiro de 2025",
        "2025年2月10日",
        "２月１０日",
    ],
)
def test_a_date_is_found(text: str) -> None:
    assert has_date(text, TENTH)


@pytest.mark.parametrize(
    "text",
    [
        "2025-02-11",
        "2024-02-10",
        "10 February 2024",
        "February 10, 2026",
        "110.02.2025",
        "2025-02-100",
        "10 March 2025",
        "2024年2月10日",
        "12月10日",
        "10",
        "",
    ],
)
def test_another_date_is_not(text: str) -> None:
    assert not has_date(text, TENTH)


@given(st.dates(date(1990, 1, 1), date(2090, 12, 31)))
def test_every_date_is_found_as_the_computer_writes_it(wanted: date) -> None:
    assert has_date(f"It is {wanted}.", wanted)
    assert has_date(f"It is {wanted:%d %B %Y}.", wanted)
    assert has_date(f"It is {wanted:%A, %B %d, %Y}.", wanted)
    assert has_date(f"Es ist der {wanted:%d.%m.%Y}.", wanted)


def test_days_may_be_told_from_today() -> None:
    assert day("today", TENTH) == TENTH
    assert day("today+100", TENTH) == date(2025, 5, 21)
    assert day("today-30", TENTH) == date(2025, 1, 11)
    assert day("2025-12-31", TENTH) == date(2025, 12, 31)
    with pytest.raises(ValueError, match="write 2025-03-31, today"):
        day("tomorrow", TENTH)
