"""Slack calls us instead of holding a socket: the same conversation, and only Slack can have one."""

from __future__ import annotations

import asyncio
import io
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp

from bot.adapters.web import server
from tests.bot.adapters.slack.harness import SlackHarness, harness
from tests.fakes.team import asks, finished
from tests.platforms.slack import Workspace
from tests.platforms.slack.delivery import Requests, form, signed
from tests.platforms.slack.state import SECRET


@asynccontextmanager
async def over_http(it: SlackHarness) -> AsyncIterator[str]:
    """The endpoint on a port of its own."""
    sock = server.bind("127.0.0.1", 0)
    started, url = asyncio.Event(), f"{server.address(sock, '127.0.0.1')}/slack/events"

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await it.adapter.endpoint(scope, receive, send)

    serving = asyncio.create_task(server.serve(app, sock, started.set, asyncio.Event()))
    await started.wait()
    try:
        yield url
    finally:
        await it.workspace.close()
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving
        sock.close()


def by_http(workspace: Workspace) -> None:
    workspace.way = Requests("")


async def test_over_http_the_same_conversation_works(tmp_path: Path) -> None:
    async with harness(tmp_path, asks("Which?"), finished(), http=True, spoil=by_http) as it, over_http(it) as url:
        slack = it.workspace
        requests = Requests(url)
        slack.way = requests
        task = await slack.says("U1", "@roundtable plot")
        await slack.reply_in(task, containing="Which?")
        listed = await slack.commands("U1", "/roundtable sessions")
        assert "plot" in str(listed.blocks)
        await slack.says("U2", "both", thread=task)
        await it.ended(task)
        message = await slack.says("U1", "and this?")
        await slack.runs_shortcut("U1", "run_on_message", message)
        await slack.reply_in(message, containing="Which?")
        await it.rest()
        assert (requests.log.lost, requests.log.retries) == ([], 0)


async def test_over_http_only_slack_is_listened_to(tmp_path: Path) -> None:
    async with harness(tmp_path, http=True, spoil=by_http) as it, over_http(it) as url:
        event = it.workspace.envelope(
            {"type": "app_mention", "user": "U1", "text": "hi", "ts": "1.0", "channel": "C1"}
        )
        body, kind = form("events_api", event)
        now = int(time.time())
        async with aiohttp.ClientSession() as http:
            for headers in (
                {},
                signed(body, "guessed", now),
                signed(body, SECRET, now - 600),
                signed("x", SECRET, now),
            ):
                async with http.post(url, data=body, headers=headers | {"Content-Type": kind}) as answer:
                    assert answer.status == 401
            async with http.get(url) as answer:
                assert answer.status == 405
            async with http.post(url, data=io.BytesIO(b"x" * 1_100_000)) as answer:
                assert answer.status == 413
            hello = '{"type": "url_verification", "challenge": "c4"}'
            headers = signed(hello, SECRET, now) | {"Content-Type": "application/json"}
            async with http.post(url, data=hello, headers=headers) as answer:
                assert (answer.status, await answer.json()) == (200, {"challenge": "c4"})
            checked = "ssl_check=1&token=x"
            headers = signed(checked, SECRET, now) | {"Content-Type": "application/x-www-form-urlencoded"}
            async with http.post(url, data=checked, headers=headers) as answer:
                assert (answer.status, await answer.text()) == (200, "")
        assert it.events == []


async def test_over_http_the_answer_waits_for_the_transaction(tmp_path: Path) -> None:
    async with harness(tmp_path, finished(), http=True, spoil=by_http) as it, over_http(it) as url:
        requests = Requests(url)
        it.workspace.way = requests
        other = sqlite3.connect(tmp_path / "stage.sqlite", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        task = await it.workspace.says("U1", "@roundtable plot")
        await it.workspace.until(lambda: True if it.workspace.calls("users.info") else None)
        await asyncio.sleep(0.3)
        assert requests.log.acks == []
        other.execute("ROLLBACK")
        other.close()
        await it.ended(task)
        await it.rest()
        assert requests.log.acks
