"""The login form of a server that wants a token: it sets a cookie that proves the token without holding it."""

from __future__ import annotations

import time
from collections import deque
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from bot.adapters.web.access_rules import COOKIE, LOGIN_LASTS, same_token, ticket
from bot.adapters.web.view.templates import document

MAX_FAILURES = 5
FAILURES_WITHIN = 60.0
MAX_FORM = 4096

# A form under `no-referrer` would post with `Origin: null`, which the access rules refuse.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Login:
    """`GET /login`, `POST /login` and `POST /logout`."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._failures: dict[str, deque[float]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        response = await self._answer(request)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        back = _inside(request.query_params.get("next", "/"))
        match request.method, request.url.path:
            case "POST", "/login":
                return await self._log_in(request, back)
            case "POST", "/logout":
                response = RedirectResponse("/login", 303)
                response.delete_cookie(COOKIE, httponly=True, samesite="strict", secure=_https(request))
                return response
            case "GET" | "HEAD", "/login":
                return _form(back, "", 200)
        return _form(back, "", 405)

    async def _log_in(self, request: Request, back: str) -> Response:
        caller = request.client.host if request.client else ""
        now = time.monotonic()
        if self._too_many(caller, now):
            return _form(back, "Too many wrong tokens; wait a minute.", 429)
        if not same_token(await _token(request), self._token):
            self._failures.setdefault(caller, deque(maxlen=MAX_FAILURES)).append(now)
            return _form(back, "That is not this server's token.", 401)
        expires = int(time.time()) + LOGIN_LASTS
        response = RedirectResponse(back, 303, {"Cache-Control": "no-store"})
        response.set_cookie(
            COOKIE,
            ticket(self._token, expires),
            max_age=LOGIN_LASTS,
            httponly=True,
            samesite="strict",
            secure=_https(request),
        )
        return response

    def _too_many(self, caller: str, now: float) -> bool:
        stale = [name for name, times in self._failures.items() if now - times[-1] > FAILURES_WITHIN]
        for name in stale:
            del self._failures[name]
        failures = self._failures.get(caller)
        return failures is not None and len(failures) == MAX_FAILURES and now - failures[0] <= FAILURES_WITHIN


def _form(back: str, problem: str, status: int) -> HTMLResponse:
    return HTMLResponse(document("login.html", back=back, problem=problem), status, _HEADERS)


async def _token(request: Request) -> str:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM:
            return ""
    return parse_qs(body.decode(errors="replace")).get("token", [""])[0]


def _inside(path: str) -> str:
    """The path to return to, if it is one of ours; a browser reads // and /\\ as another host."""
    inside = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if inside else "/"


def _https(request: Request) -> bool:
    return request.url.scheme == "https"
