"""What the courier is told of each error on the way to Discord."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
import pytest

from bot.adapters.discord.delivery_errors import delivery
from bot.domain.errors import Refused, RetryAfter, Unknown


def _answer(status: int, code: int = 0, **headers: str) -> discord.HTTPException:
    response: Any = SimpleNamespace(status=status, reason="", headers=headers)
    return discord.HTTPException(response, {"code": code, "message": "no"})


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (_answer(400, 50035), Refused),
        (_answer(403, 50013), Refused),
        (_answer(413, 40005), Refused),
        (_answer(429, 30046), Refused),
        (_answer(429), RetryAfter),
        (_answer(401), RetryAfter),
        (discord.RateLimited(40), RetryAfter),
        (_answer(500), Unknown),
        (_answer(503), Unknown),
        (aiohttp.ServerDisconnectedError(), Unknown),
        (ConnectionResetError(104, "reset"), Unknown),
        (TimeoutError(), Unknown),
        (RuntimeError("Session is closed"), Unknown),
    ],
    ids=repr,
)
def test_an_error_means(error: Exception, meaning: type[Exception]) -> None:
    assert type(delivery(error)) is meaning


def test_as_long_as_discord_asks_is_waited() -> None:
    for error, seconds in (
        (_answer(429, 0, **{"Retry-After": "7.5"}), 7.5),
        (_answer(429, 0, **{"Retry-After": "soon"}), 5.0),
        (discord.RateLimited(40), 40.0),
    ):
        said = delivery(error)
        assert isinstance(said, RetryAfter)
        assert said.seconds == seconds
