"""Delivers posts: rendered once, stored, then sent part after part, one unconfirmed a thread."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from bot.domain.errors import Refused, RetryAfter, Unknown
from bot.domain.participants import MessageRef, ThreadRef
from bot.domain.posts import Part, Post, StatusPost
from bot.ports import ChatAdapter
from bot.store import outbox
from bot.store import sessions as rows
from bot.store.database import Database
from bot.store.outbox import Outdated, Outgoing

log = logging.getLogger(__name__)

LOOKS = (0.0, 0.5, 1.5, 3.0, 5.0)
_NOT_SHOWN = "A message could not be shown here: the platform refused it, as plain text too."


@dataclass(frozen=True, slots=True)
class Courier:
    """Brings what is in the outbox to its platform, in order, and knows what it cannot know.

    `looks`: seconds before each look at a thread after an unknown outcome; the last is also how long to wait for a
    platform that cannot be asked.
    """

    database: Database
    adapters: Mapping[str, ChatAdapter]
    looks: Sequence[float] = LOOKS

    async def deliver(self, session_id: str, _woken: asyncio.Event) -> None:
        """Send every post of a session that is not delivered, then show anew what has changed since."""
        while True:
            # Read anew each time: a thread may move while its first post is delivered.
            session = await self.database.read(rows.get, session_id)
            if session is None or (adapter := self.adapters.get(session.thread.platform)) is None:
                return
            if outgoing := await self.database.read(outbox.first, session_id):
                await self._step(adapter, session_id, session.thread, outgoing)
            elif outdated := await self.database.read(outbox.stale, session_id):
                await self._renew(adapter, session_id, session.thread, outdated)
            else:
                return

    async def _renew(self, adapter: ChatAdapter, session_id: str, thread: ThreadRef, outdated: Outdated) -> None:
        """Edit the parts of a post that look different now; it gets no more and no fewer of them."""
        bodies: dict[str, str] = {}
        for part in adapter.render(session_id, thread, str(outdated.id), outdated.post):
            before, ref = outdated.parts.get(part.id, (part.body, None))
            if ref is not None and part.body != before:
                await self._edit(adapter, ref, part)
                bodies[part.id] = part.body
        await self.database.write(outbox.renew, outdated.id, outdated.text, bodies)

    async def _edit(self, adapter: ChatAdapter, ref: MessageRef, part: Part) -> None:
        while True:
            try:
                return await adapter.edit(ref, part)
            except RetryAfter as wait:
                await asyncio.sleep(wait.seconds)
            except Unknown:
                # Twice the same edit is one edit.
                await asyncio.sleep(self.looks[-1])
            except Refused as refusal:
                log.warning("part %s stays as it was shown: %s", part.id, refusal)
                return None

    async def _step(self, adapter: ChatAdapter, session_id: str, thread: ThreadRef, outgoing: Outgoing) -> None:
        """One step with a post: render it, or send its next part."""
        if not outgoing.parts:
            parts = adapter.render(session_id, thread, str(outgoing.id), outgoing.post)
            await self.database.write(outbox.store_parts, outgoing.id, parts)
            if parts:
                await self._send(adapter, thread, parts[0], outgoing.post)
        elif begun := outgoing.in_state("sending", "plain"):
            if ref := await self._read_back(adapter, thread, begun[0]):
                await self.database.write(outbox.mark, begun[0].id, "sent", ref)
            else:
                await self._send(adapter, thread, begun[0], outgoing.post)
        else:
            (part, *_) = outgoing.in_state("new")
            await self.database.write(outbox.mark, part.id, "sending")
            await self._send(adapter, thread, part, outgoing.post)

    async def _send(self, adapter: ChatAdapter, thread: ThreadRef, part: Part, post: Post) -> None:
        """Send a part that is marked so; one that is refused goes once more as plain text."""
        try:
            ref = await self._until_known(adapter, thread, part)
        except Refused as refusal:
            log.warning("part %s was refused: %s", part.id, refusal)
            await self._refused(adapter, thread, part, post)
        else:
            await self.database.write(outbox.mark, part.id, "sent", ref)

    async def _refused(self, adapter: ChatAdapter, thread: ThreadRef, part: Part, post: Post) -> None:
        if simpler := adapter.plain(part):
            await self.database.write(outbox.simplify, part.id, simpler.body)
            await self._send(adapter, thread, simpler, post)
            return
        log.error("part %s was refused as plain text too", part.id)
        # About a sentence of our own there is nothing to say: the next would be refused as well.
        note = None if isinstance(post, StatusPost) else StatusPost(_NOT_SHOWN)
        await self.database.write(_give_up, part, note, time.time())

    async def _until_known(self, adapter: ChatAdapter, thread: ThreadRef, part: Part) -> MessageRef:
        async def remember(memo: str) -> None:
            nonlocal part
            await self.database.write(outbox.remember, part.id, memo)
            part = replace(part, memo=memo)

        while True:
            try:
                return await adapter.deliver(thread, part, remember)
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


def _give_up(connection: Connection, part: Part, note: StatusPost | None, now: float) -> None:
    if outbox.mark(connection, part.id, "failed") and note:
        outbox.add(connection, part.session, [note], now)
