"""Watches the inbox during a turn: a stop or an order ends the turn, other words wait for the next one."""

from __future__ import annotations

import asyncio
import logging

from bot.domain.participants import Hint
from bot.engine.hints import HintQueue
from bot.engine.plan import people_after
from bot.engine.turn_in_progress import TurnInProgress
from bot.store import inbox
from bot.store.database import Database

log = logging.getLogger(__name__)

READ_AGAIN = 0.5
"""Seconds until the tables are asked again when they did not answer."""


async def watch_inbox(
    database: Database, in_progress: TurnInProgress, woken: asyncio.Event, hints: HintQueue
) -> None:
    """End the turn when a person orders so; show, once a person, that their words are for the next turn."""
    session, last, context = in_progress.session, in_progress.take.last_message, in_progress.context
    acknowledged: set[str] = set()
    while True:
        await woken.wait()
        woken.clear()
        try:
            if await database.read(inbox.is_interrupted, session.id, last):
                await context.stop()
                return
            pending = await database.read(inbox.pending, session.id)
        except Exception:
            # Nothing else looks for a stop during the turn.
            log.exception("session %s: cannot read what came during a turn; trying again", session.id)
            await asyncio.sleep(READ_AGAIN)
            woken.set()
            continue
        for who in people_after(pending, last):
            if who.id not in acknowledged:
                acknowledged.add(who.id)
                doing = f"will read {who.name}'s message after this turn"
                hints.put_nowait((session.thread, Hint(context.agent or "the team", doing)))
