"""A session of another process, followed over its API."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.adapters.console.feed import News
from bot.adapters.console.rest_feed import RestFeed
from bot.domain import json_codec
from bot.domain.errors import BadInput, OperatorError
from bot.domain.participants import Hint
from bot.domain.posts import AgentPost
from bot.domain.views import Entry, FileView
from bot.domain.workspace_files import Artifact
from tests.bot.adapters.web.conftest import serve_api
from tests.fakes.web_harness import WebHarness
from tests.platforms.wire import Exchange, serve

ONE, TWO = Entry(1, 1.0, AgentPost("coder", "one")), Entry(2, 2.0, AgentPost("coder", "two"))
ARTIFACT = Artifact("a.csv", "d", 1, "text/csv")
JSON = {"content-type": "application/json"}


def _event(entry: Entry, newline: str = "\n") -> str:
    lines = [f"id: {entry.seq}", "event: agent", f"data: {json_codec.to_json(json_codec.entry, entry)}", "", ""]
    return newline.join(lines)


@dataclass
class Plays:
    """A server that streams these pieces, and then ends the stream as it should, or cuts it."""

    pieces: Sequence[str]
    cuts: bool = False
    knows_session: bool = True

    async def answer(self, exchange: Exchange) -> None:
        if not exchange.request.path.endswith("/events"):
            status, body = (200, b"{}") if self.knows_session else (404, b'{"detail": "There is no session s1."}')
            await exchange.reply(status, body, JSON)
            return
        await exchange.stream(200, {"content-type": "text/event-stream"})
        for piece in self.pieces:
            await exchange.chunk(piece.encode())
        if self.cuts:
            await exchange.cut()
        else:
            await exchange.finish()


async def _followed(plays: Plays) -> tuple[list[News], str]:
    """Everything that a played stream tells, and the sentence in which following it ends."""
    news: list[News] = []
    async with serve(plays.answer) as url, RestFeed(url, "") as feed:
        with pytest.raises((OperatorError, BadInput)) as ended:
            async with aclosing(feed.news("s1")) as stream:
                async for item in stream:
                    news.append(item)
    return news, str(ended.value)


@asynccontextmanager
async def _real(harness: WebHarness, keep_alive: float) -> AsyncIterator[RestFeed]:
    context = replace(harness.context(), keep_alive=keep_alive)
    async with serve_api(context) as http, RestFeed(str(http.base_url), "") as feed:
        yield feed


async def test_a_sign_of_life_from_the_server_is_no_news(tmp_path: Path) -> None:
    harness = WebHarness(tmp_path)
    session = harness.open("Stream")
    harness.say(session, AgentPost("coder", "one"))
    async with asyncio.timeout(10), _real(harness, keep_alive=0.02) as feed, aclosing(feed.news(session)) as news:
        assert isinstance(first := await anext(news), Entry)
        assert first.item == ONE.item
        assert await anext(news) == harness.tables[session].view
        # Long enough for the server to say so several times.
        asyncio.get_running_loop().call_later(0.3, harness.say, session, AgentPost("coder", "two"))
        assert isinstance(second := await anext(news), Entry)
        assert second.item == TWO.item


async def test_deleting_a_session_that_is_followed_gives_a_sentence(tmp_path: Path) -> None:
    harness = WebHarness(tmp_path)
    session = harness.open("Stream")
    async with asyncio.timeout(10), _real(harness, keep_alive=15) as feed, aclosing(feed.news(session)) as news:
        await anext(news)
        del harness.tables[session]
        harness.changes.tell(session)
        with pytest.raises(BadInput, match="There is no such session"):
            await anext(news)


@pytest.mark.parametrize(
    "pieces",
    [
        (_event(ONE), _event(TWO)),
        (_event(ONE), ": still here\n\n", ":\n\n", _event(TWO)),
        (_event(ONE, "\r\n"), ": still here\r\n\r\n", _event(TWO, "\r\n")),
        (_event(ONE, "\r"), ": still here\r\r", _event(TWO, "\r")),
        (
            _event(ONE),
            "id: 7\n\n",
            "event: agent\n\n",
            "retry: 9\n\n",
            "data\n\n",
            "data:\n\n",
            "\n\n",
            _event(TWO),
        ),
        (_event(ONE), "unknown: x\nid: 2\ndata: ", _event(TWO).split("data: ")[1]),
        tuple(_event(ONE) + ": here\n\n" + _event(TWO)),
        tuple(_event(ONE, "\r\n") + ": here\r\n\r\n" + _event(TWO, "\r\n")),
    ],
    ids=["plain", "comments", "crlf", "cr", "no-data", "no-kind", "byte-by-byte", "crlf-byte-by-byte"],
)
async def test_what_a_stream_tells_is_read_by_the_standard(pieces: Sequence[str]) -> None:
    news, _ = await _followed(Plays(pieces))
    assert news == [ONE, TWO]


async def test_data_of_several_lines_is_one_event() -> None:
    lines = ["event: hint", "data: {", 'data:  "agent": "coder",', 'data:  "doing": "writes"', "data: }", "", ""]
    assert (await _followed(Plays(["\n".join(lines)])))[0] == [Hint("coder", "writes")]


@pytest.mark.parametrize("cuts", [True, False])
async def test_an_event_that_is_cut_off_is_not_told(cuts: bool) -> None:
    news, sentence = await _followed(Plays([_event(ONE), _event(TWO)[:-1]], cuts))
    assert news == [ONE]
    assert "went away; the session continues when it is back" in sentence


async def test_a_stream_that_ends_without_its_session_says_so() -> None:
    news, sentence = await _followed(Plays([_event(ONE)], knows_session=False))
    assert (news, sentence) == ([ONE], "There is no session s1.")


async def test_a_server_gone_when_files_are_fetched_gives_a_sentence() -> None:
    async with serve(Plays(()).answer) as url:
        pass
    async with RestFeed(url, "") as feed:
        with pytest.raises(OperatorError, match="does not answer"):
            await feed.files("s1")
        with pytest.raises(OperatorError, match="does not answer"):
            await feed.read("s1", FileView(ARTIFACT, 1, attached=False))
