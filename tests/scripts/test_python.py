"""`scripts/python.sh` makes a virtual environment, however many starts in one folder want it at once."""

from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

_PROJECT = """
[project]
name = "small"
version = "1"

[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""

_BACKEND = '''
"""Builds an editable install of one line, and notes that it did."""

import zipfile
from pathlib import Path

FILES = {
    "small.pth": str(Path.cwd()),
    "small-1.dist-info/METADATA": "Metadata-Version: 2.1\\nName: small\\nVersion: 1\\n",
    "small-1.dist-info/WHEEL": "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    "small-1.dist-info/RECORD": "",
}


def build_editable(folder, config_settings=None, metadata_directory=None):
    with open("builds", "a") as builds:
        builds.write("built\\n")
    with zipfile.ZipFile(Path(folder) / "small-1-py3-none-any.whl", "w") as wheel:
        for name, text in FILES.items():
            wheel.writestr(name, text)
    return "small-1-py3-none-any.whl"
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project that is installed in seconds: it depends on nothing."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts/python.sh", tmp_path / "scripts")
    (tmp_path / "pyproject.toml").write_text(_PROJECT, encoding="utf-8")
    (tmp_path / "backend.py").write_text(_BACKEND, encoding="utf-8")
    (tmp_path / "small.py").write_text("print('it works')\n", encoding="utf-8")
    (tmp_path / "requirements.lock").write_text("", encoding="utf-8")
    return tmp_path


async def _start(folder: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *("scripts/python.sh", "requirements.lock"),
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "PYTHON": sys._base_executable},  # type: ignore[attr-defined]
        stderr=asyncio.subprocess.PIPE,
    )


async def _ended(*processes: asyncio.subprocess.Process) -> list[tuple[int | None, str]]:
    said = await asyncio.gather(*(process.communicate() for process in processes))
    return [(process.returncode, err.decode()) for process, (_, err) in zip(processes, said, strict=True)]


async def _works(folder: Path) -> bool:
    process = await asyncio.create_subprocess_exec(
        *(folder / ".venv/bin/python", "-m", "small"), stdout=asyncio.subprocess.PIPE
    )
    return (await process.communicate())[0] == b"it works\n"


async def test_starts_at_once_in_one_folder_install_once_and_all_go_on(folder: Path) -> None:
    ended = await _ended(*[await _start(folder) for _ in range(3)])
    assert [code for code, _ in ended] == [0, 0, 0], ended
    assert sum("installing the locked dependencies" in said for _, said in ended) == 1
    assert (folder / "builds").read_text(encoding="utf-8") == "built\n"
    assert await _works(folder)
    assert await _ended(await _start(folder)) == [(0, "")]


async def test_a_start_that_is_killed_half_way_locks_nobody_out(folder: Path) -> None:
    first = await _start(folder)
    assert first.stderr is not None
    assert b"installing" in await first.stderr.readline()
    first.kill()
    await first.wait()
    assert not (folder / ".venv/installed").exists()
    [(code, said)] = await _ended(await _start(folder))
    assert code == 0, said
    assert await _works(folder)
