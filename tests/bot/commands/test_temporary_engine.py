"""The engine of an evaluation: how long it is waited for."""

from __future__ import annotations

import pytest

from agents.models.asker import PATIENCE
from bot.commands.temporary_engine import patience
from bot.settings import load


@pytest.mark.parametrize("timeout", [1.0, 120.0, 3600.0])
def test_a_model_that_takes_as_long_as_it_may_does_not_hang(timeout: float) -> None:
    given = load(None, roundtable_model="demo", roundtable_model_timeout=timeout)
    assert patience(given).turn > 2 * PATIENCE * timeout + given.roundtable_sandbox_timeout
