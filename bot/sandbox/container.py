"""One started container, and the exchange with the driver in it, which is not trusted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import TypeVar

from bot.sandbox import frames
from bot.sandbox.attach_stream import AttachStream, Lost
from bot.sandbox.frames import DataReply, DoneReply, DriverGone, FilesReply, Hello, RefusedReply, Reply, RunReply
from bot.sandbox.limits import Limits
from bot.sandbox.workspace import BlobWriter

_Shape = TypeVar("_Shape", Hello, RunReply)

_GRACE = 10.0
_START = 120.0
_ANSWER = 60.0


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
        self._keep = {"files": limits.files, "each": limits.each, "total": limits.total}

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
            await self._channel.send([frames.request("ping")])
            _expect_done("pong", await self._channel.receive())

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
            name=name.encode().decode("latin-1"),
            language=language,
            stays=stays,
            timeout=timeout,
            output=self._limits.output,
            limits=self._keep,
        )
        async with _within(timeout + self._grace):
            await self._channel.send([request])
            self.program_runs = True
            while isinstance(reply := await self._channel.receive(), DataReply):
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
        request = frames.request("put", path=path.encode().decode("latin-1"), size=size)
        async with _within(_ANSWER):
            await self._channel.send(_put_frames(request, content))
            reply = await self._channel.receive()
        if isinstance(reply, RefusedReply):
            return reply.why
        _expect_done("stored", reply)
        return ""

    async def changed(self) -> tuple[list[FilesReply], list[DriverGone]]:
        """The files made or changed since the last call or `put`, and those removed."""
        found: list[FilesReply] = []
        gone: list[DriverGone] = []
        async with _within(_ANSWER):
            await self._channel.send([frames.request("changed", limits=self._keep)])
            while not isinstance(reply := await self._channel.receive(), DoneReply):
                match reply:
                    case FilesReply() if len(found) < self._limits.files and reply.size <= self._limits.each:
                        found.append(reply)
                    case DriverGone() if (
                        len(gone) < 2 * self._limits.files
                    ):  # all that were kept, and what was put since
                        gone.append(reply)
                    case _:
                        raise Lost(f"not part of a listing: {reply}")
        _expect_done("listed", reply)
        paths = {file.path for file in found} | {file.path for file in gone}
        if len(paths) < len(found) + len(gone) or sum(file.size for file in found) > self._limits.total:
            raise Lost("a listing that cannot be")
        return found, gone

    async def get(self, file: FilesReply, writer: BlobWriter) -> None:
        """Fetch a file's bytes, which must have the announced size and digest."""
        request = frames.request("get", path=file.path)
        async with _within(_ANSWER):
            await self._channel.send([request])
            while isinstance(reply := await self._channel.receive(), DataReply):
                if writer.size + len(reply.chunk) > file.size:
                    raise Lost("more of a file than was announced")
                await asyncio.to_thread(writer.write, reply.chunk)
        _expect_done("sent", reply)
        if writer.digest != file.sha256:
            raise Lost("other bytes than were announced")

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
