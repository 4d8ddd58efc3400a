"""How events and interactions reach the app: over sockets with acknowledgements, or as signed requests."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import random
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from tests.platforms.slack.faults import Refusal
from tests.platforms.slack.state import APP_TOKEN, SECRET, State

Kind: TypeAlias = Literal["events_api", "interactive", "slash_commands"]
ATTEMPTS = 4
MAX_SOCKETS = 10


@dataclass(slots=True)
class Log:
    """What became of what was sent: events that nobody took, seconds until each acknowledgement, and retries."""

    lost: list[dict[str, Any]] = field(default_factory=list)
    acks: list[float] = field(default_factory=list)
    retries: int = 0


class Delivery(Protocol):
    """Brings one payload to the app."""

    log: Log

    async def send(self, kind: Kind, payload: dict[str, Any]) -> Any:
        """The body of the app's answer, {} for an empty one; None when it never answered."""


class Sockets:
    """Socket Mode: each payload goes to one socket by chance, and again when it is not acknowledged in time."""

    def __init__(self, state: State, ack_time: float = 3.0) -> None:
        self.log = Log()
        self.ack_time = ack_time
        self.opened = 0
        self._state = state
        self._open: list[web.WebSocketResponse] = []
        self._waiting: dict[str, tuple[web.WebSocketResponse, asyncio.Future[Any]]] = {}

    @property
    def count(self) -> int:
        return len(self._open)

    def ticket(self, token: str) -> dict[str, Any]:
        """apps.connections.open."""
        if token != APP_TOKEN:
            raise Refusal("invalid_auth")
        ticket = self._state.world.number("ws")
        self._state.tickets.add(ticket)
        return {"url": f"{self._state.url.replace('http', 'ws')}/socket/{ticket}"}

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One socket of the app, from its hello to its end."""
        if request.match_info["ticket"] not in self._state.tickets:
            return web.Response(status=401)
        self._state.tickets.discard(request.match_info["ticket"])
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if len(self._open) >= MAX_SOCKETS:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        await socket.send_json({"type": "hello", "num_connections": len(self._open) + 1})
        self._open.append(socket)
        self.opened += 1
        self._state.tell()
        try:
            async for message in socket:
                if message.type is aiohttp.WSMsgType.TEXT:
                    self._acknowledge(json.loads(message.data))
        finally:
            self._forget(socket)
        return socket

    async def send(self, kind: Kind, payload: dict[str, Any]) -> Any:
        if not self._open:
            self.log.lost.append(payload)
            return None
        for attempt in range(ATTEMPTS if kind == "events_api" else 1):
            await self._state.until(lambda: True if self._open else None)
            answer = await self._try(kind, payload, attempt)
            if answer is not None:
                return answer
        self.log.lost.append(payload)
        return None

    async def refresh(self) -> None:
        """Slack asks the app to come back on a new socket, and closes the old one once it has."""
        old = list(self._open)
        before = self.opened
        for socket in old:
            await socket.send_json({"type": "disconnect", "reason": "refresh_requested"})
        await self._state.until(lambda: True if self.opened > before else None)
        for socket in old:
            self._forget(socket)
            await socket.close()

    def drop(self) -> None:
        """Every socket breaks without a word."""
        for socket in list(self._open):
            self._forget(socket)
            transport = socket._req.transport if socket._req else None
            if transport is not None:
                transport.abort()

    async def _try(self, kind: Kind, payload: dict[str, Any], attempt: int) -> Any:
        socket = random.choice(self._open)
        envelope = self._state.world.number("envelope")
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[envelope] = socket, answer
        began = time.monotonic()
        message = {"type": kind, "envelope_id": envelope, "payload": payload, "accepts_response_payload": True}
        if kind == "events_api":
            message |= {"retry_attempt": attempt, "retry_reason": "timeout" if attempt else ""}
            message["accepts_response_payload"] = False
            self.log.retries += attempt > 0
        try:
            await socket.send_json(message)
            async with asyncio.timeout(self.ack_time):
                given = await answer
        except (TimeoutError, ConnectionError):
            return None
        finally:
            self._waiting.pop(envelope, None)
        self.log.acks.append(time.monotonic() - began)
        return given

    def _acknowledge(self, message: dict[str, Any]) -> None:
        _, waiting = self._waiting.get(message["envelope_id"], (None, None))
        if waiting is not None and not waiting.done():
            waiting.set_result(message.get("payload") or {})

    def _forget(self, socket: web.WebSocketResponse) -> None:
        if socket in self._open:
            self._open.remove(socket)
        for where, waiting in list(self._waiting.values()):
            if where is socket and not waiting.done():
                waiting.set_exception(ConnectionResetError())
        self._state.tell()


class Requests:
    """HTTP: every payload is a signed POST, sent again when its answer is not 200 in time."""

    def __init__(self, url: str, secret: str = SECRET, ack_time: float = 3.0) -> None:
        self.log = Log()
        self.ack_time = ack_time
        self.url = url
        self.secret = secret

    async def send(self, kind: Kind, payload: dict[str, Any]) -> Any:
        for attempt in range(ATTEMPTS if kind == "events_api" else 1):
            answer = await self._try(kind, payload, attempt)
            if answer is not None:
                return answer
            self.log.retries += 1
        self.log.lost.append(payload)
        return None

    async def _try(self, kind: Kind, payload: dict[str, Any], attempt: int) -> Any:
        body, content_type = form(kind, payload)
        headers = signed(body, self.secret, int(time.time())) | {"Content-Type": content_type}
        if attempt:
            headers |= {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": "http_error"}
        began = time.monotonic()
        timeout = aiohttp.ClientTimeout(total=self.ack_time)
        with suppress(TimeoutError, aiohttp.ClientError):
            async with (
                aiohttp.ClientSession(timeout=timeout) as http,
                http.post(self.url, data=body, headers=headers) as answer,
            ):
                text = await answer.text()
                if answer.status == 200:
                    self.log.acks.append(time.monotonic() - began)
                    return json.loads(text) if text else {}
        return None


def form(kind: Kind, payload: dict[str, Any]) -> tuple[str, str]:
    """The body of a request and its content type."""
    match kind:
        case "events_api":
            return json.dumps(payload), "application/json"
        case "interactive":
            return urlencode({"payload": json.dumps(payload)}), "application/x-www-form-urlencoded"
        case "slash_commands":
            return urlencode(payload), "application/x-www-form-urlencoded"


def signed(body: str, secret: str, at: int) -> dict[str, str]:
    """The headers by which a request shows that it comes from Slack."""
    digest = hmac.new(secret.encode(), f"v0:{at}:{body}".encode(), hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": str(at), "X-Slack-Signature": f"v0={digest}"}
