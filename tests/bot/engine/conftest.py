"""Fixtures of the engine's tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.scripted_sandbox import ScriptedSandboxes
from tests.fakes.shelf import Shelf


@pytest.fixture
def sandboxes(tmp_path: Path) -> ScriptedSandboxes:
    """Sandboxes on the shelf of the table in `tmp_path`."""
    return ScriptedSandboxes(Shelf(tmp_path))
