"""The endpoint that Slack calls when there is no socket: an ASGI application.

It is public, so the signature is checked over the raw bytes before anything is parsed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, TypeAlias

from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier

from bot.adapters.slack.bolt_app import request

_MAX_BODY = 1_000_000

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Endpoint:
    """Answers 503 until `app` is set."""

    def __init__(self, signing_secret: str) -> None:
        self._secret = signing_secret
        self.app: AsyncApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            await _answer(send, 405, "Use POST.")
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        body = await _read(receive)
        if body is None:
            await _answer(send, 413, "The request is too large.")
        elif not self._genuine(body, headers):
            await _answer(send, 401, "The request is not from Slack, or is too old.")
        elif self.app is None:
            await _answer(send, 503, "Roundtable is starting.")
        elif (read := request("http", body.decode(), headers)) is None:
            await _answer(send, 400, "The request cannot be read.")
        else:
            answer = await self.app.async_dispatch(read)
            await _answer(send, answer.status, answer.body, answer.first_headers().get("content-type", ""))

    def _genuine(self, body: bytes, headers: Mapping[str, str]) -> bool:
        """Whether Slack signed this within the last five minutes."""
        try:
            return SignatureVerifier(self._secret).is_valid_request(body, headers)
        except (TypeError, ValueError):
            # The time is no number, the signature is not ASCII, or the bytes are no text.
            return False


async def _read(receive: Receive) -> bytes | None:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = bool(message.get("more_body"))
        if len(body) > _MAX_BODY:
            return None
    return body


async def _answer(send: Send, status: int, body: str, content_type: str = "text/plain;charset=utf-8") -> None:
    data = body.encode()
    headers = [(b"content-type", content_type.encode()), (b"content-length", str(len(data)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": data})
