"""The Web API: one client that never retries by itself, and what its errors mean."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.adapters.slack.credentials import BotIdentity, Credentials
from bot.domain.errors import Delivery, Refused, RetryAfter, Unknown

log = logging.getLogger(__name__)

TIMEOUT = 15.0
TOKEN_ERRORS = frozenset(
    {
        "invalid_auth",
        "not_authed",
        "token_revoked",
        "token_expired",
        "account_inactive",
        "missing_scope",
        "org_login_required",
        "team_access_not_granted",
        "ekm_access_denied",
        "not_allowed_token_type",
    }
)
"""The operator must fix the app; what is to be sent can wait for that."""
PLACE_ERRORS = {
    "not_in_channel": "I am no longer in that channel: invite me again, then reply in the thread",
    "channel_not_found": "that channel is gone, or I am no longer in it: invite me again, then reply",
    "is_archived": "that channel is archived",
    "thread_not_found": "that thread was deleted",
    "message_not_found": "that thread was deleted",
    "cannot_reply_to_message": "that message takes no replies",
    "restricted_action": "a rule of this workspace keeps me from posting there",
    "restricted_action_read_only_channel": "only some people may post in that channel",
    "restricted_action_thread_only_channel": "a rule of that channel keeps me from posting there",
}
"""Why nothing can be posted there any longer, by Slack's error."""
_LATER = frozenset({"ratelimited", "rate_limited"})
_MAYBE = frozenset({"internal_error", "fatal_error", "request_timeout", "service_unavailable"})
_CONNECT_WAIT = 5.0


class Web:
    """Calls of the Web API with the bot's token. `http` is the connection pool, while there is one."""

    def __init__(self, access: Credentials) -> None:
        quiet = logging.getLogger("bot.adapters.slack.sdk")
        quiet.setLevel(logging.ERROR)
        self.access = access
        self.client = AsyncWebClient(
            access.bot_token, base_url=access.api_url, timeout=int(TIMEOUT), retry_handlers=[], logger=quiet
        )

    def use(self, http: aiohttp.ClientSession | None) -> None:
        """Make every call over this pool from now on."""
        self.client.session = http

    @asynccontextmanager
    async def connections(self) -> AsyncIterator[aiohttp.ClientSession]:
        """The pool of the running adapter, else one that is closed after the body."""
        session = self.client.session
        if session is not None and not session.closed:
            yield session
        else:
            async with pool() as own:
                yield own

    async def me(self) -> BotIdentity:
        """Who the bot is; raises as the SDK does."""
        answer = await self.client.auth_test()
        scopes = str(answer.headers.get("x-oauth-scopes", ""))
        return BotIdentity(
            team=str(answer["team_id"]),
            user=str(answer["user_id"]),
            bot=str(answer["bot_id"]),
            url=str(answer["url"]),
            scopes=frozenset(scope.strip() for scope in scopes.split(",") if scope.strip()),
        )


def pool() -> aiohttp.ClientSession:
    """Connections to Slack that are kept open between calls."""
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT))


async def sent(call: Awaitable[AsyncSlackResponse]) -> Mapping[str, Any]:
    """The answer of a call; raises Refused, Unknown or RetryAfter instead of what the SDK raises."""
    try:
        answer = await call
    except (SlackApiError, aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise outcome(error) from error
    data = answer.data
    assert isinstance(data, dict)
    return data


def outcome(error: Exception) -> Delivery:
    """What an error says about the call: refused for good, unknown, or to be repeated later."""
    if isinstance(error, aiohttp.ClientConnectorError):
        # There was no connection, so nothing was sent.
        return RetryAfter(_CONNECT_WAIT)
    if not isinstance(error, SlackApiError):
        return Unknown(f"{type(error).__name__}: {error}")
    name, response = error_name(error), error.response
    status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0) or 0)
    if status == 429 or name in _LATER:
        return RetryAfter(_retry_after(response))
    if status >= 500 or name in _MAYBE or not name:
        return Unknown(f"Slack answered {status} {name}")
    if name in TOKEN_ERRORS:
        return Refused(f"Slack refuses the token: {name}")
    return Refused(f"Slack refuses it: {name}")


def error_name(error: BaseException | None) -> str:
    """Slack's own name of an error, "" when there is none."""
    if not isinstance(error, SlackApiError) or not isinstance(error.response, AsyncSlackResponse):
        return ""
    return str(error.response.get("error") or "") if isinstance(error.response.data, dict) else ""


def needed_scope(error: BaseException | None) -> str:
    """The scope that an error says is missing, "" when it names none."""
    if error_name(error) != "missing_scope" or not isinstance(error, SlackApiError):
        return ""
    return str(error.response.get("needed") or "")


def token_problem(error: BaseException | None) -> str:
    """A sentence with the fix for the operator, "" when the token is not the cause."""
    name = error_name(error)
    if name not in TOKEN_ERRORS:
        return ""
    if scope := needed_scope(error):
        return f"the Slack app lacks the scope {scope}: add it, install the app again, run `roundtable doctor`"
    return f"Slack refuses SLACK_BOT_TOKEN ({name}): install the app again and set the new token"


def _retry_after(response: Any) -> float:
    headers = getattr(response, "headers", {})
    try:
        return max(0.0, float(headers.get("Retry-After", 1)))
    except ValueError:
        return 1.0
