"""Keeps the bot connected."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Iterator

import aiohttp
import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.adapters.discord.client import Client
from bot.adapters.discord.context import AdapterContext, CurrentConnection
from bot.ports import Intake

log = logging.getLogger(__name__)

_PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0)
_AFTER_REFUSAL = 60.0
NO_LOGIN = "Discord refuses DISCORD_BOT_TOKEN: reset it in the developer portal (Bot) and copy it into .env."
NO_INTENT = (
    "Discord: the message content intent is off, so plain replies in threads cannot be read. Switch it on in the "
    "developer portal (Bot, Message Content Intent) and start again."
)
_AWAY = "Discord cannot be reached; trying again: %s"


def connect_to(api: str, gateway: str) -> None:
    """Have discord.py connect where the settings say; it offers nothing but its class attributes for that."""
    if api:
        Route.BASE = api
    if gateway:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)


async def run(context: AdapterContext, intake: Intake, line: CurrentConnection) -> None:
    """Connect, and reconnect, until cancelled."""
    connect_to(context.api, context.gateway)
    content, pauses = True, iter(_PAUSES)
    while True:
        client = Client(context, intake, line, content=content)
        try:
            async with client:
                await client.start(context.token)
        except discord.PrivilegedIntentsRequired:
            content = False
            log.warning(NO_INTENT)
            continue
        except Exception as error:
            pause, sentence = _meaning(error, pauses)
            context.report(sentence)
            log.warning("%s", sentence)
        else:
            pause = _PAUSES[0]
        if client.was_connected:
            pauses = iter(_PAUSES)
        await asyncio.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311


def _meaning(error: Exception, pauses: Iterator[float]) -> tuple[float, str]:
    """The seconds to wait before the next try, and a sentence about the error."""
    match error:
        case discord.LoginFailure() | discord.ConnectionClosed(code=4004):
            return _AFTER_REFUSAL, NO_LOGIN
        case discord.DiscordException() | aiohttp.ClientError() | OSError() | TimeoutError() | AttributeError():
            # AttributeError: what discord.py raises when its very first connection to the gateway fails.
            return next(pauses, _PAUSES[-1]), _AWAY % (str(error) or type(error).__name__)
    log.error("Discord: the connection failed for an unknown reason", exc_info=error)
    return next(pauses, _PAUSES[-1]), _AWAY % type(error).__name__
