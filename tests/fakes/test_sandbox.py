from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.domain.errors import SandboxUnavailable
from bot.domain.turn_results import RunResult
from bot.ports import Sandbox
from tests.contracts.sandbox import SandboxContract
from tests.fakes.sandbox import FakeSandboxes, Step


@dataclass
class Opened:
    work_dir: Path
    sandboxes: FakeSandboxes


class TestFakeSandboxes(SandboxContract):
    @pytest.fixture
    def opened(self, tmp_path: Path) -> Opened:
        return Opened(tmp_path, FakeSandboxes(tmp_path))

    @pytest.fixture
    async def sandbox(self, opened: Opened) -> AsyncIterator[Sandbox]:
        async with opened.sandboxes.open("contract", ()) as sandbox:
            yield sandbox


async def test_a_script_takes_the_place_of_running(tmp_path: Path) -> None:
    failed = RunResult(1, "boom\n", 0.1)
    fakes = FakeSandboxes(tmp_path, [failed, Step(RunResult(0, "", 0.1), {"a.csv": b"x"})])
    async with fakes.open("s", ()) as sandbox:
        assert await sandbox.run("first", "python", 1) == failed
        assert (await sandbox.run("second", "python", 1)).ok
        files = (await sandbox.changed()).files
    assert [file.path for file in files] == ["a.csv"]
    assert fakes.ran == ["first", "second"]
    assert fakes.open_now == []


async def test_there_can_be_none_to_be_had(tmp_path: Path) -> None:
    fakes = FakeSandboxes(tmp_path)
    async with fakes.open("s", ()) as sandbox:
        fakes.unavailable = True
        with pytest.raises(SandboxUnavailable):
            await sandbox.run("print(1)", "python", 1)
        with pytest.raises(SandboxUnavailable):
            async with fakes.open("t", ()):
                pass
        fakes.unavailable = False
        assert (await sandbox.run("print(1)", "python", 5)).ok
