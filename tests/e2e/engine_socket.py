"""A Docker engine that can go away: a Unix socket that relays to the real one, until it is cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

ENGINE = Path("/var/run/docker.sock")


class Relay:
    """The way to the engine at `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.swap: tuple[bytes, bytes] = (b"", b"")
        """What becomes of these bytes on their way to the engine."""
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def mend(self) -> None:
        """The engine can be reached."""
        self._server = await asyncio.start_unix_server(self._serve, self.path)

    async def cut(self) -> None:
        """The engine is gone, and every connection to it with it."""
        if self._server is not None:
            self._server.close()
            for writer in list(self._open):
                writer.transport.abort()
            await self._server.wait_closed()
            self._server = None
            self.path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_unix_connection(ENGINE)
        self._open |= {writer, there_writer}
        try:
            await asyncio.gather(_pump(reader, there_writer, self.swap), _pump(there_reader, writer))
        finally:
            self._open -= {writer, there_writer}
            for end in (writer, there_writer):
                end.transport.abort()


async def _pump(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, swap: tuple[bytes, bytes] = (b"", b"")
) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(1 << 16):
            writer.write(data.replace(*swap) if swap[0] else data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()


@asynccontextmanager
async def relay(path: Path) -> AsyncIterator[Relay]:
    """A way to the engine, open."""
    way = Relay(path)
    await way.mend()
    try:
        yield way
    finally:
        await way.cut()
