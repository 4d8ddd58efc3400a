"""The Discord threads of sessions: opened when first needed, found when they exist already."""

from __future__ import annotations

import contextlib
import logging
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Literal

import aiohttp
import discord

from bot.adapters.discord.body import nonce
from bot.adapters.discord.context import AdapterContext
from bot.adapters.discord.markdown import escaped
from bot.aio.keyed_lock import KeyedLock
from bot.domain.participants import ThreadRef

log = logging.getLogger(__name__)

THREAD_EXISTS = 160004
UNKNOWN_MESSAGE = 10008
_ARCHIVE_AFTER: Literal[4320] = 4320
"""Minutes of silence after which Discord archives a thread: three days."""
_NAME = 90


def provisional(interaction: int) -> str:
    """The name of a thread that a command asked for, until it exists."""
    return f"i{interaction}"


def thread_name(title: str) -> str:
    """The name of a task's thread."""
    line = " ".join(title.split()) or "Task"
    return line if len(line) <= _NAME else f"{line[: _NAME - 1]}…"


class SessionThreads:
    """Knows which threads exist. Each is opened by one caller at a time."""

    def __init__(self, client: discord.Client, context: AdapterContext) -> None:
        self._client = client
        self._context = context
        self._known: set[str] = set()
        self._moved: dict[ThreadRef, ThreadRef] = {}
        self._turns = KeyedLock()

    async def open(self, thread: ThreadRef, session: str) -> int:
        """The channel to write to; raises discord.HTTPException when the thread cannot be opened."""
        thread = self._moved.get(thread, thread)
        if not thread.workspace:
            return int(thread.channel)
        if thread.thread in self._known:
            return int(thread.thread)
        async with self.opening(thread):
            return await self._open(self._moved.get(thread, thread), session)

    def opening(self, thread: ThreadRef) -> AbstractAsyncContextManager[None]:
        """While the body runs, no other caller opens this thread."""
        return self._turns.holding(thread)

    async def begin(self, thread: ThreadRef, title: str) -> None:
        """Open the thread of a message now; if that fails, the first delivery tries again and reports it."""
        with contextlib.suppress(discord.DiscordException, aiohttp.ClientError, OSError):
            async with self.opening(thread):
                if thread.thread not in self._known:
                    await self._from_message(thread, int(thread.thread), title)

    async def settle(self, thread: ThreadRef, starter: int, title: str) -> ThreadRef:
        """Open the thread that a command asked for on a message of ours; returns it by its new name."""
        await self._from_message(thread, starter, title)
        return await self._move(thread, str(starter))

    def learn(self, thread: int) -> None:
        """This thread exists."""
        self._known.add(str(thread))

    def gone(self, thread: int) -> None:
        """This thread was deleted. It stays known, so that it is not opened again."""
        self._known.add(str(thread))

    async def reopen(self, channel: int) -> None:
        """Open a thread that was closed; raises discord.Forbidden when it is locked and has to stay so."""
        thread = await self._client.fetch_channel(channel)
        if isinstance(thread, discord.Thread):
            await (thread.edit(archived=False, locked=False) if thread.locked else thread.edit(archived=False))

    async def _open(self, thread: ThreadRef, session: str) -> int:
        if thread.thread in self._known:
            return int(thread.thread)
        view = await self._context.reader.session(session)
        title = view.title if view else ""
        if thread.thread.startswith("i"):
            return int((await self._from_command(thread, title)).thread)
        guild = self._client.get_guild(int(thread.workspace))
        if guild is None or guild.get_thread(int(thread.thread)) is None:
            thread = await self._make_or_find(thread, title)
        self._known.add(thread.thread)
        return int(thread.thread)

    async def _make_or_find(self, thread: ThreadRef, title: str) -> ThreadRef:
        try:
            await self._from_message(thread, int(thread.thread), title)
        except discord.HTTPException as error:
            if error.status not in (400, 403, 404):
                raise
            with contextlib.suppress(discord.HTTPException):
                await self._client.fetch_channel(int(thread.thread))
                return thread
            if error.code != UNKNOWN_MESSAGE:
                raise
            return await self._without_message(thread, title)
        return thread

    async def _from_message(self, thread: ThreadRef, message: int, title: str) -> None:
        channel, name = int(thread.channel), thread_name(title)
        try:
            # Not Message.create_thread: that wants a server in the cache, which may come later than the message.
            await self._client.http.start_thread_with_message(
                channel, message, name=name, auto_archive_duration=_ARCHIVE_AFTER
            )
        except discord.HTTPException as error:
            if error.code != THREAD_EXISTS:
                raise
        self._known.add(str(message))

    async def _without_message(self, thread: ThreadRef, title: str) -> ThreadRef:
        """A thread without a message, when the message it would hang on was deleted."""
        made = await self._client.http.start_thread_without_message(
            int(thread.channel),
            name=thread_name(title),
            auto_archive_duration=_ARCHIVE_AFTER,
            type=discord.ChannelType.public_thread.value,
        )
        return await self._move(thread, str(made["id"]))

    async def _from_command(self, thread: ThreadRef, title: str) -> ThreadRef:
        """Open the thread of a command whose process ended too early: on the answer, else on a new message."""
        interaction = int(thread.thread.removeprefix("i"))
        channel = self._client.get_partial_messageable(int(thread.channel), guild_id=int(thread.workspace))
        async for message in channel.history(after=discord.Object(interaction), limit=100):
            metadata = message.interaction_metadata
            if metadata is not None and metadata.id == interaction:
                return await self.settle(thread, message.id, title)
        starter = await channel.send(f"**{escaped(thread_name(title))}**", nonce=nonce(thread.thread))
        return await self.settle(thread, starter.id, title)

    async def _move(self, thread: ThreadRef, name: str) -> ThreadRef:
        moved = replace(thread, thread=name)
        await self._context.threads.move(thread, moved)
        self._moved[thread] = moved
        self._known.add(name)
        return moved
