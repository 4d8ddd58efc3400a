"""Fixtures of the engine's tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.blob_store import FakeBlobs
from tests.fakes.scripted_sandbox import ScriptedSandboxes


@pytest.fixture
def sandboxes(tmp_path: Path) -> ScriptedSandboxes:
    """Sandboxes on the shelf of the table in `tmp_path`."""
    return ScriptedSandboxes(FakeBlobs(tmp_path))
