"""The attach stream of one container, brought onto the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections import deque
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from bot.sandbox.frames import BadFrame, DockerStream, Replies, Reply

logger = logging.getLogger(__name__)

_PATIENCE = 60.0
_READ_AHEAD = 32
_STDOUT = 1
_COMPLAINTS = 20_000
"""Bytes that a driver may write to its stderr: the log is the operator's disk."""


class Lost(Exception):
    """The container is gone or not trusted: it must be discarded."""


class RawSocket(Protocol):
    """What docker-py's streams over unix sockets, TCP, TLS and SSH have in common."""

    def recv(self, size: int, /) -> bytes: ...
    def sendall(self, data: bytes, /) -> None: ...
    def settimeout(self, seconds: float | None, /) -> None: ...
    def shutdown(self, how: int, /) -> None: ...
    def close(self) -> None: ...


class AttachStream:
    """Replies of a driver in, frames out.

    asyncio cannot read docker-py's TLS and SSH streams, so one thread reads, and stops reading when the loop is
    `_READ_AHEAD` replies behind; another thread, started when it is needed, writes.
    """

    def __init__(self, socket: RawSocket, name: str) -> None:
        socket.settimeout(_PATIENCE)  # a socket with a timeout can be read and written at once even over TLS
        self._socket = socket
        self._name = name
        self._loop = asyncio.get_running_loop()
        self._replies: deque[Reply] = deque()
        self._room = threading.Semaphore(_READ_AHEAD)
        self._news = asyncio.Event()
        self._end: str | None = None
        self._closed = False
        self._writer = ThreadPoolExecutor(1, thread_name_prefix=f"to-{name}")
        threading.Thread(target=self._read, name=f"from-{name}", daemon=True).start()

    @property
    def lost(self) -> bool:
        """Whether the stream has ended."""
        return self._end is not None

    async def receive(self) -> Reply:
        """The next reply; raises Lost when there will be none."""
        while not self._replies:
            if self._end is not None:
                raise Lost(self._end)
            self._news.clear()
            await self._news.wait()
        self._room.release()
        return self._replies.popleft()

    async def send(self, frames: Iterable[bytes]) -> None:
        """Write frames, which are made in the writing thread; raises Lost."""
        try:
            await self._loop.run_in_executor(self._writer, self._write, frames)
        except OSError as error:
            raise Lost(f"writing failed: {error}") from error
        except RuntimeError as error:
            raise Lost("the channel is closed") from error

    def close(self) -> None:
        """End the stream now; both threads end soon after. Never blocks."""
        if self._closed:
            return
        self._closed = True
        self._ended("closed")
        self._room.release()
        with contextlib.suppress(OSError):
            self._socket.shutdown(2)
        self._writer.shutdown(wait=False, cancel_futures=True)

    def _write(self, frames: Iterable[bytes]) -> None:
        for frame in frames:
            self._socket.sendall(frame)

    def _read(self) -> None:
        try:
            reason = self._read_to_the_end()
        except (OSError, BadFrame) as error:
            reason = f"{type(error).__name__}: {error}"
        with contextlib.suppress(OSError):
            self._socket.close()
        with contextlib.suppress(RuntimeError):  # the loop may be gone
            self._loop.call_soon_threadsafe(self._ended, reason)

    def _read_to_the_end(self) -> str:
        stream, replies, complaints = DockerStream(), Replies(), 0
        while not self._closed:
            try:
                data = self._socket.recv(1 << 16)
            except TimeoutError:
                continue
            if not data:
                return "the stream ended"
            for number, piece in stream.feed(data):
                if number == _STDOUT:
                    self._hand_over(replies.feed(piece))
                    continue
                complaints += len(piece)
                if complaints > _COMPLAINTS:
                    raise BadFrame("too much on stderr")
                logger.warning("sandbox %s says: %r", self._name, piece[:2000])
        return "closed"

    def _hand_over(self, replies: Iterable[Reply]) -> None:
        for reply in replies:
            self._room.acquire()
            if self._closed:
                return
            self._loop.call_soon_threadsafe(self._arrived, reply)

    def _arrived(self, reply: Reply) -> None:
        self._replies.append(reply)
        self._news.set()

    def _ended(self, reason: str) -> None:
        if self._end is None:
            self._end = reason
        self._news.set()
