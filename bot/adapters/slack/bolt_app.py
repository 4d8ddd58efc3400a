"""The Bolt app: own events are Bolt's affair; what is left is stored before it is acknowledged."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.adapters.slack.credentials import BotIdentity
from bot.adapters.slack.web import Web

log = logging.getLogger(__name__)

Take: TypeAlias = Callable[[Mapping[str, Any], bool], Awaitable[dict[str, Any] | None]]
"""Stores what a payload says and returns the answer's body, None when the payload is nothing to us.

The second argument says whether Slack sends it again. What it raises leaves the payload unacknowledged.
"""


def request(
    mode: Literal["http", "socket_mode"], body: str | dict[str, Any], headers: Mapping[str, str]
) -> AsyncBoltRequest | None:
    """A payload as Bolt takes it, None for what Slack never sends."""
    told: dict[str, str | Sequence[str]] = dict(headers)
    try:
        return AsyncBoltRequest(mode=mode, body=body, headers=told)
    except (AttributeError, TypeError, ValueError):
        return None


def build(web: Web, me: BotIdentity, take: Take) -> AsyncApp:
    """An app whose global middleware awaits `take`; what it passes on goes to listeners, if there are any."""
    # Bolt would log whole payloads at INFO, and warn about each event without a listener.
    quiet = logging.getLogger("bot.adapters.slack.bolt")
    quiet.setLevel(logging.ERROR)

    async def authorize() -> AuthorizeResult:
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
        request_verification_enabled=False,
        authorize=authorize,
        raise_error_for_unhandled_request=True,
    )

    @app.middleware
    async def store(
        body: Mapping[str, Any], request: Any, next: Callable[[], Awaitable[None]]
    ) -> BoltResponse | None:
        answer = await take(body, "x-slack-retry-num" in request.headers)
        if answer is not None:
            return BoltResponse(status=200, body=answer or "")
        await next()
        return None

    @app.error
    async def failed(error: Exception) -> BoltResponse | None:
        if isinstance(error, BoltUnhandledRequestError):
            # Nobody wants it: without an acknowledgement Slack would send it again and count it as a failure.
            return BoltResponse(status=200)
        log.error("something from Slack could not be stored, so it is not acknowledged", exc_info=error)
        return None

    return app
