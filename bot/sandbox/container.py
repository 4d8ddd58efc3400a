"""One started container, and the exchange with the driver in it, which is not trusted."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from bot.sandbox import frames
from bot.sandbox.attach_stream import AttachStream, Lost
from bot.sandbox.disk_names import raw_path
from bot.sandbox.frames import (
    BusyReply,
    DataReply,
    DoneReply,
    DriverGone,
    FilesReply,
    Hello,
    LeftOutReply,
    ListedReply,
    RefusedReply,
    Reply,
    RunReply,
    StrayReply,
)
from bot.sandbox.limits import Limits
from bot.sandbox.workspace import BlobWriter

_Shape = TypeVar("_Shape", Hello, RunReply)

_GRACE = 10.0
_START = 120.0
_ANSWER = 60.0
"""Seconds for the whole of an answer, however large."""

_QUIET = 10.0
"""Seconds in which something of an answer has to come: a driver that takes longer says that it is busy."""

_PING = 5.0
"""Seconds for the answer to a ping, which needs nothing but a moment of a processor."""

_SLOWEST = 1_000_000
"""Bytes a second that a file takes at worst on its way into a container."""

_STEP = 1.0
NAMED = 20
"""Files of one kind that a listing may name."""


@dataclass(slots=True)
class Listing:
    """What a driver says of its workspace, and how many more files it does not name.

    `emptied`: scratch was full, and what was in it is gone.
    """

    found: list[FilesReply] = field(default_factory=list)
    gone: list[DriverGone] = field(default_factory=list)
    left_out: list[LeftOutReply] = field(default_factory=list)
    strays: list[StrayReply] = field(default_factory=list)
    more_left_out: int = 0
    more_strays: int = 0
    emptied: bool = False

    def holds(self, limits: Limits) -> bool:
        """Whether an honest driver could say so."""
        paths = {file.path for file in self.found} | {file.path for file in self.gone}
        return (
            len(paths) == len(self.found) + len(self.gone)
            and len(self.found) <= limits.files
            and sum(file.size for file in self.found) <= limits.total
            and all(file.size <= limits.each for file in self.found)
        )


class Container:
    """A container that serves one session. Every method raises Lost when the container can no longer be used."""

    def __init__(
        self, container_id: str, channel: AttachStream, limits: Limits, grace: float = _GRACE, image: str = ""
    ) -> None:
        self.id = container_id
        self.image = image
        self._channel = channel
        self._limits = limits
        self._grace = grace
        self.program_runs = False

    @property
    def lost(self) -> bool:
        """Whether its stream has ended already."""
        return self._channel.lost

    async def hello(self) -> Hello:
        """What the driver says of its container once it is ready."""
        async with _within(_START):
            return _expect(Hello, await self._channel.receive())

    async def ping(self) -> None:
        """Returns when the driver has answered."""
        async with _within(_ANSWER):
            await self._send([frames.request("ping")], _PING)
            _expect_done("pong", await self._answer(_PING))

    async def run(
        self, code: str, language: str, timeout: float, output: bytearray, name: str = "", *, stays: bool = False
    ) -> RunReply:
        """Run a program to its end; what it prints is added to `output` as it comes.

        With a `name` its script is a file of that name in the workspace, if there is place for one. Python that
        `stays` runs in the interpreter that keeps its variables.
        """
        request = frames.request(
            "run",
            code=code.encode("utf-8", "replace").decode(),
            name=raw_path(name),
            language=language,
            stays=stays,
            timeout=timeout,
            output=self._limits.output,
        )
        async with _within(timeout + self._grace):
            await self._channel.send([request])
            self.program_runs = True
            while isinstance(reply := await self._news_of_a_run(), DataReply):
                output += reply.chunk
                if len(output) > self._limits.output:
                    raise Lost("more output than it may pass on")
            self.program_runs = False
            return _expect(RunReply, reply)

    async def kill(self) -> None:
        """Have the current program killed; `run` then returns."""
        await self._channel.send([frames.request("kill")])

    async def put(self, path: str, size: int, content: Iterable[bytes]) -> str:
        """Write a file; empty, or why the driver could not."""
        request = frames.request("put", path=raw_path(path), size=size)
        async with _within(_QUIET + size / _SLOWEST):
            await self._channel.send(_put_frames(request, content))
            reply = await self._channel.receive()
        if isinstance(reply, RefusedReply):
            return reply.why
        _expect_done("stored", reply)
        return ""

    async def changed(self, limits: Mapping[str, int]) -> Listing:
        """What became of the workspace since the last call or `put`; `limits` are those of `Limits.to_keep`."""
        listing = Listing()
        async with _within(_ANSWER):
            await self._send([frames.request("changed", limits=dict(limits))], _QUIET)
            while not isinstance(reply := await self._answer(_QUIET), ListedReply):
                self._add(reply, listing)
        listing.more_left_out, listing.more_strays = reply.more_left_out, reply.more_strays
        listing.emptied = reply.emptied
        if not listing.holds(self._limits):
            raise Lost("a listing that cannot be")
        return listing

    def _add(self, reply: Reply, listing: Listing) -> None:
        match reply:
            case FilesReply() if len(listing.found) < self._limits.files:
                listing.found.append(reply)
            case DriverGone() if len(listing.gone) < 2 * self._limits.files:  # those kept, and those put since
                listing.gone.append(reply)
            case LeftOutReply() if len(listing.left_out) < NAMED:
                listing.left_out.append(reply)
            case StrayReply() if len(listing.strays) < NAMED:
                listing.strays.append(reply)
            case _:
                raise Lost(f"not part of a listing: {reply}")

    async def rename(self, path: str, to: str, replace: bool) -> bool:
        """Give a file another name, that of another file only to `replace` it; whether the driver could.

        `path` is as the driver writes it.
        """
        request = frames.request("rename", path=path, to=raw_path(to), replace=replace)
        async with _within(_ANSWER):
            await self._send([request], _QUIET)
            reply = await self._answer(_QUIET)
        if isinstance(reply, RefusedReply):
            return False
        _expect_done("renamed", reply)
        return True

    async def get(self, file: FilesReply, writer: BlobWriter) -> None:
        """Fetch a file's bytes, which must have the announced size and digest."""
        async with _within(_ANSWER):
            await self._send([frames.request("get", path=file.path)], _QUIET)
            while isinstance(reply := await self._answer(_QUIET), DataReply):
                if writer.size + len(reply.chunk) > file.size:
                    raise Lost("more of a file than was announced")
                await asyncio.to_thread(writer.write, reply.chunk)
        _expect_done("sent", reply)
        if writer.digest != file.sha256:
            raise Lost("other bytes than were announced")

    async def _news_of_a_run(self) -> Reply:
        """The next reply; a driver that is silent for long has to say that its program is still under way."""
        while True:
            try:
                async with asyncio.timeout(_QUIET):
                    reply = await self._channel.receive()
            except TimeoutError:
                await self._send([frames.request("alive")], _QUIET)
                reply = await self._first_reply(_QUIET)
            if not isinstance(reply, BusyReply):
                return reply

    async def _send(self, requests: Iterable[bytes], within: float) -> None:
        async with _within(within):
            await self._channel.send(requests)

    async def _answer(self, within: float) -> Reply:
        """The next reply, unless the driver only says that it is busy; then it has the same time once more."""
        while isinstance(reply := await self._first_reply(within), BusyReply):
            pass
        return reply

    async def _first_reply(self, within: float) -> Reply:
        """The next reply; raises Lost when none comes.

        Counted in steps, so that time in which this process itself stood still is not held against the driver.
        """
        left = within
        while left > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(_STEP, left)):
                    return await self._channel.receive()
            left -= _STEP
        raise Lost(f"no answer within {within:g} s")

    def close(self) -> None:
        """Cut the stream. Never blocks."""
        self._channel.close()


def _put_frames(request: bytes, content: Iterable[bytes]) -> Iterable[bytes]:
    yield request
    for piece in content:
        yield from frames.data(piece)


def _expect(shape: type[_Shape], reply: Reply) -> _Shape:
    if not isinstance(reply, shape):
        raise Lost(f"{shape.__name__} was due, not {reply}")
    return reply


def _expect_done(kind: str, reply: Reply) -> None:
    if not (isinstance(reply, DoneReply) and reply.kind == kind):
        raise Lost(f"`{kind}` was due, not {reply}")


@asynccontextmanager
async def _within(seconds: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise Lost(f"no answer within {seconds:g} s") from error
