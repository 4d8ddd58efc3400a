"""Sends parts to Discord, and finds them again."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import nullcontext
from typing import Any

import discord

from bot.adapters.common.lost_threads import ON_PAGE, LostThreads, notice, tell_first
from bot.adapters.discord import files
from bot.adapters.discord.body import MESSAGE, Body, nonce, unpack
from bot.adapters.discord.buttons import choice_view, reply_view
from bot.adapters.discord.context import AdapterContext
from bot.adapters.discord.delivery_errors import PLACE_ERRORS, translated
from bot.adapters.discord.markdown import escaped
from bot.adapters.discord.parse import moment
from bot.adapters.discord.session_threads import SessionThreads
from bot.domain.participants import MessageRef, ThreadRef
from bot.domain.posts import Part
from bot.ports import Remember

log = logging.getLogger(__name__)

ARCHIVED, LOCKED = 50083, 160005
_CLOCKS_APART = 60.0
_LOOK_AT = 200
_FILES_AT_ONCE = 8
"""Messages whose files are in memory at a time."""
_COLOURS = {"good": discord.Colour.green(), "neutral": discord.Colour.gold(), "bad": discord.Colour.red()}


class Sender:
    """Sends each part with its own nonce, so that sending it again within minutes gives the same message."""

    def __init__(self, client: discord.Client, context: AdapterContext, session_threads: SessionThreads) -> None:
        self._client = client
        self._context = context
        self._session_threads = session_threads
        self._lost_threads = LostThreads()
        self._slots = asyncio.Semaphore(_FILES_AT_ONCE)
        self._last: dict[int, int] = {}
        """The bot's newest message in each channel, as far as this process knows."""

    async def deliver(self, thread: ThreadRef, part: Part, remember: Remember) -> MessageRef:
        """Send a part; raises Refused, Unknown or RetryAfter."""
        with translated():
            try:
                channel = await self._session_threads.open(thread, part.session)
                if not part.memo:
                    await remember(str(self._last.get(channel) or moment(time.time() - _CLOCKS_APART)))
                async with self._slots if unpack(part).files else nullcontext():
                    message = await self._send_open(channel, thread, part)
            except discord.HTTPException as error:
                if (why := PLACE_ERRORS.get(error.code)) and self._lost_threads.is_new(part.session, why):
                    await self._tell_lost(thread, part.session, why)
                raise
        self._last[channel] = message.id
        return MessageRef(str(channel), str(message.id))

    async def find(self, thread: ThreadRef, part: Part) -> MessageRef | None:
        """The message of a part: the bot's own, sent after it was tried, with the same nonce or content."""
        with translated():
            channel = await self._session_threads.open(thread, part.session)
            body = unpack(part)
            attached, text = await self._prepared(thread, part, body)
            sizes = sorted(_length(file) for file in attached)
            after = discord.Object(int(part.memo)) if part.memo else None
            history = self._channel(channel, thread).history(limit=_LOOK_AT, after=after, oldest_first=False)
            async for message in history:
                if message.author.id == self._me and _is(message, part, text, sizes):
                    return MessageRef(str(channel), str(message.id))
        return None

    async def edit(self, message: MessageRef, part: Part) -> None:
        """Update a part's text and buttons; its files stay. Raises Refused, Unknown or RetryAfter."""
        body = unpack(part)
        shown = self._client.get_partial_messageable(int(message.channel)).get_partial_message(int(message.id))
        with translated():
            try:
                await shown.edit(content=body.text[:MESSAGE], view=_view(part.session, body))
            except discord.HTTPException as error:
                if error.code not in (ARCHIVED, LOCKED):
                    raise
                await self._session_threads.reopen(int(message.channel))
                await shown.edit(content=body.text[:MESSAGE], view=_view(part.session, body))

    async def _tell_lost(self, thread: ThreadRef, session: str, why: str) -> None:
        """Tell the channel, else the person who started the session, that the thread cannot be written to."""
        view = await self._context.reader.session(session)
        if view is None:
            return

        async def in_channel(text: str) -> bool:
            return await _said(self._client.get_partial_messageable(int(thread.channel)), text)

        async def in_private(text: str) -> bool:
            if not view.starter.id.isdecimal():
                return False
            try:
                return await _said(await self._client.create_dm(discord.Object(int(view.starter.id))), text)
            except discord.HTTPException:
                return False

        await tell_first([in_channel, in_private], session, notice(escaped(view.title), why, ON_PAGE))

    async def _send_open(self, channel: int, thread: ThreadRef, part: Part) -> discord.Message:
        try:
            return await self._send(channel, thread, part)
        except discord.HTTPException as error:
            if error.code not in (ARCHIVED, LOCKED):
                raise
            try:
                await self._session_threads.reopen(channel)
            except discord.HTTPException:
                raise error from None
            return await self._send(channel, thread, part)

    async def _send(self, channel: int, thread: ThreadRef, part: Part) -> discord.Message:
        body = unpack(part)
        attached, text = await self._prepared(thread, part, body)
        more: dict[str, Any] = {"files": attached} if attached else {}
        if view := _view(part.session, body):
            more["view"] = view
        if body.card:
            more["embed"] = _embed(body)
        else:
            more["suppress_embeds"] = True
        return await self._channel(channel, thread).send(text, nonce=nonce(part.id), **more)

    async def _prepared(self, thread: ThreadRef, part: Part, body: Body) -> tuple[list[discord.File], str]:
        guild = self._client.get_guild(int(thread.workspace)) if thread.workspace else None
        limit = guild.filesize_limit if guild else discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES
        attached, notes = await files.prepared(body.files, part.session, limit, self._context.blob)
        return attached, "\n".join([body.text, *notes])[:MESSAGE]

    def _channel(self, channel: int, thread: ThreadRef) -> discord.PartialMessageable:
        return self._client.get_partial_messageable(channel, guild_id=int(thread.workspace or 0) or None)

    @property
    def _me(self) -> int:
        assert self._client.user is not None
        return self._client.user.id


async def _said(channel: discord.abc.Messageable, text: str) -> bool:
    """Say something; False when Discord refuses it."""
    try:
        await channel.send(text)
    except discord.HTTPException:
        return False
    return True


def _view(session: str, body: Body) -> discord.ui.View | None:
    """The buttons of a message."""
    if body.offers:
        return choice_view(body.offers)
    return reply_view(session, body.question) if body.question else None


def _is(message: discord.Message, part: Part, text: str, sizes: list[int]) -> bool:
    if message.nonce is not None:
        return str(message.nonce) == nonce(part.id)
    same_files = sorted(file.size for file in message.attachments) == sizes
    return same_files and message.content.split() == text.split()


def _length(file: discord.File) -> int:
    return len(file.fp.getbuffer()) if hasattr(file.fp, "getbuffer") else 0


def _embed(body: Body) -> discord.Embed:
    assert body.card is not None
    embed = discord.Embed(title=body.card.title, colour=_COLOURS[body.card.mood])
    for name, value in body.card.facts:
        embed.add_field(name=name, value=value)
    return embed
