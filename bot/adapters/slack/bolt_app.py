"""The Bolt app: Bolt reads requests and answers Slack's checks of the address; everything else is stored first."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.adapters.slack.credentials import BotIdentity
from bot.adapters.slack.web import Web

log = logging.getLogger(__name__)

Take: TypeAlias = Callable[[Mapping[str, Any], bool], Awaitable[dict[str, Any]]]
"""Stores what a payload says and returns the body of the answer.

The second argument says whether Slack sends it once more. What it raises leaves the payload unacknowledged.
"""


def request(
    mode: Literal["http", "socket_mode"], body: str | dict[str, Any], headers: Mapping[str, str]
) -> AsyncBoltRequest | None:
    """A payload as Bolt reads it, None for what Slack never sends."""
    named: dict[str, str | Sequence[str]] = dict(headers)
    try:
        return AsyncBoltRequest(mode=mode, body=body, headers=named)
    except (AttributeError, TypeError, ValueError, RecursionError):
        return None


def build(web: Web, me: BotIdentity, take: Take) -> AsyncApp:
    """An app that answers with what `take` returns, and with status 500 when it raises."""
    # Bolt warns of a second token, which our client needs for its own calls.
    quiet = logging.getLogger("bot.adapters.slack.bolt")
    quiet.setLevel(logging.ERROR)

    async def authorize() -> AuthorizeResult:
        # With a token, Bolt would ask Slack who we are, and acknowledge what comes while that fails.
        return AuthorizeResult(
            enterprise_id=None,
            team_id=me.team,
            bot_user_id=me.user,
            bot_id=me.bot,
            bot_token=web.access.bot_token,
        )

    app = AsyncApp(
        name="roundtable",
        logger=quiet,
        client=web.client,
        authorize=authorize,
        # The endpoint checks signatures before anything is parsed, and `parse` drops what the bot did itself.
        request_verification_enabled=False,
        ignoring_self_events_enabled=False,
        attaching_function_token_enabled=False,
    )

    @app.middleware
    async def store(body: Mapping[str, Any], request: AsyncBoltRequest) -> BoltResponse:
        answer = await take(body, "x-slack-retry-num" in request.headers)
        return BoltResponse(status=200, body=answer or "")

    @app.error
    async def failed(error: Exception) -> None:
        log.error("a payload from Slack could not be stored, so it is not acknowledged", exc_info=error)

    return app
