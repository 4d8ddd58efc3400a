"""Every command of the README and the pages it leads to, as a new user gives them: in order, in a fresh clone."""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from tests.e2e.process import ROOT, environment

RUN = ("README.md", *(f"docs/{page}.md" for page in ("models", "slack", "rest", "files", "operations")))
NOT_RUN = {
    "CONTRIBUTING.md": "it is this test, among others",
    "docs/evaluate.md": "its folders and models are examples; tests/e2e/test_evaluate.py has the command",
}
START = "./start.sh"
ADDRESS = "http://127.0.0.1:8080"
_SERVED = re.compile(r"Roundtable is at (http://\S+)")
_SESSION = re.compile(r'"id":"(s\w+)"')


def commands(page: str) -> list[str]:
    """The lines of a page's shell blocks."""
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line]


def test_no_page_with_commands_is_left_out() -> None:
    pages = [path.relative_to(ROOT).as_posix() for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"))]
    assert {page for page in pages if commands(page)} == {*RUN, *NOT_RUN}


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


@asynccontextmanager
async def _started(folder: Path, settings: dict[str, str]) -> AsyncIterator[str]:
    """The address of a Roundtable that was started by the first command, and that ends well."""
    process = await asyncio.create_subprocess_exec(
        *("bash", "-c", f"exec {START}"),
        cwd=folder,
        env=settings,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    said: list[str] = []
    try:
        async for line in process.stdout:
            said.append(line.decode())
            if served := _SERVED.search(said[-1]):
                break
        else:
            raise AssertionError("".join(said))
        reading = asyncio.create_task(process.stdout.read())
        yield served[1]
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()
    said.append((await reading).decode())
    assert process.returncode == 0, "".join(said)


async def _at_rest(url: str, session: str) -> None:
    """Wait until a session rests, so that what comes next does not depend on how fast this machine is."""
    async with httpx.AsyncClient(base_url=url, timeout=None, trust_env=False) as client:
        answer = await client.get(f"/api/sessions/{session}/events", params={"until": "ended"})
        assert answer.is_success


@pytest.mark.docker
@pytest.mark.timeout(3600)
async def test_every_command_works_in_a_fresh_clone(tmp_path: Path) -> None:
    settings = environment(tmp_path / "work", {"CI": "true"})
    await _shell(f"git clone --quiet {ROOT} roundtable", tmp_path, settings)
    folder = tmp_path / "roundtable"
    lines = list(dict.fromkeys(line for page in RUN for line in commands(page)))
    assert lines[0] == START
    async with _started(folder, settings) as url:
        for line in lines[1:]:
            strict = line.replace(ADDRESS, url).replace("curl ", "curl --fail-with-body ")
            said = await _shell(strict, folder, settings)
            if line.startswith("curl") and (found := _SESSION.search(said)):
                settings["ID"] = found[1]
                await _at_rest(url, found[1])
    assert list((folder / "charts").glob("*.png"))
    assert (folder / "roundtable-session.ipynb").exists()
    assert (folder / ".env").stat().st_mode & 0o077 == 0
