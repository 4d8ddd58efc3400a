"""`start.sh` around programs that only say that they were called."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUILT = "roundtable sandbox build --if-outdated"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A clone in which every program is replaced but the script and `dotenv`."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / ".venv/bin").mkdir(parents=True)
    shutil.copy(ROOT / "start.sh", tmp_path)
    (tmp_path / ".env.example").write_text("# DOCKER_HOST=\n")
    (tmp_path / ".venv/bin/dotenv").symlink_to(Path(sys.executable).with_name("dotenv"))
    for path in ("scripts/python.sh", "scripts/engine.sh", ".venv/bin/roundtable"):
        program = tmp_path / path
        program.write_text(f'#!/bin/sh\necho "{program.name}" "$@"\n')
        program.chmod(0o755)
    return tmp_path


def start(folder: Path, *arguments: str) -> list[str]:
    done = subprocess.run([folder / "start.sh", *arguments], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_it_sets_everything_up_and_serves_the_page(folder: Path) -> None:
    assert start(folder) == ["python.sh requirements.lock", "engine.sh", BUILT, "roundtable up"]
    assert (folder / ".env").stat().st_mode & 0o077 == 0


def test_a_command_without_a_sandbox_needs_no_engine(folder: Path) -> None:
    assert start(folder, "audit", "--since", "7d") == [
        "python.sh requirements.lock",
        "roundtable audit --since 7d",
    ]


@pytest.mark.parametrize("line", ["DOCKER_HOST=ssh://me@far", "export DOCKER_HOST='tcp://10.0.0.1:2376'  # TLS"])
def test_no_engine_is_installed_here_when_the_settings_name_another(folder: Path, line: str) -> None:
    (folder / ".env").write_text(f"{line}\n")
    assert start(folder, "up") == ["python.sh requirements.lock", BUILT, "roundtable up"]


def test_an_empty_address_means_the_engine_here(folder: Path) -> None:
    (folder / ".env").write_text("DOCKER_HOST=\n")
    assert "engine.sh" in start(folder, "up")
