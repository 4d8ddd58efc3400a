"""Whether the chosen model answers: one tiny call, for `doctor` and for start-up."""

from __future__ import annotations

import asyncio

from agents.models.call_failures import explain, service
from agents.models.choice import ModelChoice
from agents.models.clients import create
from agents.models.port import ChatTurn, ModelRequest, Piece
from bot.settings import Settings

_LONGEST_ANSWER = 16
"""Tokens; the least that every provider allows."""


async def check(choice: ModelChoice, settings: Settings) -> None:
    """Ask the model for one word; raises ModelRefused or ModelUnavailable, in words for the operator."""
    if choice.provider == "demo":
        return
    client = create(choice, settings, "check")
    request = ModelRequest("", (ChatTurn("user", "Reply with the word yes."),), _LONGEST_ANSWER)
    try:
        async with asyncio.timeout(settings.roundtable_model_timeout):
            await client.answer(request, _to_nobody)
    except Exception as error:
        failure = explain(error, service(choice))
        if failure is None:
            raise
        # A model that thinks first may not come to its answer in so few tokens; it works all the same.
        if not failure.limit:
            raise failure.error() from error
    finally:
        await client.close()


def _to_nobody(_piece: Piece) -> None:
    """Drop a piece of an answer."""
