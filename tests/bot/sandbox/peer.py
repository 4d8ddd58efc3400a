"""Plays the driver at the other end of a container's stream, as honest or hostile as a test wants it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from typing import Any

from bot.sandbox.attach_stream import AttachStream
from bot.sandbox.container import Container
from bot.sandbox.limits import Limits

LIMITS = Limits(memory_mb=1024, output=1000, files=3, each=1000, total=2000)
USED = {"cpu_ms": 10, "memory": 100_000_000, "printed": 5, "disk": 4096, "inodes": 3, "held": 0}
RAN = {
    "kind": "ran",
    "exit_code": 0,
    "ended": "itself",
    "oom_kills": 0,
    "full": False,
    "clean": False,
    "variables": "kept",
    "named": False,
    "used": USED,
}

LISTED = {"kind": "listed", "more_left_out": 0, "more_strays": 0, "emptied": False}


class Peer:
    """The driver's end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def heard(self) -> dict[str, Any]:
        """The next request, without the data that follows a put."""
        kind, body = await self.frame()
        assert kind == b"J"
        request: dict[str, Any] = json.loads(body)
        return request

    async def frame(self) -> tuple[bytes, bytes]:
        length = int.from_bytes(await self.reader.readexactly(4), "big")
        frame = await self.reader.readexactly(length)
        return frame[:1], frame[1:]

    def say(self, message: object) -> None:
        self.raw(framed(b"J", json.dumps(message).encode()))

    def data(self, chunk: bytes) -> None:
        self.raw(framed(b"D", chunk))

    def raw(self, payload: bytes) -> None:
        """Bytes on the driver's stdout, as docker wraps them."""
        self.writer.write(bytes([1, 0, 0, 0]) + len(payload).to_bytes(4, "big") + payload)

    def hang_up(self) -> None:
        self.writer.close()

    async def closed(self) -> None:
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()

    async def answer_puts(self, count: int) -> dict[str, bytes]:
        """Take so many files in, as an honest driver does."""
        files = {}
        for _ in range(count):
            request = await self.heard()
            assert request["do"] == "put"
            content = b""
            while len(content) < request["size"]:
                content += (await self.frame())[1]
            files[request["path"].encode("latin-1").decode()] = content
            self.say({"kind": "stored"})
        return files


def framed(kind: bytes, body: bytes) -> bytes:
    return (len(body) + 1).to_bytes(4, "big") + kind + body


async def connected(grace: float = 10.0, limits: Limits = LIMITS) -> tuple[Container, Peer]:
    """A box, and its driver's end."""
    ours, theirs = socket.socketpair()
    try:
        reader, writer = await asyncio.open_connection(sock=theirs)
    except asyncio.CancelledError:
        ours.close()
        theirs.close()
        raise
    return Container("box", AttachStream(ours, "box"), limits, grace), Peer(reader, writer)
