from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.agents.models.demo.harness import Runner, Talk, runner


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    with runner(tmp_path_factory.mktemp("programs")) as running:
        yield running


@pytest.fixture
def talk(programs: Runner, tmp_path: Path) -> Callable[..., Talk]:
    def start(team: str = "analyst") -> Talk:
        return Talk(programs, tmp_path, team)

    return start
