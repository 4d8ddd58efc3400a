"""Moments as people type them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bot.commands.points_in_time import since, until
from bot.domain.errors import OperatorError

NOW = datetime(2026, 2, 10, 12, tzinfo=UTC).timestamp()


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("text", "begins", "ends"),
    [
        ("2026-01-31", "2026-01-31T00:00+01:00", "2026-02-01T00:00+01:00"),
        ("2026-03-29", "2026-03-29T00:00+01:00", "2026-03-30T00:00+02:00"),
        ("2026-10-25", "2026-10-25T00:00+02:00", "2026-10-26T00:00+01:00"),
        ("2026-01-31T09:30", "2026-01-31T09:30+01:00", "2026-01-31T09:30+01:00"),
        ("2026-01-31T09:30Z", "2026-01-31T09:30+00:00", "2026-01-31T09:30+00:00"),
        ("7d", "2026-02-03T12:00+00:00", "2026-02-03T12:00+00:00"),
        ("90m", "2026-02-10T10:30+00:00", "2026-02-10T10:30+00:00"),
        ("1w", "2026-02-03T12:00+00:00", "2026-02-03T12:00+00:00"),
    ],
)
def test_moments(berlin: None, text: str, begins: str, ends: str) -> None:
    assert since(text, NOW) == datetime.fromisoformat(begins).timestamp()
    assert until(text, NOW) == datetime.fromisoformat(ends).timestamp()


@pytest.mark.parametrize("text", ["", "soon", "7", "-7d", "7y", "2026-02-30", "9999-12-31", "0000-00-00", "1e9d"])
def test_what_is_no_moment_is_named(text: str) -> None:
    with pytest.raises(OperatorError, match="is no time: write 2026-01-31") as refused:
        until(text, NOW)
    assert "\n" not in str(refused.value)
