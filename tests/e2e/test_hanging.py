"""A process in which something hangs: a stop acts in it, and it ends in time when it is told to."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.domain.posts import SummaryPost
from tests.e2e import hanging
from tests.e2e.process import ROOT, Roundtable, environment, up
from tests.platforms import openai

MODEL = {
    "ROUNDTABLE_MODEL": "openai/scripted",
    "OPENAI_API_KEY": "sk-test",
    "OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
    "ROUNDTABLE_SESSIONS_AT_ONCE": "1",
}
PROMISED = 10.0
"""Seconds in which a process that is told to end has ended."""


@asynccontextmanager
async def hangs(work_dir: Path, how: str) -> AsyncIterator[tuple[Roundtable, str]]:
    """A running process with a session whose model call hangs."""
    async with up(work_dir, ROOT, (hanging.__name__, how), **MODEL) as roundtable:
        session = await roundtable.start("Go")
        await roundtable.says(hanging.HANGS)
        yield roundtable, session


async def _ends(roundtable: Roundtable) -> int:
    async with asyncio.timeout(PROMISED):
        return await roundtable.terminate()


@pytest.mark.parametrize("how", ["deaf", "blocking"])
async def test_sigterm_ends_the_process_in_time_and_nothing_is_lost(tmp_path: Path, how: str) -> None:
    async with hangs(tmp_path, how) as (roundtable, session):
        assert await _ends(roundtable) == 0
    async with openai.play() as provider:
        provider.say("Done.\n\nTERMINATE")
        async with up(tmp_path, **MODEL | {"OPENAI_BASE_URL": f"{provider.url}/v1"}) as roundtable:
            (*_, entry) = await roundtable.ended(session)
    assert isinstance(entry.item, SummaryPost)
    assert entry.item.outcome == "finished"


async def test_a_stop_ends_the_session_and_its_place_is_free(tmp_path: Path) -> None:
    async with hangs(tmp_path, "deaf") as (roundtable, session):
        await roundtable.stop(session)
        (*_, entry) = await roundtable.ended(session)
        assert isinstance(entry.item, SummaryPost)
        assert entry.item.outcome == "stopped"
        answer = await roundtable.http.delete(f"/api/sessions/{session}")
        assert answer.status_code == 204
        other = await roundtable.start("Another")
        await roundtable.says(hanging.HANGS)
        assert (await roundtable.http.delete(f"/api/sessions/{other}")).status_code == 204
        assert await _ends(roundtable) == 0


@pytest.mark.parametrize(
    ("number", "code", "said"),
    [(signal.SIGTERM, 143, "Continue with: roundtable run --session"), (signal.SIGINT, 1, "Stopped by")],
    ids=["SIGTERM", "SIGINT"],
)
async def test_a_session_in_the_terminal(tmp_path: Path, number: signal.Signals, code: int, said: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", hanging.__name__, "deaf", "run", "Go"),
        cwd=ROOT,
        env=environment(tmp_path, MODEL),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        while hanging.HANGS not in (line := (await process.stdout.readline()).decode()):
            assert line, "it ended before"
        process.send_signal(number)
        async with asyncio.timeout(PROMISED):
            shown, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == code
    assert said in shown.decode()
