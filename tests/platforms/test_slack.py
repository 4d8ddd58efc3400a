"""The server that plays Slack, as Slack's own SDK sees it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.platforms import slack
from tests.platforms.slack import Fail, Lost, Slow, Status, Workspace
from tests.platforms.slack.delivery import Requests
from tests.platforms.slack.state import APP_TOKEN, BOT_TOKEN


@pytest.fixture
async def workspace() -> AsyncIterator[Workspace]:
    async with slack.play() as workspace:
        yield workspace


@pytest.fixture
def client(workspace: Workspace) -> AsyncWebClient:
    return AsyncWebClient(BOT_TOKEN, base_url=workspace.url, retry_handlers=[])


class Ear:
    """A socket that hears envelopes and acknowledges what it is told to."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def hear(self) -> dict[str, Any]:
        message: dict[str, Any] = await self.socket.receive_json()
        return message

    async def ack(self, envelope: dict[str, Any], payload: dict[str, Any] | None = None) -> None:
        answer = {"envelope_id": envelope["envelope_id"]} | ({"payload": payload} if payload else {})
        await self.socket.send_json(answer)


@asynccontextmanager
async def listening(client: AsyncWebClient) -> AsyncIterator[Ear]:
    answer = await client.apps_connections_open(app_token=APP_TOKEN)
    async with aiohttp.ClientSession() as http, http.ws_connect(str(answer["url"])) as socket:
        assert (await socket.receive_json())["type"] == "hello"
        yield Ear(socket)


async def test_messages_have_growing_timestamps_and_threads(workspace: Workspace, client: AsyncWebClient) -> None:
    root = await workspace.says("U1", "hello")
    metadata = {"event_type": "part", "event_payload": {"id": "p1"}}
    reply = await client.chat_postMessage(channel="C1", text="hi", thread_ts=root.ts, metadata=metadata)
    assert root.ts < str(reply["ts"])
    read = await client.conversations_replies(channel="C1", ts=root.ts, include_all_metadata=True, limit=1)
    assert [message["text"] for message in read["messages"]] == ["hello"]
    cursor = read["response_metadata"]["next_cursor"]
    rest = await client.conversations_replies(channel="C1", ts=root.ts, include_all_metadata=True, cursor=cursor)
    assert rest["messages"][0]["metadata"] == metadata
    plain = await client.conversations_replies(channel="C1", ts=root.ts, oldest=root.ts)
    assert all("metadata" not in message for message in plain["messages"])


async def test_a_mention_is_two_events_repeated_until_acknowledged(
    workspace: Workspace, client: AsyncWebClient
) -> None:
    workspace.sockets.ack_time = 0.2
    async with listening(client) as ear:
        await workspace.says("U1", "@roundtable hello", files=[("a.csv", b"1")])
        first, second, again = await ear.hear(), await ear.hear(), await ear.hear()
        events = [envelope["payload"]["event"] for envelope in (first, second)]
        assert {event["type"] for event in events} == {"app_mention", "message"}
        assert first["payload"]["event_id"] != second["payload"]["event_id"]
        assert again["retry_attempt"] == 1
        assert again["payload"]["event_id"] in (first["payload"]["event_id"], second["payload"]["event_id"])
        for envelope in (again, await ear.hear()):
            await ear.ack(envelope)
        await workspace.settled()
    assert workspace.sockets.log.lost == []


async def test_a_refresh_asks_for_a_new_socket(workspace: Workspace, client: AsyncWebClient) -> None:
    async with listening(client) as old:
        refreshing = asyncio.create_task(workspace.sockets.refresh())
        assert (await old.hear())["reason"] == "refresh_requested"
        async with listening(client) as new:
            await refreshing
            await workspace.says("U1", "hello")
            await new.ack(await new.hear())
            await workspace.settled()


