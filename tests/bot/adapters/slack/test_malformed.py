"""What Slack never sends is refused without an error in the log, and everything else goes on."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.bot.adapters.slack.harness import harness
from tests.bot.adapters.slack.test_http import by_http, over_http
from tests.fakes.team import finished
from tests.platforms.slack.delivery import signed
from tests.platforms.slack.state import SECRET

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
BODIES = [
    (JSON, "{half"),
    (JSON, "[]"),
    (JSON, "null"),
    (JSON, '{"user": 3}'),
    (JSON, '{"authorizations": "x"}'),
    (JSON, '{"a":' * 20_000),
    (FORM, "payload=%7Bhalf"),
    (FORM, "payload=%5B%5D"),
    (FORM, ""),
]


@pytest.mark.parametrize(("kind", "body"), BODIES)
async def test_over_http_junk_is_refused_without_an_error(
    tmp_path: Path, kind: str, body: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        harness(tmp_path, http=True, spoil=by_http) as it,
        over_http(it) as url,
        aiohttp.ClientSession() as http,
    ):
        statuses = []
        for headers in ({}, signed(body, SECRET, int(time.time()))):
            async with http.post(url, data=body, headers=headers | {"Content-Type": kind}) as answer:
                statuses.append(answer.status)
        assert statuses[0] == 401
        assert statuses[1] in (200, 400)
        assert it.events == []
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


@pytest.mark.parametrize("at", ["soon", "", "1e400", "-1", "9" * 30])
async def test_over_http_a_malformed_time_is_refused(
    tmp_path: Path, at: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        harness(tmp_path, http=True, spoil=by_http) as it,
        over_http(it) as url,
        aiohttp.ClientSession() as http,
    ):
        headers = signed("{}", SECRET, int(time.time())) | {"X-Slack-Request-Timestamp": at, "Content-Type": JSON}
        async with http.post(url, data="{}", headers=headers) as answer:
            assert answer.status == 401
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


@pytest.mark.parametrize("shift", [-301, 301])
async def test_over_http_a_request_off_by_five_minutes_is_refused(tmp_path: Path, shift: int) -> None:
    async with (
        harness(tmp_path, http=True, spoil=by_http) as it,
        over_http(it) as url,
        aiohttp.ClientSession() as http,
    ):
        hello = '{"type": "url_verification", "challenge": "c4"}'
        for late, status in ((0, 200), (shift, 401)):
            headers = signed(hello, SECRET, int(time.time()) + late) | {"Content-Type": JSON}
            async with http.post(url, data=hello, headers=headers) as answer:
                assert answer.status == status


@pytest.mark.parametrize(
    "payload", ["x", 1, ["x"], {"user": 3}, {"authorizations": "x"}, {"message": "x", "channel": 3}], ids=str
)
async def test_over_a_socket_junk_is_acknowledged_and_it_stays_open(tmp_path: Path, payload: Any) -> None:
    async with harness(tmp_path, finished()) as it:
        it.workspace._send("events_api", payload)
        await it.workspace.settled()
        assert it.workspace.sockets.log.lost == []
        await it.ended(await it.workspace.says("U1", "@roundtable plot"))
        assert it.workspace.sockets.opened == 1
