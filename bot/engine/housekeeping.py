"""Done once at the start and then daily: old sessions are deleted, and uploads that are no longer needed."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass

from bot.domain.audit_facts import ROUNDTABLE
from bot.domain.events import Erase
from bot.engine import session_deletion
from bot.store import attached_refs, deletions
from bot.store.database import Database

log = logging.getLogger(__name__)

DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Housekeeping:
    """Sessions that rest for more than `days` are deleted, 0 keeps them for ever.

    `wake` has a session deleted once it is marked; `sweep` removes uploads older than a time (epoch seconds), but
    not those whose refs it is given.
    """

    database: Database
    days: int
    wake: Callable[[str], Awaitable[None]]
    sweep: Callable[[Collection[str], float], Awaitable[None]]
    clock: Callable[[], float] = time.time

    async def run(self) -> None:
        """Do it now and every day, until cancelled."""
        while True:
            try:
                await self.once()
            except Exception:
                log.exception("old sessions and uploads cannot be looked through; tomorrow again")
            await asyncio.sleep(DAY)

    async def once(self) -> None:
        """Do it now."""
        now = self.clock()
        if self.days:
            await self._retire(now)
        await self.sweep(await self.database.read(attached_refs.pending), now - DAY)

    async def _retire(self, now: float) -> None:
        for session in await self.database.read(deletions.resting, now - self.days * DAY):
            event = Erase(f"age {session.id}", session.thread, ROUNDTABLE, "age")
            await self.database.write(session_deletion.request_old, event, now)
            await self.wake(session.id)
