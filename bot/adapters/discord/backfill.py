"""After downtime: reads back what was said in open threads, in order and before newer messages."""

from __future__ import annotations

import asyncio
import logging
import time

import discord

from bot.adapters.common.session_lookup import session_at
from bot.adapters.discord import parse
from bot.adapters.discord.context import PLATFORM, AdapterContext
from bot.adapters.discord.delivery_errors import translated
from bot.adapters.discord.events import MessageEvents, reaction_key
from bot.adapters.discord.parse import moment
from bot.adapters.discord.people import Members
from bot.domain.errors import Refused, RetryAfter, Unknown
from bot.domain.events import Stop
from bot.domain.participants import ThreadRef
from bot.domain.views import OpenThread

log = logging.getLogger(__name__)

_LATELY = 86_400.0
_REACTIONS = 50
_AT_ONCE = 5
_PAUSES = (0.5, 2.0, 5.0, 15.0)
"""Seconds between tries to read a thread back."""


class Backfill:
    """Catches up with the threads of all sessions that are active or ended within a day."""

    def __init__(
        self, client: discord.Client, context: AdapterContext, message_events: MessageEvents, members: Members
    ) -> None:
        self._client = client
        self._context = context
        self._message_events = message_events
        self._members = members
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._queued = asyncio.Event()
        self._queued.set()

    async def queued(self) -> None:
        """Returns when missed messages are queued before new ones."""
        await self._queued.wait()

    async def run(self) -> None:
        """Take in missed messages; new ones wait until their thread is read back."""
        self._queued.clear()
        try:
            threads = await self._context.threads.open(PLATFORM, time.time() - _LATELY)
            async with asyncio.TaskGroup() as group:
                for each in threads:
                    group.create_task(self._thread(each))
                # Each task locks its channel before it first waits for anything else.
                await asyncio.sleep(0)
                self._queued.set()
        finally:
            self._queued.set()

    async def _thread(self, missed: OpenThread) -> None:
        thread = missed.thread
        name = thread.thread if thread.workspace else thread.channel
        if not name.isdecimal():
            return
        pauses = iter(_PAUSES)
        while not self._client.is_closed():
            try:
                # New messages do not wait while Discord does not answer: one may be a stop.
                async with self._message_events.in_turn(int(name)), self._slots:
                    with translated():
                        await self._messages(missed, int(name))
                        await self._reactions(thread, int(name))
                        return
            except Refused as refusal:
                log.warning("Discord: thread %s cannot be caught up with: %s", name, refusal)
                return
            except RetryAfter as wait:
                await asyncio.sleep(wait.seconds)
            except Unknown:
                await asyncio.sleep(next(pauses, _PAUSES[-1]))

    async def _messages(self, missed: OpenThread, channel: int) -> None:
        view = await session_at(self._context.reader, missed.thread)
        began = moment(view.created if view else time.time())
        since = discord.Object(int(missed.since or began))
        async for message in self._channel(missed.thread, channel).history(
            after=since, limit=None, oldest_first=True
        ):
            thread = self._client.get_channel(channel)
            if isinstance(thread, discord.Thread):
                message.channel = thread
            await self._message_events.hear(message)

    async def _reactions(self, thread: ThreadRef, channel: int) -> None:
        """Stops by reaction that no process has seen, on the latest messages and on the first one."""
        view = await session_at(self._context.reader, thread)
        if view is None or view.status == "ended":
            return
        run = await self._context.reader.times_ended(view.id)
        guild = self._client.get_guild(int(thread.workspace)) if thread.workspace else None
        for message in await self._looked_at(thread, channel):
            for reaction in message.reactions:
                emoji = reaction.emoji
                name = emoji if isinstance(emoji, str) else emoji.name
                if not parse.is_stop(discord.PartialEmoji(name=name)):
                    continue
                async for user in reaction.users():
                    key = f"{reaction_key(message.id, user.id)} "
                    if not user.bot and not await self._context.reader.has_event(thread, key):
                        who = await self._members.person(user, guild)
                        await self._message_events.take(Stop(f"{key}{run}", thread, who))

    async def _looked_at(self, thread: ThreadRef, channel: int) -> list[discord.Message]:
        messages = [each async for each in self._channel(thread, channel).history(limit=_REACTIONS)]
        if thread.workspace:
            try:
                starter = self._channel(thread, int(thread.channel)).get_partial_message(channel)
                messages.append(await starter.fetch())
            except discord.HTTPException:
                pass
        return messages

    def _channel(self, thread: ThreadRef, channel: int) -> discord.PartialMessageable:
        return self._client.get_partial_messageable(channel, guild_id=int(thread.workspace or 0) or None)
