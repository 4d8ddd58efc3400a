"""Waiting that heeds no cancellation, as a library with a fault does it."""

from __future__ import annotations

import asyncio
import contextlib


async def wait_on(released: asyncio.Event) -> None:
    """Returns when the event is set, and not before, whoever cancels this."""
    while not released.is_set():
        with contextlib.suppress(asyncio.CancelledError):
            await released.wait()
