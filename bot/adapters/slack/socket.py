"""Socket Mode: one WebSocket that stays open, with each envelope acknowledged on the socket it came from.

When Slack asks for a new connection, it is opened before the old one is closed: no event falls between them.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeAlias

import aiohttp
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError

from bot.adapters.slack.bolt_app import request
from bot.adapters.slack.health import Health
from bot.adapters.slack.web import TOKEN_ERRORS, Web, error_name
from bot.domain.views import OpenThread

log = logging.getLogger(__name__)

Envelope: TypeAlias = Mapping[str, Any]

_HEARTBEAT = 10.0
_HELLO = 10.0
_OLD_SOCKET_ENDS = 30.0
_LONGEST_WAIT = 30.0
_ERRORS = (SlackApiError, aiohttp.ClientError, TimeoutError, OSError, ValueError)


class SocketMode:
    """Keeps a socket open. After a gap, `connected` gets the `open_threads` from before the socket was opened."""

    def __init__(
        self,
        web: Web,
        http: aiohttp.ClientSession,
        app: AsyncApp,
        *,
        health: Health,
        open_threads: Callable[[], Awaitable[Sequence[OpenThread]]],
        connected: Callable[[Sequence[OpenThread]], None],
        first_wait: float = 0.5,
    ) -> None:
        self._web = web
        self._http = http
        self._app = app
        self._health = health
        self._open_threads = open_threads
        self._connected = connected
        self._first_wait = first_wait

    async def run(self) -> None:
        """Connect, and connect again, until cancelled."""
        wait, gap = self._first_wait, True
        async with asyncio.TaskGroup() as group:
            while True:
                threads = await self._open_threads() if gap else ()
                try:
                    socket = await self._open()
                except _ERRORS as error:
                    self._health.bad("connection", _sentence(error))
                    await asyncio.sleep(wait)
                    wait, gap = min(wait * 2, _LONGEST_WAIT), True
                    continue
                wait = self._first_wait
                leaving: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
                group.create_task(self._serve(socket, leaving, group), name="slack socket")
                self._health.good("connection")
                if gap:
                    self._connected(threads)
                gap = await leaving

    async def _open(self) -> aiohttp.ClientWebSocketResponse:
        answer = await self._web.client.apps_connections_open(app_token=self._web.access.app_token)
        socket = await self._http.ws_connect(
            str(answer["url"]), heartbeat=_HEARTBEAT, proxy=self._web.client.proxy
        )
        try:
            async with asyncio.timeout(_HELLO):
                hello = await socket.receive_json()
            if hello.get("type") != "hello":
                raise ValueError(f"Slack sent no hello but {hello.get('reason') or hello.get('type')}")
        except BaseException:
            await socket.close()
            raise
        return socket

    async def _serve(
        self, socket: aiohttp.ClientWebSocketResponse, leaving: asyncio.Future[bool], group: asyncio.TaskGroup
    ) -> None:
        """Take what comes until the socket ends; `leaving` is set when it is to be replaced, True if closed."""
        try:
            async with asyncio.timeout(None) as deadline:
                async for message in socket:
                    if message.type is not aiohttp.WSMsgType.TEXT:
                        continue
                    envelope = _read(message.data)
                    if envelope.get("type") == "disconnect":
                        if not leaving.done():
                            leaving.set_result(False)
                        deadline.reschedule(asyncio.get_running_loop().time() + _OLD_SOCKET_ENDS)
                    elif "envelope_id" in envelope:
                        group.create_task(self._take(socket, envelope), name="slack envelope")
        except TimeoutError:
            pass
        finally:
            if not leaving.done():
                self._health.bad("connection", "the socket to Slack is closed; connecting again")
                leaving.set_result(True)
            await socket.close()

    async def _take(self, socket: aiohttp.ClientWebSocketResponse, envelope: Envelope) -> None:
        attempt = envelope.get("retry_attempt")
        headers = {"x-slack-retry-num": str(attempt)} if attempt else {}
        payload = envelope.get("payload")
        read = request("socket_mode", payload, headers) if isinstance(payload, dict) else None
        acknowledgement: dict[str, Any] = {"envelope_id": envelope["envelope_id"]}
        if read is None:
            # It cannot be read the next time either.
            log.warning("an envelope from Slack cannot be read")
        else:
            answer = await self._app.async_dispatch(read)
            if answer.status != 200:
                return
            if answer.body:
                acknowledgement["payload"] = json.loads(answer.body)
        try:
            await socket.send_json(acknowledgement)
        except (aiohttp.ClientError, OSError):
            log.info("a socket ended before an acknowledgement; Slack sends that event again")


def _read(text: str) -> Envelope:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _sentence(error: Exception) -> str:
    name = error_name(error)
    if name in TOKEN_ERRORS:
        return f"Slack refuses SLACK_APP_TOKEN ({name}): make an app-level token with connections:write and set it"
    return f"Slack cannot be reached ({name or error or type(error).__name__}); trying again"
