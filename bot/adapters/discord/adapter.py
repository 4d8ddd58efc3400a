"""Discord as a chat platform."""

from __future__ import annotations

import asyncio
import importlib
from typing import Any

from bot.adapters.discord import render
from bot.adapters.discord.context import PLATFORM, AdapterContext, CurrentConnection
from bot.domain.events import RemoteFile
from bot.domain.participants import Hint, MessageRef, ThreadRef
from bot.domain.posts import Part, Post
from bot.ports import Intake, Remember


class DiscordAdapter:
    """What needs discord.py waits until the library is loaded and the bot is logged in."""

    name = PLATFORM

    def __init__(self, context: AdapterContext) -> None:
        self._context = context
        self._line = CurrentConnection()

    async def run(self, intake: Intake) -> None:
        """Keep connected until cancelled."""
        supervisor: Any = await asyncio.to_thread(importlib.import_module, "bot.adapters.discord.supervisor")
        await supervisor.run(self._context, intake, self._line)

    def render(self, session: str, thread: ThreadRef, post_id: str, post: Post) -> tuple[Part, ...]:
        """A post as messages."""
        return render.render(session, post_id, post, self._context.policy().verbosity(thread))

    def plain(self, part: Part) -> Part | None:
        """A refused message without files, buttons and embeds."""
        return render.plain(part)

    async def deliver(self, thread: ThreadRef, part: Part, remember: Remember) -> MessageRef:
        """Send a part into its thread, which is opened when it is not there yet."""
        connection = await self._line.up()
        return await connection.deliver(thread, part, remember)

    async def find(self, thread: ThreadRef, part: Part) -> MessageRef | None:
        """Look for a part in its thread."""
        connection = await self._line.up()
        return await connection.find(thread, part)

    async def edit(self, message: MessageRef, part: Part) -> None:
        """Change a message of ours."""
        connection = await self._line.up()
        await connection.edit(message, part)

    async def hint(self, thread: ThreadRef, hint: Hint) -> None:
        """Type, and change the status card, while an agent is at work."""
        if self._line.connection is not None:
            self._line.connection.hint(thread, hint)

    async def fetch(self, file: RemoteFile, limit: int) -> bytes:
        """The bytes of an attachment."""
        connection = await self._line.up()
        return await connection.fetch(file, limit)
