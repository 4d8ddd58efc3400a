"""HTTP to model servers: an answer is read in pieces, within bounds, and its connection closed at every end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx

LARGEST = 1_000_000
"""Bytes of text in an answer."""

_LARGEST_BODY = 8 * LARGEST
"""Bytes on the wire: in a stream every few characters have an envelope of their own."""
_LARGEST_ERROR = 64_000
_CONNECT = 10.0
"""Seconds for a connection to be made."""
_DRAIN = 0.2
_STREAMS = ("text/event-stream", "application/x-ndjson", "application/stream+json", "application/jsonl")


class ErrorStatus(Exception):
    """The server answered with a status that is no success; `body` is its JSON, or its text."""

    def __init__(self, status: int, body: Any, headers: Mapping[str, str]) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.body = body
        self.headers = headers


class Unreadable(Exception):
    """The server answered with something that is no answer of a model."""


class AnswerTooLarge(Exception):
    """The answer is larger than any should be."""


class TooLong(Exception):
    """The request is longer than what the model reads, and the server would not say so."""


class BrokenOff(Exception):
    """The answer ended in the middle; the message is what the server said about it, "" for nothing."""


FAULTS = (httpx.HTTPError, httpx.InvalidURL, UnicodeEncodeError, ErrorStatus, Unreadable, AnswerTooLarge)
"""The errors of a request whose answer is optional."""


class StreamedReply:
    """A server's answer with a status of success, its body still to be read."""

    def __init__(self, response: httpx.Response) -> None:
        self._type = str(response.headers.get("content-type", ""))
        self._chunks = _bounded(response, _LARGEST_BODY)

    @property
    def streamed(self) -> bool:
        """Whether it comes in pieces, as was asked; some servers send it whole all the same."""
        return self._type.startswith(_STREAMS)

    async def whole(self) -> Any:
        """The body as JSON; raises Unreadable."""
        return parse(b"".join([chunk async for chunk in self._chunks]))

    async def lines(self) -> AsyncIterator[bytes]:
        """The body line by line, without the blank ones."""
        rest = b""
        async for chunk in self._chunks:
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                if line.strip():
                    yield line.strip()
        if rest.strip():
            yield rest.strip()

    async def events(self) -> AsyncIterator[Any]:
        """The data of server-sent events as JSON, and None for [DONE]; comments are left out."""
        async for line in self.lines():
            field, _, value = line.partition(b":")
            if field == b"data":
                yield None if value.strip() == b"[DONE]" else parse(value)

    async def messages(self) -> AsyncIterator[Any]:
        """Each line as JSON."""
        async for line in self.lines():
            yield parse(line)

    async def drain(self) -> None:
        """Read what little there is after an answer's end, so that its connection can be used again."""
        with suppress(TimeoutError, AnswerTooLarge, httpx.HTTPError):
            async with asyncio.timeout(_DRAIN):
                async for _ in self._chunks:
                    pass


class HttpStream:
    """Connections to one server; `silence` is for how many seconds it may say nothing."""

    def __init__(self, base: str, headers: Mapping[str, str], silence: float) -> None:
        self.base = base.rstrip("/")
        # What is not packed cannot be a small body that unpacks to gigabytes.
        self._headers = {"accept-encoding": "identity", "user-agent": "roundtable", **headers}
        self._http = httpx.AsyncClient(timeout=httpx.Timeout(silence, connect=_CONNECT))

    @asynccontextmanager
    async def post(self, path: str, body: Mapping[str, Any]) -> AsyncIterator[StreamedReply]:
        """Send JSON, and read what comes; raises ServerSaidNo, Unreadable, TooLarge and what httpx raises."""
        content = json.dumps(body, ensure_ascii=False).encode()
        headers = {**self._headers, "content-type": "application/json"}
        request = self._http.build_request("POST", self.base + path, content=content, headers=headers)
        async with _closing(await self._http.send(request, stream=True)) as response:
            await _check(response)
            reply = StreamedReply(response)
            yield reply
            await reply.drain()

    async def get(self, path: str, seconds: float) -> Any:
        """The JSON at a path; raises what `post` raises."""
        request = self._http.build_request("GET", self.base + path, headers=self._headers, timeout=seconds)
        async with _closing(await self._http.send(request, stream=True)) as response:
            await _check(response)
            return await StreamedReply(response).whole()

    async def close(self) -> None:
        await self._http.aclose()


def parse(data: bytes) -> Any:
    """JSON as a server sent it; raises Unreadable."""
    try:
        return json.loads(data.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise Unreadable from None


@asynccontextmanager
async def _closing(response: httpx.Response) -> AsyncIterator[httpx.Response]:
    try:
        yield response
    finally:
        await response.aclose()


async def _check(response: httpx.Response) -> None:
    if not response.is_success:
        raise ErrorStatus(response.status_code, await _error(response), response.headers)
    if response.headers.get("content-encoding", "identity") != "identity":
        raise Unreadable


async def _error(response: httpx.Response) -> Any:
    """What a server says about an error, as far as it can be read."""
    if response.headers.get("content-encoding", "identity") != "identity":
        return ""
    body = b""
    try:
        async for chunk in _bounded(response, _LARGEST_ERROR):
            body += chunk
    except (AnswerTooLarge, httpx.HTTPError):
        pass  # the status is known, and says enough
    try:
        return parse(body)
    except Unreadable:
        text = body.decode("utf-8", "replace").strip()
        return "" if text.startswith("<") else text


async def _bounded(response: httpx.Response, most: int) -> AsyncIterator[bytes]:
    read = 0
    async for chunk in response.aiter_raw():
        read += len(chunk)
        if read > most:
            raise AnswerTooLarge
        yield chunk