async def test_clicks_and_commands_are_answered_by_the_app(workspace: Workspace, client: AsyncWebClient) -> None:
    button = {
        "type": "button",
        "action_id": "stop",
        "value": "s1",
        "text": {"type": "plain_text", "text": "Stop"},
    }
    blocks = [{"type": "actions", "elements": [button]}]
    posted = await client.chat_postMessage(channel="C1", text="x", blocks=blocks)
    message = workspace.world.messages["C1"][str(posted["ts"])]
    async with listening(client) as ear:
        click = asyncio.create_task(workspace.clicks("U1", "Stop", message))
        envelope = await ear.hear()
        assert envelope["payload"]["actions"][0]["value"] == "s1"
        await ear.ack(envelope)
        assert await click == {}
        command = asyncio.create_task(workspace.commands("U1", "/roundtable help"))
        await ear.ack(await ear.hear(), {"text": "Here is help."})
        assert (await command).text == "Here is help."


async def test_an_upload_shows_in_the_thread_late_or_never(workspace: Workspace, client: AsyncWebClient) -> None:
    root = await workspace.says("U1", "files please")
    workspace.state.share_delay = 0.05
    await client.files_upload_v2(
        file_uploads=[{"content": "x", "filename": "x.txt"}, {"content": "yy", "filename": "y.txt"}],
        channel="C1",
        thread_ts=root.ts,
    )
    assert workspace.replies_in(root) == []
    reply = await workspace.reply_in(root, containing="y.txt")
    assert [file.data for file in reply.files] == [b"x", b"yy"]
    shares = (await client.files_info(file=reply.files[0].id))["file"]["shares"]["public"]["C1"]
    assert shares == [{"ts": reply.ts, "thread_ts": root.ts}]
    workspace.state.drop_shares = 1
    await client.files_upload_v2(content="z", filename="z.txt", channel="C1", thread_ts=root.ts)
    assert len(workspace.replies_in(root)) == 1
    with pytest.raises(SlackApiError, match="invalid_arguments"):
        await client.files_getUploadURLExternal(filename="empty", length=0)


async def test_downloads_want_the_token_and_the_scope(workspace: Workspace) -> None:
    file = workspace.file("a.csv", b"1,2")
    url = file.shown(workspace.state.url)["url_private_download"]
    async with aiohttp.ClientSession() as http:
        async with http.get(url, headers={"Authorization": f"Bearer {BOT_TOKEN}"}) as answer:
            assert await answer.read() == b"1,2"
        async with http.get(url) as answer:
            assert (answer.status, answer.content_type) == (200, "text/html")


async def test_faults_meet_the_next_calls_in_order(workspace: Workspace, client: AsyncWebClient) -> None:
    slow = Slow()
    workspace.fault("chat.postMessage", Fail("fatal_error"), Status(429, 7), Status(503), Lost(True), slow)
    with pytest.raises(SlackApiError, match="fatal_error"):
        await client.chat_postMessage(channel="C1", text="1")
    with pytest.raises(SlackApiError) as limited:
        await client.chat_postMessage(channel="C1", text="2")
    assert limited.value.response.headers["Retry-After"] == "7"
    with pytest.raises(SlackApiError):
        await client.chat_postMessage(channel="C1", text="3")
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel="C1", text="4")
    last = asyncio.create_task(client.chat_postMessage(channel="C1", text="5"))
    await slow.arrived.wait()
    assert [message.text for message in workspace.world.messages["C1"].values()] == ["4"]
    slow.released.set()
    await last


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        (lambda w: w.state.scopes.discard("chat:write"), "missing_scope"),
        (lambda w: w.world.channels["C1"].members.discard("U0BOT"), "not_in_channel"),
        (lambda w: setattr(w.world.channels["C1"], "archived", True), "is_archived"),
        (lambda w: w.world.channels.pop("C1"), "channel_not_found"),
        (lambda w: setattr(w.state, "revoked", "token_revoked"), "token_revoked"),
    ],
)
async def test_what_a_workspace_refuses_has_its_name(
    workspace: Workspace, client: AsyncWebClient, spoil: Any, error: str
) -> None:
    spoil(workspace)
    with pytest.raises(SlackApiError, match=error):
        await client.chat_postMessage(channel="C1", text="hello")


