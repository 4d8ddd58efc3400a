"""What of a server's report is believed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.models.port import Counts
from agents.models.usage import Booked, believe

WORST = (1_000, 100)


@pytest.mark.parametrize(
    ("reported", "booked"),
    [
        (Counts(400, 20), Booked(400, 20)),
        (Counts(400.0, 20), Booked(400, 20)),
        (Counts(1_000, 100), Booked(1_000, 100)),
        (Counts(400, 0), Booked(400, 0)),
        (Counts(400, 20, 300, 50), Booked(400, 20, False, 300, 50)),
        (None, Booked(*WORST, estimated=True)),
        (Counts(0, 0), Booked(*WORST, estimated=True)),
        (Counts(None, None), Booked(*WORST, estimated=True)),
        (Counts(0, 20), Booked(1_000, 20, estimated=True)),
        (Counts(None, 20), Booked(1_000, 20, estimated=True)),
    ],
)
def test_possible_counts_are_believed_and_missing_ones_are_worst(reported: Counts | None, booked: Booked) -> None:
    assert believe(reported, *WORST) == booked


@pytest.mark.parametrize(
    "wrong", [-1, 1_001, 1e18, float("nan"), float("inf"), 3.5, True, "400", [400], {}, 10**30], ids=repr
)
def test_what_cannot_be_counts_as_the_worst(wrong: Any) -> None:
    assert believe(Counts(wrong, 20), *WORST) == Booked(1_000, 20, estimated=True, disbelieved=True)
    assert believe(Counts(400, wrong), *WORST) == Booked(400, 100, estimated=True, disbelieved=True)


@pytest.mark.parametrize("cached", [(-1, 0), (401, 0), (300, 200), (float("nan"), 0), ("5", 0)])
def test_a_cache_that_held_more_than_was_asked_held_nothing(cached: tuple[Any, Any]) -> None:
    assert believe(Counts(400, 20, *cached), *WORST) == Booked(400, 20, estimated=True, disbelieved=True)


NUMBERS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3), st.just([]))


@given(NUMBERS, NUMBERS, NUMBERS, NUMBERS)
def test_nothing_costs_more_than_its_worst_case(prompt: Any, completion: Any, read: Any, written: Any) -> None:
    booked = believe(Counts(prompt, completion, read, written), *WORST)

    assert 0 <= booked.prompt <= 1_000
    assert 0 <= booked.completion <= 100
    assert 0 <= booked.cache_read + booked.cache_written <= booked.prompt
    assert all(type(part) is int for part in (booked.prompt, booked.completion, booked.cache_read))
