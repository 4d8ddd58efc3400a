"""A real `roundtable` process, as a person or a script meets it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from bot.domain import json_codec
from bot.domain.events import Message, Stop
from bot.domain.posts import Post, SummaryPost
from bot.domain.views import Entry, SessionView

ROOT = Path(__file__).parents[2]
_SERVED = re.compile(r"Roundtable is at (http://\S+)")
_UNDER_TEST = "ROUNDTABLE_SANDBOX_IMAGE"
_OURS = ("ROUNDTABLE_", "OPENAI_", "ANTHROPIC_", "AZURE_", "OLLAMA_", "SLACK_", "DISCORD_")


def environment(work_dir: Path, more: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process that knows only these settings."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(_OURS) or key == _UNDER_TEST}
    ours = {
        "ROUNDTABLE_WORK_DIR": str(work_dir),
        "ROUNDTABLE_WEB_PORT": "0",
        "ROUNDTABLE_SANDBOX_POOL": "0",
        "ROUNDTABLE_PRICES": "openai/scripted=1/2",
        "OLLAMA_HOST": "127.0.0.1:9",
        "COLUMNS": "100",
        "PYTHONUNBUFFERED": "1",
    }
    return kept | ours | dict(more)


class Roundtable:
    """`roundtable up`, and a client of its API."""

    def __init__(self, process: asyncio.subprocess.Process, url: str) -> None:
        self.process = process
        self.url = url
        self.http = httpx.AsyncClient(base_url=url, timeout=60, trust_env=False)
        self.said: list[str] = []
        self._heard = 0

    async def says(self, text: str) -> None:
        """Returns once a line has this text, below what was waited for before."""
        while True:
            for number in range(self._heard, len(self.said)):
                if text in self.said[number]:
                    self._heard = number + 1
                    return
            assert self.process.returncode is None, f"it ended without {text!r}: {self.said}"
            await asyncio.sleep(0.02)

    async def ready(self) -> None:
        """Returns when everything that is slow to start is there: a sandbox was tried, AutoGen is imported."""
        while (await self.http.get("/readyz")).status_code != 200:  # noqa: ASYNC110  nothing tells
            await asyncio.sleep(0.1)

    async def start(self, task: str, files: Mapping[str, bytes] | None = None, team: str = "") -> str:
        """Start a session over REST."""
        data = {"task": task} | ({"team": team} if team else {})
        attached = [("files", item) for item in (files or {}).items()]
        body: dict[str, Any] = {"data": data, "files": attached} if attached else {"json": data}
        answer = await self.http.post("/api/sessions", **body)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    async def reply(self, session: str, text: str) -> None:
        """Say something in a session."""
        answer = await self.http.post(f"/api/sessions/{session}/messages", json={"text": text})
        assert answer.status_code == 202, answer.text

    async def stop(self, session: str) -> None:
        """Stop a session."""
        answer = await self.http.post(f"/api/sessions/{session}/stop")
        assert answer.status_code == 202, answer.text

    async def view(self, session: str) -> SessionView:
        """The session as it stands."""
        answer = await self.http.get(f"/api/sessions/{session}")
        return json_codec.session.validate_json(answer.content)

    async def thread(self, session: str, after: int = 0) -> AsyncGenerator[Entry, None]:
        """The thread's lines as they come."""
        path = f"/api/sessions/{session}/events"
        async with self.http.stream("GET", path, params={"after": after}) as stream:
            kind = ""
            async for line in stream.aiter_lines():
                if line.startswith("event: "):
                    kind = line.removeprefix("event: ")
                elif line.startswith("data: ") and kind not in ("session", "hint", "card"):
                    yield json_codec.entry.validate_json(line.removeprefix("data: "))

    async def until(self, session: str, kind: type[Post | Message | Stop], after: int = 0) -> list[Entry]:
        """The thread up to the first line of a kind past `after`."""
        lines = []
        async with contextlib.aclosing(self.thread(session)) as thread:
            async for entry in thread:
                lines.append(entry)
                if isinstance(entry.item, kind) and entry.seq > after:
                    return lines
        raise AssertionError(f"the stream ended without a {kind.__name__}: {lines}")

    async def ended(self, session: str, after: int = 0) -> list[Entry]:
        """The whole thread, once the session has ended."""
        return await self.until(session, SummaryPost, after)

    async def kill(self) -> None:
        """SIGKILL, as a crash."""
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()

    async def interrupt(self) -> int:
        """SIGINT, as Ctrl-C does; returns the exit code."""
        self.process.send_signal(signal.SIGINT)
        return await self.process.wait()

    async def terminate(self) -> int:
        """SIGTERM, as a service manager does; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return await self.process.wait()


@asynccontextmanager
async def up(
    work_dir: Path, root: Path = ROOT, program: Sequence[str] = ("bot",), /, **settings: str
) -> AsyncIterator[Roundtable]:
    """A running `roundtable up` of the code in a folder; killed at the end when it still runs.

    `program` is another module that does the same, and what comes before `up` in its arguments.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", *program, "up"),
        cwd=root,
        env=environment(work_dir, settings),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    said: list[str] = []
    try:
        while line := (await process.stdout.readline()).decode():
            said.append(line)
            if found := _SERVED.search(line):
                break
        else:
            raise AssertionError(f"roundtable up ended: {''.join(said)}")
        roundtable = Roundtable(process, found[1])
        roundtable.said = said
        listener = asyncio.create_task(_listen(process.stdout, said))
        try:
            yield roundtable
        finally:
            await roundtable.http.aclose()
            if process.returncode is None:
                await roundtable.kill()
            await listener
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _listen(stream: asyncio.StreamReader, said: list[str]) -> None:
    while line := await stream.readline():
        said.append(line.decode(errors="replace"))


async def command(work_dir: Path, *arguments: str, stdin: bytes = b"", **settings: str) -> tuple[int, str, str]:
    """Run `roundtable ARGUMENTS` to its end; returns exit code, stdout, stderr."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", *arguments),
        cwd=ROOT,
        env=environment(work_dir, settings),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate(stdin)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()
