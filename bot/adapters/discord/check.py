"""Whether the bot can do its work in Discord: for `roundtable doctor`."""

from __future__ import annotations

import aiohttp
import discord

from bot.adapters.discord.client import intents
from bot.adapters.discord.supervisor import NO_INTENT, NO_LOGIN, connect_to
from bot.domain.errors import OperatorError

PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    create_public_threads=True,
    embed_links=True,
    attach_files=True,
    read_message_history=True,
)
"""What the bot uses, and nothing else."""
_SHOWN = 5


async def check(token: str, api: str, gateway: str) -> str:
    """Log in and check intents and channels; returns a sentence with the invite link, raises OperatorError."""
    connect_to(api, gateway)
    async with discord.Client(intents=intents(content=True)) as client:
        try:
            await client.login(token)
            application = await client.application_info()
            link = invite(application.id)
            if not (
                application.flags.gateway_message_content or application.flags.gateway_message_content_limited
            ):
                raise OperatorError(f"{NO_INTENT} Invite link: {link}")
            servers, lacking = await _servers(client)
        except discord.LoginFailure:
            raise OperatorError(NO_LOGIN) from None
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            raise OperatorError(f"Discord cannot be reached: {error}.") from None
    if not servers:
        raise OperatorError(f"The bot is in no server yet; invite it: {link}")
    if lacking:
        raise OperatorError(
            f"Permissions are missing in {'; '.join(lacking[:_SHOWN])}. Invite the bot again: {link}"
        )
    return f"{application.name} is in {', '.join(servers[:_SHOWN])} has all permissions. Invite link: {link}"


def invite(application: int) -> str:
    """The link that invites the bot with exactly what it uses."""
    return discord.utils.oauth_url(application, permissions=PERMISSIONS)


async def _servers(client: discord.Client) -> tuple[list[str], list[str]]:
    """The servers, and the permissions that are missing in channels that the bot sees."""
    assert client.user is not None
    names, lacking = [], []
    async for found in client.fetch_guilds():
        names.append(found.name)
        guild = await client.fetch_guild(found.id)
        me = await guild.fetch_member(client.user.id)
        for channel in await guild.fetch_channels():
            if not isinstance(channel, discord.TextChannel):
                continue
            granted = channel.permissions_for(me)
            missing = [name for name, wanted in PERMISSIONS if wanted and not getattr(granted, name)]
            if granted.view_channel and missing:
                lacking.append(f"#{channel.name} of {found.name} ({', '.join(missing)})")
    return names, lacking
