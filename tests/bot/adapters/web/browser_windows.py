"""Chromium windows on the real adapter over a fake desk."""

from __future__ import annotations

import shutil
import struct
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import TypeAlias

import pytest
from playwright.async_api import Browser, Page, ViewportSize, async_playwright

from tests.fakes.web_harness import Served, WebHarness, serving

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]
PHONE: ViewportSize = {"width": 390, "height": 844}

Windows: TypeAlias = Callable[..., Awaitable[Page]]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture
async def served(harness: WebHarness) -> AsyncIterator[Served]:
    async with serving(harness) as served:
        yield served


@pytest.fixture
def url(served: Served) -> str:
    return served.url


@pytest.fixture
async def open_window(browser: Browser, url: str) -> AsyncIterator[Windows]:
    """Opens windows that must neither complain nor ask anybody else for anything."""
    complaints: list[str] = []
    async with AsyncExitStack() as stack:

        async def open_window(
            path: str = "/", viewport: ViewportSize | None = None, scheme: str = "light"
        ) -> Page:
            context = await browser.new_context(
                viewport=viewport or {"width": 1400, "height": 900},
                color_scheme="dark" if scheme == "dark" else "light",
            )
            stack.push_async_callback(context.close)
            page = await context.new_page()
            watch(page, url, complaints)
            await page.goto(url + path)
            return page

        yield open_window
    assert complaints == [], complaints


def watch(page: Page, url: str, complaints: list[str]) -> None:
    """Take down every error of a page, and every request to another server."""

    def asked(address: str) -> None:
        if not address.startswith((url, url.replace("http", "ws"), "data:", "blob:")):
            complaints.append(f"asked {address}")

    page.on("request", lambda request: asked(request.url))
    page.on("websocket", lambda socket: asked(socket.url))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if line.type in ("error", "warning") else None)
    page.on("dialog", lambda dialog: complaints.append(f"dialog {dialog.message}"))


def png(width: int = 320, height: int = 200) -> bytes:
    """A plain picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + b"\x20\x80\x60" * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


async def no_sideways_scroll(page: Page) -> None:
    widths = await page.evaluate(
        "[document.documentElement, ...document.querySelectorAll('.middle, .middle-scroll, .thread')]"
        ".map(node => [node.scrollWidth, node.clientWidth])"
    )
    assert all(scroll <= client for scroll, client in widths), widths
