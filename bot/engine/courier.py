"""Delivers posts: rendered once, stored, then sent part after part, one unconfirmed a thread."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.engine.plain import plain
from bot.errors import Refused, RetryAfter, Unknown
from bot.events import MessageRef, ThreadRef
from bot.ports import ChatAdapter
from bot.posts import Part, StatusPost
from bot.store import outbox
from bot.store import sessions as rows
from bot.store.database import Database
from bot.store.outbox import Outgoing, PartState

log = logging.getLogger(__name__)

_READ_BACK = (0.5, 1.5, 3.0, 5.0)
"""Seconds between the looks at a thread after an unknown outcome; 10 s in all."""


@dataclass(frozen=True, slots=True)
class Courier:
    """Brings what is in the outbox to its platform, in order, and knows what it cannot know."""

    database: Database
    adapters: Mapping[str, ChatAdapter]

    async def deliver(self, session_id: str, _woken: asyncio.Event) -> None:
        """Send every post of a session that is not delivered."""
        session = await self.database.read(rows.get, session_id)
        if session is None or (adapter := self.adapters.get(session.thread.platform)) is None:
            return
        while outgoing := await self.database.read(outbox.first, session_id):
            parts = outgoing.parts or await self._render(adapter, session_id, outgoing)
            for part, state in parts:
                if state in ("new", "sending"):
                    await self._bring(adapter, session.thread, outgoing, part, state)
            await self.database.write(outbox.delivered, outgoing.id)

    async def _render(
        self, adapter: ChatAdapter, session_id: str, outgoing: Outgoing
    ) -> Sequence[tuple[Part, PartState]]:
        parts = adapter.render(session_id, str(outgoing.id), outgoing.post)
        await self.database.write(outbox.store_parts, outgoing.id, parts)
        return [(part, "new") for part in parts]

    async def _bring(
        self, adapter: ChatAdapter, thread: ThreadRef, outgoing: Outgoing, part: Part, state: PartState
    ) -> None:
        ref = await self._read_back(adapter, thread, part) if state == "sending" else None
        if ref is None:
            await self.database.write(outbox.mark, part.id, "sending")
            ref = await self._send(adapter, thread, outgoing, part)
        await self.database.write(outbox.mark, part.id, "failed" if ref is None else "sent", ref)

    async def _send(
        self, adapter: ChatAdapter, thread: ThreadRef, outgoing: Outgoing, part: Part
    ) -> MessageRef | None:
        try:
            return await self._until_known(adapter, thread, part)
        except Refused as refusal:
            log.warning("part %s was refused: %s", part.id, refusal)
        simple = adapter.render(part.session, f"{part.id}-plain", StatusPost(plain(outgoing.post)))
        try:
            return [await self._until_known(adapter, thread, piece) for piece in simple][-1]
        except Refused as refusal:
            log.error("part %s was refused as plain text too: %s", part.id, refusal)
            return None

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
        for pause in (0.0, *_READ_BACK):
            await asyncio.sleep(pause)
            if ref := await adapter.find(thread, part):
                return ref
        return None
