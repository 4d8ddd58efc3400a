from __future__ import annotations

import pytest

from tests.contracts.team import Seat, TeamContract
from tests.fakes.team import FakeTeams


class TestFakeTeams(TeamContract):
    @pytest.fixture
    def seat(self) -> Seat:
        return FakeTeams
