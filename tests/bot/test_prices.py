"""What an attempt at a model call costs by the operator's own prices."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.budgets import Price
from bot.domain.turn_results import Usage
from bot.engine.budget import priced


def test_the_operator_s_price_goes_before_the_list() -> None:
    price = priced({"openai/mine": Price(2.0, 10.0)}, lambda _: None)
    assert price(Usage("a", "openai/mine", 500_000, 100_000)) == 2.0
    assert price(Usage("a", "openai/mine", 500_000, 100_000, cache_read=400_000)) == 2.0
    assert price(Usage("a", "openai/other", 1, 1)) is None


def test_what_a_cache_gives_and_keeps_has_its_own_price_and_the_worst_case_bounds_it() -> None:
    price = Price(2.0, 10.0, cache_read=0.2, cache_written=2.5)
    used = Usage("a", "openai/mine", 1_000_000, 0, cache_read=500_000, cache_written=200_000)
    assert price.of(used) == pytest.approx(0.6 + 0.1 + 0.5)
    assert price.of(Usage("a", "openai/mine", 1_000_000, 0, estimated=True)) == 2.5


@given(st.lists(st.floats(0, 100), min_size=4, max_size=4), st.lists(st.integers(0, 1000), min_size=4, max_size=4))
def test_no_attempt_costs_more_than_what_was_reserved_for_it(prices: list[float], tokens: list[int]) -> None:
    fresh, read, written, answered = tokens
    price = Price(*prices)
    prompt = fresh + read + written
    used = Usage("a", "m", prompt, answered, cache_read=read, cache_written=written)
    worst = Usage("a", "m", prompt, answered, estimated=True)
    assert price.of(used) <= price.of(worst) * (1 + 1e-9)
