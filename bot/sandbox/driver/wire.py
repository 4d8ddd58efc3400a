"""Frames over two file descriptors."""

from __future__ import annotations

import json
import os
import select
import time
from typing import Any

CHUNK = 128 * 1024
BUSY_AFTER = 1.0
"""Seconds without a word, after which the bot is told that its answer is being made."""


class FrameWire:
    """The driver's end of the attach stream."""

    def __init__(self, incoming: int, outgoing: int) -> None:
        self.incoming = incoming
        self.outgoing = outgoing
        self.spoke = time.monotonic()

    def waits_for_us(self, seconds: float) -> bool:
        """Whether a request is there, or comes within so many seconds."""
        return bool(select.select([self.incoming], [], [], seconds)[0])

    def request(self) -> dict[str, Any]:
        request: dict[str, Any] = json.loads(self.frame())
        self.spoke = time.monotonic()
        return request

    def frame(self) -> bytes:
        """The body of the next frame."""
        length = int.from_bytes(self._exactly(4), "big")
        return self._exactly(length)[1:]

    def _exactly(self, count: int) -> bytes:
        parts = []
        while count:
            part = os.read(self.incoming, min(count, 1 << 20))
            if not part:
                os._exit(0)  # the bot is gone, and with PID 1 goes every process in here
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def reply(self, kind: str, **fields: object) -> None:
        self._write(b"J", json.dumps({"kind": kind, **fields}).encode())

    def busy(self) -> None:
        """Called again and again by what takes long: tells the bot from time to time that it goes on."""
        if time.monotonic() - self.spoke > BUSY_AFTER:
            self.reply("busy")

    def data(self, chunk: bytes) -> None:
        self._write(b"D", chunk)

    def _write(self, kind: bytes, body: bytes) -> None:
        frame = memoryview((len(body) + 1).to_bytes(4, "big") + kind + body)
        while frame:
            frame = frame[os.write(self.outgoing, frame) :]
        self.spoke = time.monotonic()
