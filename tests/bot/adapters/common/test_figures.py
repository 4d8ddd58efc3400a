"""Figures in words, the same on every platform."""

from __future__ import annotations

import pytest

from bot.adapters.common.figures import size


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (23_640, "23.6 kB"),
        (999_600, "1 MB"),
        (1_240_332, "1.24 MB"),
        (3_200_000_000, "3.2 GB"),
    ],
)
def test_a_size_has_three_digits_at_most(count: int, said: str) -> None:
    assert size(count) == said
