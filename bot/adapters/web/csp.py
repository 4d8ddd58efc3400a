"""The content security policy of NiceGUI's pages.

NiceGUI compiles templates and event handlers in the browser, so its scripts need 'unsafe-eval'; its own inline
scripts get a nonce, so that inline handlers and scripts in anything else do not run. Untrusted text cannot bring a
script tag into the document: NiceGUI escapes `<` in everything it embeds, and what comes over its socket is not
parsed as a page.
"""

from __future__ import annotations

import secrets

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_MARK = "x-nicegui-content"


def policy(nonce: str) -> str:
    """Everything from this server only; inline scripts only with the nonce; inline styles, which NiceGUI sets."""
    return (
        f"default-src 'none'; script-src 'self' 'nonce-{nonce}' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )


class Nonces:
    """Marks the scripts of NiceGUI's pages, and sets their policy; other answers pass unchanged."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        held: Message | None = None
        body = bytearray()

        async def marked(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start" and _is_page(message):
                held = message
                return
            if held is None:
                await send(message)
                return
            body.extend(message.get("body", b""))
            if not message.get("more_body", False):
                start, held = held, None
                await _send_page(start, bytes(body), send)

        await self._app(scope, receive, marked)


def _is_page(start: Message) -> bool:
    names = {name.lower(): value for name, value in start.get("headers", ())}
    return names.get(_MARK.encode()) == b"page" and b"content-encoding" not in names


async def _send_page(start: Message, body: bytes, send: Send) -> None:
    nonce = secrets.token_urlsafe(16)
    body = body.replace(b"<script", f'<script nonce="{nonce}"'.encode())
    headers = MutableHeaders(raw=list(start["headers"]))
    headers["Content-Security-Policy"] = policy(nonce)
    headers["Content-Length"] = str(len(body))
    await send({**start, "headers": headers.raw})
    await send({"type": "http.response.body", "body": body})
