"""Every command of the README, as a new user would give it: in a fresh clone, one after the other."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
from pathlib import Path

import pytest

from tests.e2e.process import ROOT, environment

pytestmark = pytest.mark.docker

TESTED_BY_BEING_RUN = "./test.sh"


def commands() -> list[str]:
    """The lines of the README's shell blocks."""
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line]


async def _shell(line: str, folder: Path, settings: dict[str, str]) -> str:
    process = await asyncio.create_subprocess_exec(
        *("bash", "-c", line),
        cwd=folder,
        env=settings,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, f"{line}\n{said.decode()}"
    return said.decode()


async def _served(process: asyncio.subprocess.Process) -> None:
    assert process.stdout is not None
    said = []
    async for line in process.stdout:
        said.append(line.decode())
        if "Roundtable is at http" in said[-1]:
            return
    raise AssertionError("".join(said))


@pytest.mark.timeout(900)
async def test_every_command_of_the_readme_works_in_a_fresh_clone(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    settings = environment(tmp_path / "work", {"ROUNDTABLE_WEB_PORT": port, "CI": "true"})
    clone, start, *rest = commands()
    await _shell(clone.replace("REPOSITORY", str(ROOT)), tmp_path, settings)
    folder = tmp_path / "roundtable"
    process = await asyncio.create_subprocess_exec(
        *("bash", "-c", f"exec {start}"),
        cwd=folder,
        env=settings,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        await _served(process)
        for command in rest:
            if command == TESTED_BY_BEING_RUN:
                continue
            said = await _shell(command.replace("8080", port), folder, settings)
            if found := re.search(r'"id":"(s\w+)"', said):
                settings["ID"] = found[1]
    finally:
        os.kill(process.pid, signal.SIGTERM)
        await process.communicate()
    assert process.returncode == 0
    assert list((folder / "charts").glob("*.png"))
    assert (folder / ".env").stat().st_mode & 0o077 == 0
