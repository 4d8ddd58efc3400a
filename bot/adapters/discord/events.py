"""What people say and do in channels and threads, on its way into the intake."""

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
    "I cannot read plain replies here: my operator has not switched the message content intent on. "
    "Mention me, use `/reply`, or press the button."
)
_CANNOT_READ_TASK = (
    "I cannot read what you said to my role: my operator has not switched the message content intent on. "
    "Mention me by my own name, or use `/ask`."
)
_PATIENCE = 0.8
"""Seconds that whatever is said next waits for a long text."""
_EDITED_LATELY = 600.0
"""Seconds; an older edit was not made now, and something else brought its message up."""
_NO_THREADS = "I cannot open a thread in this channel: mention me in a text channel."


class MessageEvents:
    """Brings events in, those of one thread in the order in which they came.

    `fetch`: the bytes of an attachment, of at most so many.
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
        """Events of one channel, one after the other."""
        return self._turns.holding(channel)

    async def said(self, message: discord.Message) -> None:
        """A message came."""
        if parse.from_person(message):
            async with self.in_turn(message.channel.id):
                await self.hear(message)

    async def hear(self, message: discord.Message) -> None:
        """Take a person's message in when it is for us, whether it comes now or was missed."""
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
        async with asyncio.TaskGroup() as meanwhile:
            if opens:
                meanwhile.create_task(_show_typing(message))
            session = await self.take(event, message)
            if session and opens:
                await self._session_threads.begin(thread, event.text)
        if session and (view := await self._context.reader.session(session)) and view.status != "ended":
            self._cards.begin(thread)

    async def read(self, message: discord.Message) -> tuple[str, tuple[RemoteFile, ...]]:
        """What a message says, and its files; what its author's client made a file of for its length is said."""
        pasted = parse.pasted(message, self.me)
        said = await self._pasted(pasted) if pasted else ""
        if said.strip():
            return parse.words(said, message, self.me), ()
        return parse.text(message, self.me), parse.files(message)

    async def _pasted(self, file: RemoteFile) -> str:
        """The text in a file, "" when it cannot be had at once."""
        try:
            async with asyncio.timeout(_PATIENCE):
                return (await self._fetch(file, parse.LONGEST)).decode("utf-8-sig")
        except (BadInput, TimeoutError, UnicodeDecodeError):
            return ""

    async def changed(self, change: discord.RawMessageUpdateEvent) -> None:
        """A message was edited, or only its links were unfurled."""
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
                who = Person("", "whoever wrote it")
                await self.take(Deleted(f"{message} gone", thread, who, str(message)))

    async def reacted(self, reaction: discord.RawReactionActionEvent) -> None:
        """Somebody put a reaction on a message."""
        assert self._client.user is not None
        by_program = reaction.member.bot if reaction.member else reaction.user_id == self._client.user.id
        if not parse.is_stop(reaction.emoji) or by_program:
            return
        thread = await self._holding(reaction.guild_id, reaction.channel_id, reaction.message_id)
        if thread is None or (view := await session_at(self._context.reader, thread)) is None:
            return
        # In private, where Discord sends no member along, a person is whoever began the session.
        who = parse.person(reaction.member) if reaction.member else view.starter
        run = await self._context.reader.times_ended(view.id)
        key = f"{reaction_key(reaction.message_id, reaction.user_id)} {run}"
        await self.take(Stop(key, thread, who))

    async def thread_gone(self, gone: discord.RawThreadDeleteEvent) -> None:
        """A thread was deleted: nobody sees what its session does."""
        thread = await self._holding(gone.guild_id, gone.thread_id, gone.thread_id)
        if thread is not None:
            await self.take(Stop(f"{gone.thread_id} gone", thread, Person("", "whoever deleted the thread")))

    async def take(self, event: Event, message: discord.Message | None = None) -> str | None:
        """The session that took an event in; None when none did, which its person is told where it matters."""
        try:
            return await self._intake(event)
        except Unheard:
            return None
        except BadInput as why:
            if message is not None and not why.again:
                await self.tell(message, str(why))
            return None

    async def tell(self, message: discord.Message, text: str) -> None:
        """Say something to the author of a message alone; where they take no messages, as an answer."""
        none = discord.AllowedMentions.none()
        try:
            await message.author.send(text, allowed_mentions=none)
        except discord.HTTPException:
            try:
                await message.reply(text, allowed_mentions=none)
            except discord.HTTPException as error:
                log.warning("Discord: %s could not be told: %s (%s)", message.author.id, text, error)

    async def _thread(self, message: discord.Message, *, addressed: bool) -> ThreadRef | None:
        """Where a message belongs, also where Discord has not told us of its channel."""
        if isinstance(message.channel, discord.PartialMessageable) and message.guild is not None:
            guild, channel = str(message.guild.id), str(message.channel.id)
            if known := await self._context.threads.holding(PLATFORM, guild, channel, channel):
                return known
            if not addressed:
                return None
            place = await self._client.fetch_channel(message.channel.id)
            if isinstance(place, discord.Thread | discord.TextChannel):
                message.channel = place
        return parse.thread_of(message)

    async def _is_held(self, message: discord.Message) -> bool:
        """Whether a session has this message already, or began with it."""
        guild = str(message.guild.id) if message.guild else ""
        name = str(message.id)
        return await self._context.threads.holding(PLATFORM, guild, str(message.channel.id), name) is not None

    async def _holding(self, guild: int | None, channel: int, message: int) -> ThreadRef | None:
        """The thread whose session a message belongs to: in it, or the one that it hangs on."""
        for name in dict.fromkeys((message, channel)):
            found = await self._context.threads.holding(PLATFORM, str(guild or ""), str(channel), str(name))
            if found is not None:
                return found
        return None

    async def _before(self, message: discord.Message, thread: ThreadRef) -> list[discord.Message]:
        """What was said in a thread of people that has no session yet, or what a message answers."""
        if thread.workspace and thread.thread != str(message.id):
            if await self._context.threads.holding(PLATFORM, thread.workspace, thread.thread, thread.thread):
                return []
            try:
                before = [each async for each in message.channel.history(limit=_CONTEXT, before=message)]
            except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
                log.warning("Discord: what was said before message %s cannot be had: %s", message.id, error)
                return []
            return [each for each in reversed(before) if each.content or each.attachments]
        answered = message.reference.resolved if message.reference else None
        return [answered] if isinstance(answered, discord.Message) and thread.workspace else []

    async def _explain(self, message: discord.Message, thread: ThreadRef) -> None:
        """Say once in a thread that plain replies cannot be read, with another way."""
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
    """The first sign of life, which may be lost."""
    with contextlib.suppress(discord.DiscordException, aiohttp.ClientError, OSError):
        await message.channel.typing()


def _is_new(edited: datetime.datetime) -> bool:
    return time.time() - edited.timestamp() < _EDITED_LATELY


def reaction_key(message: int, user: int) -> str:
    """What the keys of one person's stops by reactions on one message begin with."""
    return f"reaction {message} {user}"
