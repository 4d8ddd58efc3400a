"""Fails a test whose event loop was kept busy for too long at a stretch."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass(slots=True)
class _Watch:
    longest: float = 0.0

    async def run(self) -> None:
        while True:
            before = time.thread_time()
            await asyncio.sleep(0.002)
            self.longest = max(self.longest, time.thread_time() - before)


@asynccontextmanager
async def watchdog(limit: float = 0.1) -> AsyncIterator[None]:
    """Let no stretch of work on the loop take more than `limit` seconds of the processor while the body runs.

    Time of the processor, not of the clock: other programs on this machine stall nobody but themselves.
    """
    # What other tests have left is theirs: the collector is not to walk through it now.
    gc.collect()
    gc.freeze()
    watch = _Watch()
    watching = asyncio.create_task(watch.run())
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.wait([watching])
        gc.unfreeze()
    assert watch.longest <= limit, f"the loop was busy for {watch.longest:.3f} s at a stretch"
