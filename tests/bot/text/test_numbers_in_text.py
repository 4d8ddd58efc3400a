"""Numbers in texts, in every common way to write them."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.text.numbers_in_text import has_figure, readings


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("The total is 1,532,708.38 dollars.", 1532708.38),
        ("Der Umsatz beträgt 1.532.708,38 €.", 1532708.38),
        ("Le total est 1 532 708,38 €", 1532708.38),
        ("Le total est 1\u202f532\u202f708,38\u00a0€", 1532708.38),
        ("1'532'708.38 CHF", 1532708.38),
        ("1532708.38", 1532708.38),
        ("It sold **5,396** units", 5396),
        ("| Headphones | 5396 |", 5396),
        ("5.396 Stück", 5396),
        ("5 396 unités", 5396),
        ("about 5.396k", 5396),
        ("1.53 million", 1_530_000),
        ("1,53 Mio. €", 1_530_000),
        ("约153万", 1_530_000),
        ("12,34,567 rupees", 1_234_567),
        ("最高气温为39.3度", 39.3),
        ("共有３９１个", 391),
        ("-0.129", -0.129),
        ("r = \u22120.129", -0.129),
        ("$4.27", 4.27),
        ("-$12.50", -12.5),
        ("2.5e6", 2_500_000),
        (r"\(1{,}234{,}567\)", 1_234_567),
        ("three of them, or nine", 9),
        ("neun Fahrten", 9),
        ("The values are 3,5,7", 5),
        ("the answer is 391.", 391),
        ("=42", 42),
        ("South,4392,1532708.38", 4392),
        ("South,4392,1532708.38", 1532708.38),
        (",391", 391),
    ],
)
def test_a_figure_is_found(text: str, value: float) -> None:
    assert has_figure(text, value, 0.0)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("It sold 15,396 units", 5396),
        ("5396.5", 5396),
        ("on 2025-02-10 at 10:45", 10),
        ("am 10.02.2025", 10),
        ("Q3 was good", 3),
        ("0.129", -0.129),
        ("twelve hundred", 1200),
        ("", 0),
        ("1.532.708,38", 1532.70838),
        ("10.0.3.4", 10),
    ],
)
def test_another_figure_is_not(text: str, value: float) -> None:
    assert not has_figure(text, value, 0.0)


def test_what_is_ambiguous_is_read_in_every_way() -> None:
    assert {reading.value for reading in readings("1.234")} == {1.234, 1234.0}
    assert {reading.value for reading in readings("1,234")} == {1.234, 1234.0}
    assert {reading.value for reading in readings("630 912")} == {630.0, 912.0, 630912.0}


@pytest.mark.parametrize(
    "text", ["45.7 %", "45,7%", "45.7 percent", "45,7 Prozent", "45,7 por ciento", "0.457", "45.7"]
)
def test_a_percentage_may_be_written_as_a_share(text: str) -> None:
    assert has_figure(text, 45.7, 0.05, percent=True)


def test_only_a_share_may_be_written_as_a_percentage() -> None:
    assert has_figure("that is 12 %", 0.12, 0.0)
    assert not has_figure("that is 12", 0.12, 0.0)
    assert not has_figure("0.457 %", 45.7, 0.05, percent=True)


def test_the_tolerance_is_the_last_that_holds() -> None:
    assert has_figure("33.4", 33.43, 0.03)
    assert not has_figure("33.4", 33.44, 0.03)


_WAYS = (
    lambda value: f"{value:,.2f}",
    lambda value: f"{value:.2f}",
    lambda value: f"{value:,.2f}".translate(str.maketrans(",.", ".,")),
    lambda value: f"{value:,.2f}".translate(str.maketrans(",.", " ,")),
    lambda value: f"{value:,.2f}".translate(str.maketrans(",.", "\u202f,")),
    lambda value: f"{value:,.2f}".replace(",", "'"),
    lambda value: f"{value:.2f}".replace(".", ","),
)


@given(
    st.integers(-(10**11), 10**11),
    st.sampled_from(range(len(_WAYS))),
    st.sampled_from(("", "total: ", "是", "(", "**", "$", "\n", "≈", "vs. ", "x=")),
    st.sampled_from(("", ".", " units", "元", ")", "**", "€", "\n", " %", "; 7")),
)
def test_every_way_to_write_a_number_is_read(cents: int, way: int, before: str, after: str) -> None:
    value = cents / 100
    assert has_figure(before + _WAYS[way](value) + after, value, 0.001)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=80))
def test_any_text_can_be_read_and_gives_finite_numbers(text: str) -> None:
    assert all(math.isfinite(reading.value) for reading in readings(text))


@given(st.integers(0, 10**6), st.integers(0, 10**6))
@example(10**6, 0)
def test_only_what_is_there_is_found(there: int, wanted: int) -> None:
    assert has_figure(f"There are {there:,} rows.", wanted, 0.0) == (there == wanted or wanted in _also(there))


def _also(number: int) -> set[float]:
    """What else a number with a comma may be, read as decimals: 1,000 is 1 as well."""
    return {number / 1000} if 1000 <= number < 10**6 else set()


@pytest.mark.parametrize("text", ["One moment, please.", "Hier ist eine Tabelle.", "una tabla", "un tableau"])
def test_an_article_is_no_figure(text: str) -> None:
    assert not has_figure(text, 1, 0)
