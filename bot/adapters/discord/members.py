"""Who people are: their roles, also when they write in private."""

from __future__ import annotations

import time

import discord

from bot.adapters.discord import parse
from bot.events import Person
from bot.policy import ADMIN

_KEPT = 300.0
_SERVERS = 20


class Members:
    """Looks people up in the servers they share with the bot; what it found holds for five minutes."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client
        self._found: dict[int, tuple[float, tuple[str, ...]]] = {}

    async def person(self, user: discord.User | discord.Member) -> Person:
        """Who this is. In private, somebody has the roles they have in any of the servers."""
        if isinstance(user, discord.Member):
            return parse.person(user)
        known = self._found.get(user.id)
        if known is None or time.monotonic() - known[0] > _KEPT:
            known = time.monotonic(), await self._groups(user.id)
            self._found[user.id] = known
        return Person(str(user.id), user.display_name, known[1])

    async def _groups(self, user: int) -> tuple[str, ...]:
        groups: dict[str, None] = {}
        for guild in self._client.guilds[:_SERVERS]:
            try:
                member = await guild.fetch_member(user)
            except discord.HTTPException:
                continue
            groups |= dict.fromkeys(parse.person(member).groups)
        return tuple(sorted(groups, key=lambda group: group != ADMIN))
