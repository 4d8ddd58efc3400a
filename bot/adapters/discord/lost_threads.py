"""Says where somebody sees it that a thread cannot be written to; once."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

import discord

from bot.adapters.discord.context import AdapterContext
from bot.adapters.discord.markdown import escaped
from bot.domain.events import ThreadRef

log = logging.getLogger(__name__)

_WHY = {
    10003: "its thread is deleted",
    50001: "I cannot see its channel: let me view it",
    50013: "I lack a permission: let me send messages, create public threads, send messages in threads, "
    "embed links and attach files in this channel",
    50083: "its thread is archived: open it",
    160005: "its thread is locked: unlock it",
    160006: "this server has too many open threads: close some",
}
_TOO_LARGE = 40005


class LostThreads:
    """Tells the channel, or the person who started the session, or at least the log."""

    def __init__(self, client: discord.Client, context: AdapterContext) -> None:
        self._client = client
        self._context = context
        self._told: set[tuple[ThreadRef, int]] = set()

    async def told(self, thread: ThreadRef, session: str, error: discord.HTTPException) -> None:
        """Say what an error means for a session, unless that was said or means nothing to people."""
        why = _WHY.get(error.code)
        if why is None or (thread, error.code) in self._told:
            return
        self._told.add((thread, error.code))
        view = await self._context.reader.session(session)
        title = view.title if view else "A task"
        text = f"About “{escaped(title)}”: {why}. What the team says is on Roundtable's page."
        log.warning("Discord: session %s cannot be shown: %s", session, why)
        starter = int(view.starter.id) if view and view.starter.id.isdecimal() else None
        for way in (self._in_channel(thread), self._in_private(starter)):
            if await self._tried(way, text):
                return

    def _in_channel(self, thread: ThreadRef) -> Callable[[str], Awaitable[object]]:
        return self._client.get_partial_messageable(int(thread.channel)).send

    def _in_private(self, user: int | None) -> Callable[[str], Awaitable[object]] | None:
        if user is None:
            return None

        async def send(text: str) -> None:
            channel = await self._client.create_dm(discord.Object(user))
            await channel.send(text)

        return send

    async def _tried(self, way: Callable[[str], Awaitable[object]] | None, text: str) -> bool:
        if way is None:
            return False
        try:
            await way(text)
        except discord.HTTPException:
            return False
        return True
