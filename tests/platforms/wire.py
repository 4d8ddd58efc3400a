"""A small HTTP/1.1 server on a loopback port, for servers that play a platform and misbehave on purpose."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came; header names are in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Exchange:
    """One request and the means to answer it, to answer half of it, or not at all."""

    def __init__(self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.request = request
        self._reader = reader
        self._writer = writer

    @property
    def peer(self) -> object:
        """The other end of the connection."""
        return self._writer.get_extra_info("peername")

    async def reply(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        """A whole answer."""
        await self.promise(status, len(body), headers)
        await self._send(body)

    async def promise(self, status: int, length: int, headers: Mapping[str, str]) -> None:
        """The head of an answer whose body will be `length` bytes."""
        await self._head(status, {**headers, "content-length": str(length)})

    async def stream(self, status: int, headers: Mapping[str, str]) -> None:
        """The head of an answer that comes in chunks, up to `finish`."""
        await self._head(status, {**headers, "transfer-encoding": "chunked"})

    async def chunk(self, data: bytes) -> None:
        """The next piece of a streamed answer."""
        await self._send(b"%x\r\n%b\r\n" % (len(data), data))

    async def finish(self) -> None:
        """The end of a streamed answer."""
        await self._send(b"0\r\n\r\n")

    async def raw(self, data: bytes) -> None:
        """Bytes of a promised body."""
        await self._send(data)

    async def cut(self) -> None:
        """Close the connection under the client."""
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()

    async def client_gone(self) -> None:
        """Returns when the client has closed the connection."""
        with suppress(ConnectionError):
            while await self._reader.read(1):
                pass

    @property
    def cut_off(self) -> bool:
        return self._writer.is_closing()

    async def _head(self, status: int, headers: Mapping[str, str]) -> None:
        lines = [f"HTTP/1.1 {status} {_phrase(status)}", *(f"{name}: {value}" for name, value in headers.items())]
        await self._send(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))

    async def _send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()


Handler: TypeAlias = Callable[[Exchange], Awaitable[None]]


@asynccontextmanager
async def serve(handler: Handler, port: int = 0) -> AsyncIterator[str]:
    """Answers requests with `handler`, yields the server's URL, and raises at the end what the handler raised."""
    connections: set[asyncio.Task[None]] = set()
    errors: list[Exception] = []

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _converse(handler, reader, writer)
        except ConnectionError:
            pass
        except Exception as error:
            errors.append(error)
        finally:
            writer.close()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(converse(reader, writer))
        connections.add(task)
        task.add_done_callback(connections.discard)

    server = await asyncio.start_server(connected, "127.0.0.1", port)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
        await server.wait_closed()
    if errors:
        raise ExceptionGroup("the played server has a fault of its own", errors)


async def _converse(handler: Handler, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while request := await _read(reader):
        exchange = Exchange(request, reader, writer)
        await handler(exchange)
        if exchange.cut_off:
            return


async def _read(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.rstrip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    url = urlsplit(target)
    return Request(method, url.path, dict(parse_qsl(url.query)), headers, body)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
