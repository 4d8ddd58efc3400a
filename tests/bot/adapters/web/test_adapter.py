"""The adapter as a whole: the contract, its start and its end."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from hashlib import sha256

import httpx
import pytest
from httpx_sse import aconnect_sse
from websockets.asyncio.client import connect

from bot.domain.errors import OperatorError
from bot.domain.events import RemoteFile
from bot.domain.participants import Hint, ThreadRef
from bot.domain.posts import AgentPost
from bot.ports import ChatAdapter
from tests.contracts.chat_adapter import Attach, ChatAdapterContract, forget
from tests.fakes.web_harness import WebHarness, adapter, serving, settings


class TestWebAdapter(ChatAdapterContract):
    @pytest.fixture
    def adapter(self, harness: WebHarness) -> ChatAdapter:
        return adapter(harness, settings(harness.folder), lambda url: None)

    @pytest.fixture
    def thread(self) -> ThreadRef:
        return ThreadRef("web", "", "page", "t1")

    @pytest.fixture
    def attach(self, harness: WebHarness) -> Attach:
        async def attach(data: bytes) -> RemoteFile:
            uploads = harness.folder / "uploads"
            uploads.mkdir(exist_ok=True)
            digest = sha256(data).hexdigest()
            (uploads / digest).write_bytes(data)
            return RemoteFile("data.csv", len(data), digest)

        return attach


async def test_it_ends_within_a_second_with_open_streams(harness: WebHarness) -> None:
    session = harness.open("Stream")
    async with httpx.AsyncClient(timeout=10) as http, serving(harness) as served:
        socket_url = served.url.replace("http", "ws") + "/_nicegui_ws/socket.io/?EIO=4&transport=websocket"
        stream = aconnect_sse(http, "GET", f"{served.url}/api/sessions/{session}/events")
        async with connect(socket_url) as opened, stream as source:
            await opened.recv()
            events = source.aiter_sse()
            await anext(events)
            began = time.monotonic()
            served.task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await served.task
            assert time.monotonic() - began < 1.2
            assert [event async for event in events] == []


async def test_it_serves_again_after_it_has_ended(harness: WebHarness) -> None:
    session = harness.open("Twice")
    async with httpx.AsyncClient() as http:
        for _ in range(2):
            async with serving(harness) as served:
                page = await http.get(f"{served.url}/s/{session}")
                assert (page.status_code, "Twice" in page.text) == (200, True)
            with pytest.raises(httpx.ConnectError):
                await http.get(served.url)


async def test_a_taken_port_is_the_operators_to_mend(harness: WebHarness) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        web = adapter(harness, settings(harness.folder, roundtable_web_port=port))
        with pytest.raises(OperatorError, match=f"Port {port} .* is taken.*ROUNDTABLE_WEB_PORT"):
            await web.run(harness.intake)


async def test_an_address_of_another_machine_is_the_operators_to_mend(harness: WebHarness) -> None:
    web = adapter(
        harness, settings(harness.folder, roundtable_web_host="192.0.2.1", roundtable_api_token="x" * 20)
    )
    with pytest.raises(OperatorError, match=r"ROUNDTABLE_WEB_HOST=192\.0\.2\.1 is no address of this machine"):
        await web.run(harness.intake)


def test_an_open_address_without_a_token_is_refused(harness: WebHarness) -> None:
    with pytest.raises(OperatorError, match="ROUNDTABLE_API_TOKEN"):
        adapter(harness, settings(harness.folder, roundtable_web_host="0.0.0.0"))


async def test_a_page_holds_neither_the_token_nor_a_foreign_address(harness: WebHarness) -> None:
    token = "a token that nobody guesses"
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        serving(harness, roundtable_api_token=token) as served,
        httpx.AsyncClient(base_url=served.url) as http,
    ):
        page = (await http.get("/", headers=headers)).text
        assert "What should the team work out?" in page
        assert token not in page
        assert "https://" not in page
        assert (await http.get("/static/roundtable.js")).status_code == 401


async def test_what_is_nowhere_gets_a_page_or_a_sentence(harness: WebHarness) -> None:
    async with serving(harness) as served, httpx.AsyncClient(base_url=served.url) as http:
        page, answer = await http.get("/nowhere"), await http.get("/api/nowhere")
        assert (page.status_code, answer.status_code) == (404, 404)
        assert "There is nothing here" in page.text
        assert answer.json() == {"detail": "There is nothing at this address."}


async def test_delivering_and_hints_wake_who_watches_the_session(harness: WebHarness) -> None:
    session = harness.open("Watch")
    thread = harness.tables[session].view.thread
    web = adapter(harness, settings(harness.folder))
    with harness.changes.watch(session) as woken:
        (part,) = web.render(session, thread, "p1", AgentPost("coder", "Hi"))
        await web.deliver(thread, part, forget)
        assert woken.is_set()
        woken.clear()
        await web.hint(thread, Hint("coder"))
        assert woken.is_set()
        woken.clear()
        await web.hint(thread, Hint("coder"))
        assert not woken.is_set()


async def test_uploads_of_a_killed_process_are_removed_at_start(harness: WebHarness) -> None:
    left, kept = (harness.folder / "uploads" / name for name in (".incoming-abc", "0" * 64))
    for folder in (left, kept):
        folder.mkdir(parents=True)
    async with serving(harness):
        assert os.listdir(harness.folder / "uploads") == [kept.name]  # noqa: PTH208
