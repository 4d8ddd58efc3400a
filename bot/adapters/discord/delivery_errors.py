"""discord.py's errors as errors of delivery."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
import discord

from bot.domain.errors import Delivery, Refused, RetryAfter, Unknown

_LATER = 5.0
_INVALID_TOKEN = 60.0
_TOO_OLD = 30046
"""A message older than an hour was edited too often: waiting would delay the messages after it."""

PLACE_ERRORS = {
    10003: "its thread is deleted",
    50001: "I cannot see its channel: let me view it",
    50013: "I lack a permission: let me send messages, create public threads, send messages in threads, "
    "embed links and attach files in this channel",
    50083: "its thread is archived: open it",
    160005: "its thread is locked: unlock it",
    160006: "this server has too many open threads: close some",
}
"""Why nothing can be posted in a thread any longer, by Discord's code."""


@contextmanager
def translated() -> Iterator[None]:
    """Raise Refused, Unknown or RetryAfter for any error on the way to Discord."""
    try:
        yield
    except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError, RuntimeError) as error:
        raise delivery(error) from error


def delivery(error: Exception) -> Delivery:
    """What an error says about a message that was being sent."""
    match error:
        case discord.RateLimited(retry_after=seconds):
            return RetryAfter(seconds)
        case aiohttp.ClientConnectorError():
            return RetryAfter(_LATER)
        case discord.HTTPException(code=code) if code == _TOO_OLD:
            return Refused(str(error))
        case discord.HTTPException(status=429):
            return RetryAfter(_asked(error))
        case discord.HTTPException(status=401):
            # The token was changed: deliveries wait until the new one is set.
            return RetryAfter(_INVALID_TOKEN)
        case discord.HTTPException(status=status) if status < 500:
            return Refused(str(error))
    return Unknown(f"{type(error).__name__}: {error}")


def _asked(error: discord.HTTPException) -> float:
    """How many seconds an answer without a valid body asks to wait."""
    try:
        return max(0.05, float(error.response.headers["Retry-After"]))
    except (KeyError, ValueError):
        return _LATER
