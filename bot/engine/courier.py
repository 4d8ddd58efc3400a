"""Delivers posts: rendered once, stored, then sent part after part, one unconfirmed a thread."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from bot.engine.plain import plain
from bot.errors import Refused, RetryAfter, Unknown
from bot.events import MessageRef, ThreadRef
from bot.ports import ChatAdapter
from bot.posts import Part, StatusPost
from bot.store import outbox
from bot.store import sessions as rows
from bot.store.database import Database
from bot.store.outbox import Outgoing

log = logging.getLogger(__name__)

_LOOKS = (0.0, 0.5, 1.5, 3.0, 5.0)
_NOT_SHOWN = "A message could not be shown here: the platform refused it, as plain text too."


@dataclass(frozen=True, slots=True)
class Courier:
    """Brings what is in the outbox to its platform, in order, and knows what it cannot know.

    `looks`: seconds before each look at a thread after an unknown outcome; the last is also how long to wait for a
    platform that cannot be asked.
    """

    database: Database
    adapters: Mapping[str, ChatAdapter]
    looks: Sequence[float] = _LOOKS

    async def deliver(self, session_id: str, _woken: asyncio.Event) -> None:
        """Send every post of a session that is not delivered."""
        session = await self.database.read(rows.get, session_id)
        if session is None or (adapter := self.adapters.get(session.thread.platform)) is None:
            return
        while outgoing := await self.database.read(outbox.first, session_id):
            await self._step(adapter, session_id, session.thread, outgoing)

    async def _step(self, adapter: ChatAdapter, session_id: str, thread: ThreadRef, outgoing: Outgoing) -> None:
        """One step with a post: render it, send its next part, or settle what was refused."""
        if not outgoing.parts:
            parts = adapter.render(session_id, str(outgoing.id), outgoing.post)
            await self.database.write(outbox.store_parts, outgoing.id, parts)
            if parts:
                await self._send(adapter, thread, parts[0])
        elif sending := outgoing.in_state("sending"):
            if ref := await self._read_back(adapter, thread, sending[0]):
                await self.database.write(outbox.mark, sending[0].id, "sent", ref)
            else:
                await self._send(adapter, thread, sending[0])
        elif new := outgoing.in_state("new"):
            await self.database.write(outbox.mark, new[0].id, "sending")
            await self._send(adapter, thread, new[0])
        else:
            await self._settle(adapter, session_id, thread, outgoing)

    async def _send(self, adapter: ChatAdapter, thread: ThreadRef, part: Part) -> None:
        """Send a part that is marked so."""
        try:
            ref = await self._until_known(adapter, thread, part)
        except Refused as refusal:
            log.warning("part %s was refused: %s", part.id, refusal)
            await self.database.write(outbox.mark, part.id, "refused")
        else:
            await self.database.write(outbox.mark, part.id, "sent", ref)

    async def _until_known(self, adapter: ChatAdapter, thread: ThreadRef, part: Part) -> MessageRef:
        while True:
            try:
                return await adapter.deliver(thread, part)
            except RetryAfter as wait:
                await asyncio.sleep(wait.seconds)
            except Unknown:
                if ref := await self._read_back(adapter, thread, part):
                    return ref

    async def _read_back(self, adapter: ChatAdapter, thread: ThreadRef, part: Part) -> MessageRef | None:
        for pause in self.looks:
            await asyncio.sleep(pause)
            if ref := await self._find(adapter, thread, part):
                return ref
        return None

    async def _find(self, adapter: ChatAdapter, thread: ThreadRef, part: Part) -> MessageRef | None:
        while True:
            try:
                return await adapter.find(thread, part)
            except RetryAfter as wait:
                await asyncio.sleep(wait.seconds)
            except Unknown:
                await asyncio.sleep(self.looks[-1])

    async def _settle(self, adapter: ChatAdapter, session_id: str, thread: ThreadRef, outgoing: Outgoing) -> None:
        """Send a post with refused parts as plain text, once; say so when that is refused as well."""
        if not outgoing.in_state("failed"):
            simpler = adapter.render(session_id, f"{outgoing.id}-plain", StatusPost(plain(outgoing.post)))
            await self.database.write(outbox.stand_in, outgoing.id, simpler)
            if simpler:
                await self._send(adapter, thread, simpler[0])
            return
        log.error("post %s of session %s was refused as plain text too", outgoing.id, session_id)
        # About a sentence of our own there is nothing to say: the next would be refused as well.
        note = None if isinstance(outgoing.post, StatusPost) else StatusPost(_NOT_SHOWN)
        await self.database.write(_give_up, session_id, outgoing.id, note, time.time())


def _give_up(connection: Connection, session_id: str, post_id: int, note: StatusPost | None, now: float) -> None:
    outbox.stand_in(connection, post_id, ())
    outbox.add(connection, session_id, [note] if note else [], now)
