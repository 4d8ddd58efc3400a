"""Messages, edits, deletions and reactions on their way into the intake."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

import aiohttp
import discord

from bot.adapters.common.session_lookup import session_at
from bot.adapters.discord import parse
from bot.adapters.discord.buttons import GENERAL, reply_view
from bot.adapters.discord.context import PLATFORM, AdapterContext
from bot.adapters.discord.parse import BotIdentity
from bot.adapters.discord.people import Members
from bot.adapters.discord.session_threads import SessionThreads
from bot.adapters.discord.status_cards import StatusCards
from bot.aio.keyed_lock import KeyedLock
from bot.domain.errors import BadInput, Unheard
from bot.domain.events import Deleted, Edited, Event, Message, RemoteFile, Stop
from bot.domain.participants import Person, ThreadRef
from bot.ports import Intake

log = logging.getLogger(__name__)

_CONTEXT = 30
_FILES = 10
_CANNOT_READ = (
    "I cannot read plain replies here: my operator has not switched on the message content intent. "
    "Mention me, use `/reply`, or press the button."
)
_CANNOT_READ_TASK = (
    "I cannot read what you wrote to my role: my operator has not switched on the message content intent. "
    "Mention me by my own name, or use `/ask`."
)
_PATIENCE = 0.8
"""How many seconds the next messages wait for a long text to be fetched."""
_EDITED_LATELY = 600.0
"""Seconds; after that, an update is not taken as a new edit: something else has changed in the message."""
_NO_THREADS = "I cannot open a thread in this channel: mention me in a text channel."


class MessageEvents:
    """Takes events in, those of one thread in the order in which they came.

    `fetch` downloads an attachment of at most the given number of bytes.
    """

    def __init__(
        self,
        client: discord.Client,
        context: AdapterContext,
        intake: Intake,
        fetch: Callable[[RemoteFile, int], Awaitable[bytes]],
        *,
        session_threads: SessionThreads,
        cards: StatusCards,
        members: Members,
    ) -> None:
        self._client = client
        self._context = context
        self._intake = intake
        self._fetch = fetch
        self._session_threads = session_threads
        self._cards = cards
        self._members = members
        self._turns = KeyedLock()
        self._explained: set[int] = set()

    @property
    def me(self) -> BotIdentity:
        """How the bot is named."""
        assert self._client.user is not None
        own = (guild.self_role for guild in self._client.guilds)
        return BotIdentity(self._client.user.id, frozenset(role.id for role in own if role is not None))

    def in_turn(self, channel: int) -> AbstractAsyncContextManager[None]:
        """Handle the events of one channel one after the other."""
        return self._turns.holding(channel)

    async def said(self, message: discord.Message) -> None:
        """A new message."""
        if parse.from_person(message):
            async with self.in_turn(message.channel.id):
                await self.hear(message)

    async def hear(self, message: discord.Message) -> None:
        """Take in a person's message, new or missed, if it is for us."""
        me = self.me
        if not parse.from_person(message):
            return
        addressed = parse.addressed(message, me)
        thread = await self._thread(message, addressed=addressed)
        if thread is None:
            if addressed:
                await self.tell(message, _NO_THREADS)
            return
        if not addressed and thread.thread == str(message.id):
            return
        if parse.is_withheld(message):
            await (self.tell(message, _CANNOT_READ_TASK) if addressed else self._explain(message, thread))
            return
        await self._take_message(message, thread, me, addressed)

    async def _take_message(
        self, message: discord.Message, thread: ThreadRef, me: BotIdentity, addressed: bool
    ) -> None:
        before = await self._before(message, thread) if addressed else []
        text, files = parse.text(message, me), parse.files(message)
        if parse.pasted(message, me) and (addressed or await session_at(self._context.reader, thread)):
            text, files = await self.read(message)
        event = Message(
            key=str(message.id),
            thread=thread,
            who=await self._members.person(message.author, message.guild),
            text=text,
            files=(*(file for each in before for file in parse.files(each)), *files)[-_FILES:],
            id=str(message.id),
            addressed=addressed,
            context="\n".join(parse.quoted(each, me) for each in before),
        )
        opens = bool(thread.workspace) and thread.thread == str(message.id)
        async with asyncio.TaskGroup() as group:
            if opens:
                group.create_task(_show_typing(message))
            session = await self.take(event, message)
            if session and opens:
                await self._session_threads.begin(thread, event.text)
        if session and (view := await self._context.reader.session(session)) and view.status != "ended":
            self._cards.begin(thread)

    async def read(self, message: discord.Message) -> tuple[str, tuple[RemoteFile, ...]]:
        """The text and the files of a message; a long text that the client sent as a file counts as text."""
        pasted = parse.pasted(message, self.me)
        said = await self._pasted(pasted) if pasted else ""
        if said.strip():
            return parse.words(said, message, self.me), ()
        return parse.text(message, self.me), parse.files(message)

    async def _pasted(self, file: RemoteFile) -> str:
        """The text in a file, "" when it cannot be fetched at once."""
        try:
            async with asyncio.timeout(_PATIENCE):
                return (await self._fetch(file, parse.LONGEST)).decode("utf-8-sig")
        except (BadInput, TimeoutError, UnicodeDecodeError):
            return ""

    async def changed(self, change: discord.RawMessageUpdateEvent) -> None:
        """A message was edited, or Discord unfurled its links."""
        message = change.message
        if message.edited_at is None or not parse.from_person(message):
            return
        named = parse.names(message, self.me)
        async with self.in_turn(message.channel.id):
            if named and _is_new(message.edited_at) and not await self._is_held(message):
                await self.hear(message)
                return
            thread = await self._thread(message, addressed=named)
            if thread is None or parse.is_withheld(message):
                return
            key = f"{message.id} {message.edited_at.isoformat()}"
            who = await self._members.person(message.author, message.guild)
            text, _ = await self.read(message)
            await self.take(Edited(key, thread, who, str(message.id), text))

    async def deleted(self, guild: int | None, channel: int, message: int) -> None:
        """A message was deleted; Discord does not say by whom."""
        async with self.in_turn(channel):
            if thread := await self._holding(guild, channel, message):
                who = Person("", "its author")
                await self.take(Deleted(f"{message} gone", thread, who, str(message)))

    async def reacted(self, reaction: discord.RawReactionActionEvent) -> None:
        """A reaction was added to a message."""
        assert self._client.user is not None
        by_program = reaction.member.bot if reaction.member else reaction.user_id == self._client.user.id
        if not parse.is_stop(reaction.emoji) or by_program:
            return
        thread = await self._holding(reaction.guild_id, reaction.channel_id, reaction.message_id)
        if thread is None or (view := await session_at(self._context.reader, thread)) is None:
            return
        # In direct messages Discord names no member: the person is the one who started the session.
        who = parse.person(reaction.member) if reaction.member else view.starter
        run = await self._context.reader.times_ended(view.id)
        key = f"{reaction_key(reaction.message_id, reaction.user_id)} {run}"
        await self.take(Stop(key, thread, who))

    async def thread_gone(self, gone: discord.RawThreadDeleteEvent) -> None:
        """A thread was deleted, so its session is stopped."""
        thread = await self._holding(gone.guild_id, gone.thread_id, gone.thread_id)
        if thread is not None:
            await self.take(
                Stop(f"{gone.thread_id} gone", thread, Person("", "the person who deleted the thread"))
            )

    async def take(self, event: Event, message: discord.Message | None = None) -> str | None:
        """The session that took an event in; None when none did. The person is told why where it matters."""
        try:
            return await self._intake(event)
        except Unheard:
            return None
        except BadInput as why:
            if message is not None and not why.again:
                await self.tell(message, str(why))
            return None

    async def tell(self, message: discord.Message, text: str) -> None:
        """Tell the author of a message something in private, or as a reply if they accept no direct messages."""
        none = discord.AllowedMentions.none()
        try:
            await message.author.send(text, allowed_mentions=none)
        except discord.HTTPException:
            try:
                await message.reply(text, allowed_mentions=none)
            except discord.HTTPException as error:
                log.warning("Discord: %s could not be told: %s (%s)", message.author.id, text, error)

    async def _thread(self, message: discord.Message, *, addressed: bool) -> ThreadRef | None:
        """The thread of a message, also when its channel is not in the cache."""
        if isinstance(message.channel, discord.PartialMessageable) and message.guild is not None:
            guild, channel = str(message.guild.id), str(message.channel.id)
            if known := await self._context.threads.holding(PLATFORM, guild, channel, channel):
                return known
            if not addressed:
                return None
            fetched = await self._client.fetch_channel(message.channel.id)
            if isinstance(fetched, discord.Thread | discord.TextChannel):
                message.channel = fetched
        return parse.thread_of(message)

    async def _is_held(self, message: discord.Message) -> bool:
        """Whether a session already has this message or began with it."""
        guild = str(message.guild.id) if message.guild else ""
        name = str(message.id)
        return await self._context.threads.holding(PLATFORM, guild, str(message.channel.id), name) is not None

    async def _holding(self, guild: int | None, channel: int, message: int) -> ThreadRef | None:
        """The thread whose session a message belongs to: the thread it is in, or the one that hangs on it."""
        for name in dict.fromkeys((message, channel)):
            found = await self._context.threads.holding(PLATFORM, str(guild or ""), str(channel), str(name))
            if found is not None:
                return found
        return None

    async def _before(self, message: discord.Message, thread: ThreadRef) -> list[discord.Message]:
        """The earlier messages of a thread that has no session yet, or the message that this one answers."""
        if thread.workspace and thread.thread != str(message.id):
            if await self._context.threads.holding(PLATFORM, thread.workspace, thread.thread, thread.thread):
                return []
            try:
                before = [each async for each in message.channel.history(limit=_CONTEXT, before=message)]
            except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
                log.warning("Discord: the messages before %s cannot be read: %s", message.id, error)
                return []
            return [each for each in reversed(before) if each.content or each.attachments]
        answered = message.reference.resolved if message.reference else None
        return [answered] if isinstance(answered, discord.Message) and thread.workspace else []

    async def _explain(self, message: discord.Message, thread: ThreadRef) -> None:
        """Say once in a thread that plain replies cannot be read, and what to do instead."""
        if (
            message.channel.id in self._explained
            or (view := await session_at(self._context.reader, thread)) is None
        ):
            return
        self._explained.add(message.channel.id)
        async for earlier in message.channel.history(limit=100):
            if earlier.author.id == self.me.user and earlier.content == _CANNOT_READ:
                return
        await message.channel.send(_CANNOT_READ, view=reply_view(view.id, GENERAL))


async def _show_typing(message: discord.Message) -> None:
    """Show typing at once; this may be lost."""
    with contextlib.suppress(discord.DiscordException, aiohttp.ClientError, OSError):
        await message.channel.typing()


def _is_new(edited: datetime.datetime) -> bool:
    return time.time() - edited.timestamp() < _EDITED_LATELY


def reaction_key(message: int, user: int) -> str:
    """The beginning of the keys of a person's stops by reactions on a message."""
    return f"reaction {message} {user}"