@pytest.mark.parametrize(
    ("blocks", "error"),
    [
        ([{"type": "divider"}] * 51, "invalid_blocks"),
        ([{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}], "invalid_blocks"),
        ([{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2900}}] * 5, "msg_blocks_too_long"),
        ([{"type": "rich_text", "elements": [{"type": "unknown"}]}], "invalid_blocks"),
    ],
)
async def test_blocks_beyond_the_limits_are_refused(
    client: AsyncWebClient, blocks: list[dict[str, Any]], error: str
) -> None:
    with pytest.raises(SlackApiError, match=error):
        await client.chat_postMessage(channel="C1", text="x", blocks=blocks)


async def test_a_trigger_opens_one_view_in_time(workspace: Workspace, client: AsyncWebClient) -> None:
    trigger = workspace.state.trigger("U1")
    await client.views_open(trigger_id=trigger, view=form())
    with pytest.raises(SlackApiError, match="exchanged_trigger_id"):
        await client.views_open(trigger_id=trigger, view=form())
    with pytest.raises(SlackApiError, match="invalid_trigger_id"):
        await client.views_open(trigger_id="1.2.3", view=form())
    workspace.state.trigger_life = 0
    late = workspace.state.trigger("U1")
    with pytest.raises(SlackApiError, match="expired_trigger_id"):
        await client.views_open(trigger_id=late, view=form())


def form(**element: Any) -> dict[str, Any]:
    """A modal with one field."""
    field = {"type": "plain_text_input", "action_id": "a"} | element
    label = {"type": "plain_text", "text": "What?"}
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": "Hi"},
        "submit": {"type": "plain_text", "text": "Send"},
        "blocks": [{"type": "input", "block_id": "b", "label": label, "element": field}],
    }


@pytest.mark.parametrize(
    "view",
    [
        form(initial_value="x" * 3001),
        form(max_length=3001),
        form(max_length=2, initial_value="xxx"),
        form() | {"title": {"type": "plain_text", "text": "x" * 25}},
        form() | {"private_metadata": "x" * 3001},
        {name: value for name, value in form().items() if name != "submit"},
    ],
)
async def test_a_form_beyond_the_limits_is_refused(
    workspace: Workspace, client: AsyncWebClient, view: dict[str, Any]
) -> None:
    with pytest.raises(SlackApiError, match="invalid_arguments"):
        await client.views_open(trigger_id=workspace.state.trigger("U1"), view=view)


async def test_a_form_is_sent_and_stays_open_while_it_has_errors(
    workspace: Workspace, client: AsyncWebClient
) -> None:
    async with listening(client) as ear:
        await client.views_open(trigger_id=workspace.state.trigger("U1"), view=form() | {"private_metadata": "m"})
        open_form = await workspace.form_of("U1")
        for answer, left in (({"response_action": "errors", "errors": {"b": "No."}}, 1), ({}, 0)):
            sending = asyncio.create_task(workspace.sends(open_form, "text"))
            envelope = await ear.hear()
            view = envelope["payload"]["view"]
            assert envelope["payload"]["type"] == "view_submission"
            assert (view["id"], view["private_metadata"]) == (open_form.id, "m")
            assert view["state"]["values"]["b"]["a"]["value"] == "text"
            await ear.ack(envelope, answer)
            assert await sending == answer
            assert len(workspace.state.modals) == left


async def test_over_http_events_are_signed_and_sent_again(workspace: Workspace) -> None:
    heard: list[dict[str, Any]] = []

    async def take(request: web.Request) -> web.Response:
        heard.append(json.loads(await request.text()) | {"retry": request.headers.get("X-Slack-Retry-Num")})
        assert request.headers["X-Slack-Signature"].startswith("v0=")
        return web.Response(status=200 if len(heard) > 1 else 500)

    app = web.Application()
    app.router.add_post("/slack/events", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    workspace.way = Requests(f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events")
    await workspace.says("U1", "hello")
    await workspace.settled()
    await runner.cleanup()
    assert [event["retry"] for event in heard] == [None, "1"]
    assert heard[0]["event_id"] == heard[1]["event_id"]
