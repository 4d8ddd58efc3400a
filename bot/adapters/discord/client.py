"""One connection to Discord, put together from its parts."""

from __future__ import annotations

import logging
from typing import Any

import aiohttp
import discord

from bot.adapters.discord import commands, files
from bot.adapters.discord.backfill import Backfill
from bot.adapters.discord.buttons import BUTTONS, press_late
from bot.adapters.discord.context import AdapterContext, CurrentConnection
from bot.adapters.discord.deliver import Sender
from bot.adapters.discord.events import MessageEvents
from bot.adapters.discord.interactions import Interactions
from bot.adapters.discord.people import Members
from bot.adapters.discord.session_threads import SessionThreads
from bot.adapters.discord.status_cards import StatusCards
from bot.domain.events import RemoteFile
from bot.domain.participants import Hint, MessageRef, ThreadRef
from bot.domain.posts import Part
from bot.ports import Intake, Remember

log = logging.getLogger(__name__)

_LONGEST_WAIT = 30.0
discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False


class Client(discord.Client):
    """Implements `bot.adapters.discord.context.DiscordConnection`; a context manager that is used once.

    `content`: whether it asks for the privileged message content intent.
    """

    def __init__(self, context: AdapterContext, intake: Intake, line: CurrentConnection, *, content: bool) -> None:
        super().__init__(
            intents=intents(content=content),
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            chunk_guilds_at_startup=False,
            max_ratelimit_timeout=_LONGEST_WAIT,
        )
        self._context = context
        self._line = line
        self._content = content
        self.was_connected = False
        members = Members(self)
        self.session_threads = SessionThreads(self, context)
        self.cards = StatusCards(self, context, self.session_threads, reply=not content)
        self.message_events = MessageEvents(
            self,
            context,
            intake,
            self.fetch,
            session_threads=self.session_threads,
            cards=self.cards,
            members=members,
        )
        self.interactions = Interactions(
            context,
            intake,
            session_threads=self.session_threads,
            cards=self.cards,
            members=members,
            message_events=self.message_events,
        )
        self._backfill = Backfill(self, context, self.message_events, members)
        self._sender = Sender(self, context, self.session_threads)
        self._http_for_files: aiohttp.ClientSession | None = None
        self.tree = commands.Tree(self)
        commands.build(self.tree, context, self.interactions)

    async def setup_hook(self) -> None:
        """Logged in: messages can be sent from now on."""
        self.add_dynamic_items(*BUTTONS)
        self._http_for_files = aiohttp.ClientSession(trust_env=True)
        self._line.take(self)
        await commands.sync(self.tree, self._context.kept)

    async def close(self) -> None:
        """Leave Discord."""
        self._line.drop(self)
        await self.cards.workers.close(grace=0)
        if self._http_for_files is not None:
            await self._http_for_files.close()
        await super().close()

    async def deliver(self, thread: ThreadRef, part: Part, remember: Remember) -> MessageRef:
        """Send a part."""
        sent = await self._sender.deliver(thread, part, remember)
        self.cards.learn(thread)
        return sent

    async def find(self, thread: ThreadRef, part: Part) -> MessageRef | None:
        """Look for a part."""
        return await self._sender.find(thread, part)

    async def edit(self, message: MessageRef, part: Part) -> None:
        """Change a message of ours."""
        await self._sender.edit(message, part)

    def hint(self, thread: ThreadRef, hint: Hint) -> None:
        """Show who is at work."""
        self.cards.hint(thread, hint)

    async def fetch(self, file: RemoteFile, limit: int) -> bytes:
        """The bytes of an attachment."""
        assert self._http_for_files is not None
        return await files.fetch(self, self._http_for_files, self._context.api, file, limit)

    async def on_connect(self) -> None:
        """A new gateway session, in which Discord replays nothing."""
        self.was_connected = True
        self._context.report("ok")
        await self._backfill.run()

    async def on_disconnect(self) -> None:
        if self.was_connected:
            self._context.report("Discord: the connection was lost; connecting again.")

    async def on_resumed(self) -> None:
        self._context.report("ok")

    async def on_message(self, message: discord.Message) -> None:
        await self._backfill.queued()
        await self.message_events.said(message)

    async def on_raw_message_edit(self, change: discord.RawMessageUpdateEvent) -> None:
        await self._backfill.queued()
        await self.message_events.changed(change)

    async def on_raw_message_delete(self, gone: discord.RawMessageDeleteEvent) -> None:
        await self._backfill.queued()
        await self.message_events.deleted(gone.guild_id, gone.channel_id, gone.message_id)

    async def on_raw_bulk_message_delete(self, gone: discord.RawBulkMessageDeleteEvent) -> None:
        await self._backfill.queued()
        for message in gone.message_ids:
            await self.message_events.deleted(gone.guild_id, gone.channel_id, message)

    async def on_raw_reaction_add(self, reaction: discord.RawReactionActionEvent) -> None:
        await self.message_events.reacted(reaction)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Read forms that an earlier process opened, and late clicks: discord.py knows neither."""
        if not await press_late(interaction):
            await self.interactions.form(interaction)

    async def on_thread_create(self, thread: discord.Thread) -> None:
        if thread.owner_id == self.application_id:
            self.session_threads.learn(thread.id)

    async def on_raw_thread_delete(self, gone: discord.RawThreadDeleteEvent) -> None:
        self.session_threads.gone(gone.thread_id)
        await self.message_events.thread_gone(gone)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        log.warning(
            "Discord: the bot is no longer in the server %s; invite it again to continue there.", guild.name
        )

    async def on_error(self, event: str, /, *_: Any, **__: Any) -> None:
        log.exception("Discord: the event %s failed", event)


def intents(*, content: bool) -> discord.Intents:
    """The intents that the bot asks for."""
    wanted = discord.Intents.none()
    wanted.guilds = wanted.guild_messages = wanted.dm_messages = True
    wanted.guild_reactions = wanted.dm_reactions = True
    wanted.message_content = content
    return wanted
