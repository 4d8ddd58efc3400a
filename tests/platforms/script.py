"""What a played model provider says next: replies and faults, queued by the test, over any provider's wire."""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias

from tests.platforms.wire import Exchange, Request, serve

JSON = {"content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class Say:
    """The model answers. `usage`: prompt and completion tokens reported, None when the provider reports none.

    `cached`: of the prompt, the tokens read from a cache and those written to it, where the provider tells.
    `every`: seconds before each piece of a streamed answer.
    """

    text: str
    usage: tuple[int, int] | None = (100, 20)
    finish: str = "stop"
    cached: tuple[int, int] = (0, 0)
    every: float = 0.0


@dataclass(frozen=True, slots=True)
class Fail:
    """The provider answers with an error in its own format."""

    status: int
    message: str = "scripted failure"
    code: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cut:
    """The connection is closed: before any answer, after its head, or in the middle of its body."""

    at: Literal["start", "head", "body"] = "start"


@dataclass(frozen=True, slots=True)
class Garbage:
    """HTTP 200 with a body that is no answer."""

    body: bytes = b'{"id": "chatcmpl-1", "choices": [{"mess'
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Raw:
    """The provider sends these bytes, whatever they are, in chunks `every` so many seconds.

    `end`: the answer is finished, its connection is cut, or the last chunk comes again and again.
    """

    chunks: tuple[bytes, ...]
    content_type: str = "text/event-stream"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    end: Literal["finish", "cut", "endless"] = "finish"
    every: float = 0.0


class Hold:
    """The provider is slow: it holds its answer until `release` is called or the client is gone.

    With `after`, a streamed answer stops after so many pieces; else nothing at all is sent.
    """

    def __init__(self, say: Say | None = None, after: int = 0) -> None:
        self.say = say or Say("at last")
        self.after = after
        self.arrived = asyncio.Event()
        self.gone = asyncio.Event()
        self.gone_at: float | None = None
        self._released = asyncio.Event()

    def release(self) -> None:
        """Let the answer go."""
        self._released.set()

    async def wait(self, exchange: Exchange) -> bool:
        """Whether the answer may go on; False when the client has closed the connection."""
        self.arrived.set()
        released = asyncio.create_task(self._released.wait())
        gone = asyncio.create_task(exchange.client_gone())
        try:
            await asyncio.wait((released, gone), return_when=asyncio.FIRST_COMPLETED)
        finally:
            released.cancel()
            gone.cancel()
            await asyncio.wait((released, gone))
        if self._released.is_set():
            return True
        self.gone_at = time.monotonic()
        self.gone.set()
        return False


Reply: TypeAlias = Say | Fail | Cut | Garbage | Raw | Hold


class Dialect(Protocol):
    """How one provider's API words things."""

    @property
    def stream_type(self) -> str: ...

    def refuses(self, request: Request) -> Fail | None:
        """What is wrong with a request, as the real API would see it."""

    def listing(self, request: Request) -> Mapping[str, Any] | None:
        """The answer to a request that is not for a model's answer."""

    def streams(self, request: Request) -> bool:
        """Whether the answer is to come in pieces."""

    def error(self, fail: Fail) -> Any: ...

    def whole(self, say: Say, request: Request) -> Mapping[str, Any]: ...

    def pieces(self, say: Say, request: Request) -> Sequence[bytes]: ...


class Script:
    """A played provider: where it is, what it was asked, what it will say. An empty script is HTTP 418."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.requests: list[Request] = []
        self._peers: set[object] = set()
        self.calls: list[Any] = []
        self._queue: deque[Reply] = deque()
        self._answer: Callable[[Any], str | Reply] | None = None

    @property
    def connections(self) -> int:
        """How many there were."""
        return len(self._peers)

    def came(self, exchange: Exchange) -> None:
        """Note a request."""
        self.requests.append(exchange.request)
        self._peers.add(exchange.peer)

    def say(self, *texts: str) -> None:
        """Answer the next calls with these texts, in order."""
        self.add(*(Say(text) for text in texts))

    def add(self, *replies: Reply) -> None:
        """Answer the next calls with these replies, in order."""
        self._queue.extend(replies)

    def hold(self, text: str = "at last", after: int = 0) -> Hold:
        """Hold the next answer; returns what releases it and sees the client go."""
        hold = Hold(Say(text), after)
        self.add(hold)
        return hold

    def answer(self, function: Callable[[Any], str | Reply]) -> None:
        """Answer every call for which nothing is queued by a function of the request's JSON."""
        self._answer = function

    def next(self, call: Any) -> Reply:
        """The reply to this call."""
        self.calls.append(call)
        if self._queue:
            return self._queue.popleft()
        if self._answer is None:
            return Fail(418, "the script has no more replies")
        reply = self._answer(call)
        return Say(reply) if isinstance(reply, str) else reply


@asynccontextmanager
async def played(dialect: Dialect, port: int = 0) -> AsyncIterator[Script]:
    """A provider that speaks this dialect; what it says is up to the script."""
    script = Script("")

    async def handle(exchange: Exchange) -> None:
        request = exchange.request
        script.came(exchange)
        if fail := dialect.refuses(request):
            await _perform(fail, dialect, exchange)
        elif (listing := dialect.listing(request)) is not None:
            await exchange.reply(200, json.dumps(listing).encode(), JSON)
        else:
            await _perform(script.next(request.json()), dialect, exchange)

    async with serve(handle, port) as script.url:
        yield script


async def _perform(reply: Reply, dialect: Dialect, exchange: Exchange) -> None:
    match reply:
        case Say():
            await _say(reply, dialect, exchange)
        case Fail():
            body = json.dumps(dialect.error(reply)).encode()
            await exchange.reply(reply.status, body, {**JSON, **reply.headers})
        case Cut():
            await _cut(reply, dialect, exchange)
        case Garbage():
            await exchange.reply(200, reply.body, {"content-type": reply.content_type})
        case Raw():
            await _raw(reply, exchange)
        case Hold(after=0):
            if await reply.wait(exchange):
                await _say(reply.say, dialect, exchange)
        case Hold():
            await _say(reply.say, dialect, exchange, reply)


async def _say(say: Say, dialect: Dialect, exchange: Exchange, hold: Hold | None = None) -> None:
    if not dialect.streams(exchange.request):
        await exchange.reply(200, json.dumps(dialect.whole(say, exchange.request)).encode(), JSON)
        return
    await exchange.stream(200, {"content-type": dialect.stream_type})
    for number, piece in enumerate(dialect.pieces(say, exchange.request)):
        if hold and number == hold.after and not await hold.wait(exchange):
            return
        await asyncio.sleep(say.every)
        await exchange.chunk(piece)
    await exchange.finish()


async def _raw(raw: Raw, exchange: Exchange) -> None:
    await exchange.stream(raw.status, {"content-type": raw.content_type, **raw.headers})
    for chunk in raw.chunks:
        await asyncio.sleep(raw.every)
        await exchange.chunk(chunk)
    while raw.end == "endless":
        await asyncio.sleep(raw.every)
        await exchange.chunk(raw.chunks[-1])
    if raw.end == "cut":
        await exchange.cut()
    else:
        await exchange.finish()


async def _cut(cut: Cut, dialect: Dialect, exchange: Exchange) -> None:
    say = Say("this answer never ends")
    if cut.at != "start" and dialect.streams(exchange.request):
        await exchange.stream(200, {"content-type": dialect.stream_type})
        pieces = dialect.pieces(say, exchange.request)
        for piece in pieces[: len(pieces) // 2] if cut.at == "body" else ():
            await exchange.chunk(piece)
    elif cut.at != "start":
        body = json.dumps(dialect.whole(say, exchange.request)).encode()
        await exchange.promise(200, len(body), JSON)
        await exchange.raw(body[: len(body) // 2] if cut.at == "body" else b"")
    await exchange.cut()


def split(text: str, size: int = 8) -> list[str]:
    """A text in the pieces in which a streamed answer brings it."""
    return [text[at : at + size] for at in range(0, len(text), size)]
