"""The API over real HTTP, in front of a fake desk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest

from bot.adapters.web import api, server
from bot.adapters.web.access_middleware import AccessMiddleware
from bot.adapters.web.access_rules import rules
from bot.adapters.web.context import WebContext
from tests.bot.adapters.web.browser_windows import browser, open_window, served, url
from tests.fakes.web_harness import WebHarness

__all__ = ["browser", "open_window", "served", "url"]

LIMIT = 1_000_000


@pytest.fixture
def harness(tmp_path: Path) -> WebHarness:
    return WebHarness(tmp_path)


@pytest.fixture
async def http(harness: WebHarness) -> AsyncIterator[httpx.AsyncClient]:
    async with serve_api(harness.context(LIMIT)) as client:
        yield client


@asynccontextmanager
async def serve_api(context: WebContext, token: str = "") -> AsyncIterator[httpx.AsyncClient]:
    """The API behind its gate on a free port, and a client of it."""
    sock = server.bind("127.0.0.1", 0)
    app = AccessMiddleware(api.create(context), rules("127.0.0.1", sock.getsockname()[1], token))
    started = asyncio.Event()
    serving = asyncio.create_task(server.serve(app, sock, started.set, context.closing))
    await started.wait()
    try:
        async with httpx.AsyncClient(base_url=server.address(sock, "127.0.0.1"), timeout=10) as client:
            yield client
    finally:
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving
        sock.close()


async def until(true: Callable[[], bool], seconds: float = 5) -> None:
    """Wait for something that no event tells of; fails when it does not come."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
