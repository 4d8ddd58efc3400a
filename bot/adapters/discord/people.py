"""People and their roles, also when they write in direct messages."""

from __future__ import annotations

import asyncio
import logging

import aiohttp
import discord
from cachetools import TTLCache

from bot.adapters.discord import parse
from bot.domain.participants import Person
from bot.domain.policy import ADMIN

log = logging.getLogger(__name__)

_KEPT = 300.0
_MOST = 10_000
_SERVERS = 20
_PAUSES = (0.0, 0.3, 0.7)
"""Seconds before each request to a server: a command must be answered within three."""


class Members:
    """Looks people up in the servers they share with the bot, and remembers them for five minutes."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client
        self._found: TTLCache[tuple[int, int], tuple[str, ...]] = TTLCache(_MOST, _KEPT)

    async def person(self, user: discord.User | discord.Member, guild: discord.Guild | None) -> Person:
        """A person in a server. In direct messages people have the roles that they have in any of the servers."""
        if isinstance(user, discord.Member):
            return parse.person(user)
        key = user.id, guild.id if guild else 0
        known = self._found.get(key)
        if known is None:
            asked = [guild] if guild else self._client.guilds[:_SERVERS]
            found = await asyncio.gather(*(_groups(each, user.id) for each in asked))
            groups = dict.fromkeys(group for answer in found for group in answer or ())
            known = tuple(sorted(groups, key=lambda group: group != ADMIN))
            if None not in found:
                self._found[key] = known
        return Person(str(user.id), user.display_name, known)


async def _groups(guild: discord.Guild, user: int) -> tuple[str, ...] | None:
    """A user's roles in a server, empty when they are no member; None when the server cannot be asked."""
    for pause in _PAUSES:
        await asyncio.sleep(pause)
        try:
            return parse.person(await guild.fetch_member(user)).groups
        except (discord.NotFound, discord.Forbidden):
            return ()
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            log.debug("Discord: the server %s cannot be asked for %s: %s", guild.id, user, error)
    return None
