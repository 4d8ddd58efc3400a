"""The access check of every answer of this server, HTTP and WebSocket, static files included."""

from __future__ import annotations

import time
from urllib.parse import quote

from starlette.datastructures import MutableHeaders
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.adapters.web.access_rules import AccessRules, LogIn, Pass, Refuse, asked, verdict
from bot.adapters.web.login import Login

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}

# Browsers send no strict cookies after a link from another site; after a reload from here they do.
_AGAIN = '<!doctype html><meta http-equiv="refresh" content="0"><title>Roundtable</title>'


class AccessMiddleware:
    """Lets through what the rules allow, and adds security headers that an answer does not set itself."""

    def __init__(self, app: ASGIApp, rules: AccessRules) -> None:
        self._app = app
        self._rules = rules
        self._login = Login(rules.token) if rules.token else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        kind = scope["type"]
        request = asked(kind, scope.get("method", "GET"), scope["path"], scope["headers"])
        match verdict(self._rules, request, time.time()):
            case Refuse(status, detail):
                await _refuse(status, detail)(scope, receive, _secured(send))
            case LogIn() if request.site == "cross-site":
                await HTMLResponse(_AGAIN)(scope, receive, _secured(send))
            case LogIn(path):
                await RedirectResponse(f"/login?next={quote(path)}", 303)(scope, receive, _secured(send))
            case Pass():
                await self._target(scope)(scope, receive, _secured(send))

    def _target(self, scope: Scope) -> ASGIApp:
        if self._login and scope["type"] == "http" and scope["path"] in ("/login", "/logout"):
            return self._login
        return self._app


def _refuse(status: int, detail: str) -> Response:
    return JSONResponse({"detail": detail}, status, {"WWW-Authenticate": "Bearer"} if status == 401 else None)


def _secured(send: Send) -> Send:
    async def secured(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=list(message["headers"]))
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            message = {**message, "headers": headers.raw}
        await send(message)

    return secured
