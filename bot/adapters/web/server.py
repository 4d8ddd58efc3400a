"""One uvicorn server inside our own event loop: bound early, ended at once."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from bot.domain.errors import OperatorError

GRACE = 1
_MAX_SOCKET_MESSAGE = 1_000_000


def bind(host: str, port: int) -> socket.socket:
    """Listen on an address; raises OperatorError when that fails. Port 0 takes a free one."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError:
        raise OperatorError(
            f"ROUNDTABLE_WEB_HOST={host} is no address of this machine; 127.0.0.1 is the usual one."
        ) from None
    sock = socket.socket(family)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
        sock.listen(100)
        sock.setblocking(False)
    except OSError as error:
        sock.close()
        raise OperatorError(_cannot(host, port, error)) from None
    return sock


def address(sock: socket.socket, host: str) -> str:
    """The address to open in a browser."""
    port = sock.getsockname()[1]
    shown = {"0.0.0.0": "localhost", "::": "localhost"}.get(host, host)  # noqa: S104  shown, not bound
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


async def serve(app: ASGIApp, sock: socket.socket, started: Callable[[], None], closing: asyncio.Event) -> None:
    """Serve until cancelled; then `closing` is set, open streams and sockets end, and so does the server."""
    config = uvicorn.Config(
        app,
        log_level="warning",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE,
        ws_max_size=_MAX_SOCKET_MESSAGE,
    )
    server = _Server(config, started)
    serving = asyncio.create_task(server.serve([sock]), name="web server")
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        closing.set()
        server.should_exit = True
        await serving
        raise


class _Server(uvicorn.Server):
    """A uvicorn server that handles no signals, and says when it answers."""

    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_started()


def _cannot(host: str, port: int, error: OSError) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return (
                f"Port {port} on {host} is taken: stop what uses it, or set ROUNDTABLE_WEB_PORT to another port."
            )
        case errno.EACCES:
            return f"Port {port} needs special rights: set ROUNDTABLE_WEB_PORT to one above 1023."
        case errno.EADDRNOTAVAIL:
            return f"ROUNDTABLE_WEB_HOST={host} is no address of this machine; 127.0.0.1 is the usual one."
    return f"The web page cannot listen on {host}:{port}: {error.strerror}."
