"""What `roundtable doctor` tries in Slack: tokens, scopes, every method we use, and the socket."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.adapters.slack.credentials import BotIdentity, Credentials
from bot.adapters.slack.manifest import SCOPES
from bot.adapters.slack.web import Web, error_name, needed_scope, pool, token_problem
from bot.domain.errors import OperatorError

_NO_CHANNEL = {"channel": "C0000000000"}
_NO_USER = "U0000000000"
_AGENT = "C0000000000"
_HOME = {"type": "home", "blocks": []}
_FORM = {"type": "modal", "title": {"type": "plain_text", "text": "probe"}, "blocks": []}

PROBES: Mapping[str, Mapping[str, Any]] = {
    "agents.sessions.setStatus": {"channel_id": _AGENT, "thread_ts": "1.000000", "status": "active"},
    "assistant.threads.setStatus": {"channel_id": _AGENT, "thread_ts": "1.000000", "status": ""},
    "chat.postEphemeral": {**_NO_CHANNEL, "user": _NO_USER, "text": "probe"},
    "chat.postMessage": {**_NO_CHANNEL, "text": "probe"},
    "chat.update": {**_NO_CHANNEL, "ts": "1.000000", "text": "probe"},
    "conversations.info": {**_NO_CHANNEL},
    "conversations.replies": {**_NO_CHANNEL, "ts": "1.000000"},
    "files.completeUploadExternal": {"files": "[]"},
    "files.delete": {"file": "F0000000000"},
    "files.getUploadURLExternal": {"filename": "probe.txt", "length": 0},
    "files.info": {"file": "F0000000000"},
    "reactions.add": {**_NO_CHANNEL, "timestamp": "1.000000", "name": "eyes"},
    "usergroups.users.list": {"usergroup": "S0000000000"},
    "users.info": {"user": _NO_USER},
    "views.open": {"trigger_id": "0.0.0", "view": _FORM},
    "views.publish": {"user_id": _NO_USER, "view": _HOME},
}
"""Every method we use, called so that it does nothing: with channels and users that do not exist."""

_OPTIONAL = frozenset({"agents.sessions.setStatus", "assistant.threads.setStatus"})
_WRONG = frozenset({"missing_scope", "unknown_method", "not_authorized", "feature_not_enabled", "access_denied"})
_HELLO = 10.0


async def check(access: Credentials, *, connect: bool = True) -> str:
    """A sentence on what works; raises OperatorError with every fix. `connect` opens and closes a socket."""
    web = Web(access)
    async with pool() as http:
        web.use(http)
        me = await _me(web)
        wrong = [_scopes(me), *[await _method(web, method) for method in PROBES if method not in _OPTIONAL]]
        if access.mode == "socket":
            wrong.append(await _socket(web, http, connect))
        if found := [sentence for sentence in dict.fromkeys(wrong) if sentence]:
            raise OperatorError("; ".join(found))
        notes = [note for method in sorted(_OPTIONAL) if (note := await _method(web, method))]
    how = (
        "Socket Mode"
        if access.mode == "socket"
        else "HTTP at /slack/events; the signing secret is checked with the first event"
    )
    native = "" if not notes else "; no native status, so a reaction shows that a message was seen"
    return f"{len(SCOPES)} scopes and {len(PROBES)} methods at {me.url} work, {how}{native}"


async def _me(web: Web) -> BotIdentity:
    try:
        return await web.me()
    except SlackApiError as error:
        raise OperatorError(token_problem(error) or f"Slack answers auth.test with {error_name(error)}.") from None
    except (aiohttp.ClientError, TimeoutError) as error:
        raise OperatorError(f"{web.access.api_url} cannot be reached: {error}.") from None


def _scopes(me: BotIdentity) -> str:
    lacking = sorted(SCOPES.keys() - me.scopes)
    if not lacking or not me.scopes:
        return ""
    return (
        f"the Slack app lacks the scopes {', '.join(lacking)}: paste what `roundtable slack-manifest` prints "
        "under App Manifest, then install the app again"
    )


async def _method(web: Web, method: str) -> str:
    try:
        await web.client.api_call(method, json=dict(PROBES[method]))
    except SlackApiError as error:
        name = error_name(error)
        if scope := needed_scope(error):
            return f"{method} lacks the scope {scope}: add it and install the app again"
        return f"{method} cannot be used here ({name})" if name in _WRONG else ""
    except (aiohttp.ClientError, TimeoutError) as error:
        return f"{method} cannot be reached: {error}"
    return ""


async def _socket(web: Web, http: aiohttp.ClientSession, connect: bool) -> str:
    try:
        answer = await web.client.apps_connections_open(app_token=web.access.app_token)
        if connect:
            async with (
                asyncio.timeout(_HELLO),
                http.ws_connect(str(answer["url"]), proxy=web.client.proxy) as socket,
            ):
                await socket.receive_json()
    except SlackApiError as error:
        return (
            f"SLACK_APP_TOKEN opens no socket ({error_name(error)}): make an app-level token with "
            "connections:write under Basic Information, and switch Socket Mode on"
        )
    except (aiohttp.ClientError, TimeoutError, OSError, TypeError, ValueError) as error:
        return f"the socket to Slack does not open ({error}): allow outgoing WebSockets"
    return ""
