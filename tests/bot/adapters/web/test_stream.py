"""A session as server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from httpx_sse import ServerSentEvent, aconnect_sse

from bot.domain import json_codec
from bot.domain.participants import Hint
from bot.domain.posts import AgentPost, SummaryPost
from tests.bot.adapters.web.conftest import serve_api
from tests.fakes.web_harness import WebHarness


@asynccontextmanager
async def following(
    http: httpx.AsyncClient, session: str, query: str = "", headers: dict[str, str] | None = None
) -> AsyncIterator[AsyncIterator[ServerSentEvent]]:
    """An open stream; whatever does not come within five seconds fails."""
    address = f"/api/sessions/{session}/events{query}"
    async with asyncio.timeout(5), aconnect_sse(http, "GET", address, headers=headers or {}) as source:
        yield source.aiter_sse()


async def test_entries_come_in_order_with_their_seq(http: httpx.AsyncClient, harness: WebHarness) -> None:
    session = harness.open("Stream")
    harness.say(session, AgentPost("coder", "one"))
    async with following(http, session) as events:
        first, state = await anext(events), await anext(events)
        assert (first.id, first.event) == ("1", "agent")
        assert json_codec.entry.validate_json(first.data) == harness.tables[session].entries[0]
        assert (state.event, json.loads(state.data)["status"]) == ("session", "running")
        harness.say(session, AgentPost("coder", "two"))
        second = await anext(events)
        assert (second.id, json.loads(second.data)["item"]["text"]) == ("2", "two")


async def test_last_event_id_goes_on_where_it_broke_off(http: httpx.AsyncClient, harness: WebHarness) -> None:
    session = harness.open("Stream")
    for number in range(1200):
        harness.say(session, AgentPost("coder", str(number)))
    for query, headers in (("?after=600", {}), ("", {"Last-Event-ID": "600"})):
        async with following(http, session, query, headers) as events:
            ids = [int((await anext(events)).id) for _ in range(600)]
        assert ids == list(range(601, 1201))


async def test_bad_resumption_gets_a_sentence(http: httpx.AsyncClient, harness: WebHarness) -> None:
    session = harness.open("Stream")
    for query, headers in (("?after=-1", {}), ("?until=never", {}), ("", {"Last-Event-ID": "x"})):
        answer = await http.get(f"/api/sessions/{session}/events{query}", headers=headers)
        assert answer.status_code == 400
        assert answer.json()["detail"].endswith(".")


async def test_until_ended_closes_after_everything_was_sent(http: httpx.AsyncClient, harness: WebHarness) -> None:
    session = harness.open("Stream")
    async with following(http, session, "?until=ended") as events:
        await anext(events)
        harness.say(session, SummaryPost("finished", "Done.", 1, 1, 1, 0.0))
        harness.set(session, status="ended", outcome="finished")
        rest = [event async for event in events]
    assert "summary" in [event.event for event in rest]
    assert json.loads(rest[-1].data)["status"] == "ended"


async def test_who_is_at_work_is_told_without_an_id(harness: WebHarness) -> None:
    context = harness.context()
    session = harness.open("Stream")
    thread = harness.tables[session].view.thread
    async with serve_api(context) as http, following(http, session) as events:
        assert (await anext(events)).event == "session"
        context.at_work.show(thread, Hint("coder", "writes"))
        hint = await anext(events)
        assert (hint.event, hint.id) == ("hint", "")
        shown = json.loads(hint.data)
        assert shown == {"agent": "coder", "doing": "writes", "seconds": shown["seconds"]}
        assert shown["seconds"] >= 0
        context.at_work.show(thread, Hint(""))
        assert json.loads((await anext(events)).data)["agent"] == ""
