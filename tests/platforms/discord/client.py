"""The real discord.py client in the played Discord, for tests of the server itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from tests.platforms.discord.server import Discord
from tests.platforms.discord.world import Channel


class Client(discord.Client):
    """Writes down what it hears."""

    def __init__(self, *, content: bool = True) -> None:
        intents = discord.Intents.none()
        intents.guilds = intents.messages = intents.reactions = True
        intents.message_content = content
        super().__init__(intents=intents, max_messages=None)
        self.tree = app_commands.CommandTree(self)
        self.heard: asyncio.Queue[Any] = asyncio.Queue()
        self.resumed = asyncio.Event()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Do not wait."""

    async def on_message(self, message: discord.Message) -> None:
        if message.author != self.user:
            self.heard.put_nowait(message)

    async def on_raw_reaction_add(self, reaction: discord.RawReactionActionEvent) -> None:
        self.heard.put_nowait(reaction)

    async def on_resumed(self) -> None:
        self.resumed.set()

    def room(self, channel: Channel) -> discord.PartialMessageable:
        return self.get_partial_messageable(channel.id, guild_id=channel.guild)


@asynccontextmanager
async def connected(server: Discord, client: Client | None = None) -> AsyncIterator[Client]:
    client = client or Client()
    Route.BASE = server.api
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(server.gateway_url)
    running = asyncio.create_task(client.start(server.token))
    try:
        await asyncio.wait(
            {running, waiting := asyncio.create_task(server.gateway.connected())},
            return_when=asyncio.FIRST_COMPLETED,
        )
        waiting.cancel()
        if running.done():
            await running
        yield client
    finally:
        await client.close()
        running.cancel()
        with suppress(asyncio.CancelledError, discord.DiscordException):
            await running
