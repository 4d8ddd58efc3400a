"""`roundtable run` at a real terminal: keys come through a pty."""

from __future__ import annotations

import asyncio
import os
import pty
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.e2e.process import ROOT, environment
from tests.platforms import openai
from tests.platforms.script import Fail, Script

CTRL_C = b"\x03"


class Tty:
    """A process at a terminal of its own."""

    def __init__(self, process: asyncio.subprocess.Process, screen: asyncio.StreamReader, keys: int) -> None:
        self.process = process
        self.shown = ""
        self._read_up_to = 0
        self._screen = screen
        self._keys = keys

    def press(self, keys: bytes) -> None:
        """What a person types."""
        os.write(self._keys, keys)

    async def shows(self, text: str) -> None:
        """Returns once the text is on the screen, below what was waited for before."""
        while (at := self.shown.find(text, self._read_up_to)) < 0:
            more = await self._screen.read(4096)
            assert more, f"it ended without {text!r}: {self.shown}"
            self.shown += more.decode(errors="replace")
        self._read_up_to = at + len(text)

    async def end(self) -> int:
        """The exit code."""
        while True:
            try:
                more = await self._screen.read(4096)
            except OSError:  # what a pty says when nobody is at its other side any more
                break
            if not more:
                break
            self.shown += more.decode(errors="replace")
        return await self.process.wait()


@asynccontextmanager
async def at_a_terminal(work_dir: Path, *arguments: str, **settings: str) -> AsyncIterator[Tty]:
    """`roundtable ARGUMENTS` with a pty as its controlling terminal; killed at the end when it still runs."""
    ours, theirs = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *("setsid", "--ctty", "--wait", sys.executable, "-m", "bot", *arguments),
        cwd=ROOT,
        env=environment(work_dir, settings),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    screen = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(screen), os.fdopen(ours, "rb", buffering=0)
    )
    try:
        yield Tty(process, screen, ours)
    finally:
        transport.close()
        if process.returncode is None:
            process.kill()
            await process.wait()


def _settings(provider: Script) -> dict[str, str]:
    return {
        "ROUNDTABLE_MODEL": "openai/scripted",
        "OPENAI_API_KEY": "sk-test",
        "OPENAI_BASE_URL": f"{provider.url}/v1",
    }


async def test_ctrl_c_at_a_question_stops_the_session_and_leaves(tmp_path: Path) -> None:
    async with openai.play() as provider:
        provider.say("ASK: Which year?")
        async with at_a_terminal(tmp_path, "run", "Plot the sales", **_settings(provider)) as tty:
            await tty.shows("Your answer")
            tty.press(CTRL_C)
            assert await tty.end() == 1
    assert "Stopping the session" in tty.shown
    assert "Stopped by" in tty.shown
    assert "Continue with: roundtable run --session" in tty.shown
    assert "Fatal" not in tty.shown
    assert "Traceback" not in tty.shown
    assert tty.shown.count("Your answer") == 1


async def test_an_answer_typed_at_a_question_is_heard(tmp_path: Path) -> None:
    async with openai.play() as provider:
        provider.say("ASK: Which year?")
        provider.say("That was a good year.\n\nTERMINATE")
        async with at_a_terminal(tmp_path, "run", "Plot the sales", **_settings(provider)) as tty:
            await tty.shows("Your answer")
            tty.press(b"1998\r")
            assert await tty.end() == 0
    assert "That was a good year." in tty.shown
    assert "1998" in str(provider.calls[-1]["messages"])


async def test_enter_alone_leaves_the_question_for_later(tmp_path: Path) -> None:
    async with openai.play() as provider:
        provider.say("ASK: Which year?")
        async with at_a_terminal(tmp_path, "run", "Plot the sales", **_settings(provider)) as tty:
            await tty.shows("Your answer")
            tty.press(b"\r")
            assert await tty.end() == 3
    assert "Stopped" not in tty.shown


async def test_a_terminal_waits_for_a_model_that_does_not_answer_until_ctrl_c(tmp_path: Path) -> None:
    async with openai.play() as provider:
        provider.add(Fail(503, "overloaded", headers={"retry-after": "600"}))
        async with at_a_terminal(tmp_path, "run", "Plot the sales", **_settings(provider)) as tty:
            await tty.shows("on hold until then; Ctrl-C stops it")
            tty.press(CTRL_C)
            assert await tty.end() == 1
    assert "does not answer now" in tty.shown
    assert "Stopped by" in tty.shown
    assert tty.shown.count("on hold until then") == 1


async def test_an_aside_typed_at_a_question_is_not_sent_and_the_question_stays(tmp_path: Path) -> None:
    async with openai.play() as provider:
        provider.say("ASK: Which year?")
        async with at_a_terminal(tmp_path, "run", "Plot the sales", **_settings(provider)) as tty:
            await tty.shows("Your answer")
            tty.press(b"aside: no idea\r")
            await tty.shows("Not sent")
            await tty.shows("Your answer")
            tty.press(b"\r")
            assert await tty.end() == 3
    assert len(provider.calls) == 1
