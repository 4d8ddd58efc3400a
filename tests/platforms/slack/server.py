"""The HTTP side: Web API, sockets, uploads, downloads and response URLs on one loopback port."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from aiohttp import web

from tests.platforms.slack import api, uploads
from tests.platforms.slack.api import Args
from tests.platforms.slack.delivery import Sockets
from tests.platforms.slack.faults import Fail, Fault, Lost, Refusal, Slow, Status
from tests.platforms.slack.state import BOT_TOKEN, Call, State, Whisper
from tests.platforms.slack.workspace import Workspace

METHODS = api.METHODS | uploads.METHODS
_JSON_FIELDS = ("blocks", "metadata", "view")


@asynccontextmanager
async def play(port: int = 0) -> AsyncIterator[Workspace]:
    """The server, running, with three people and the channels #general (C1) and #other (C2), the bot in both."""
    state = State()
    sockets = Sockets(state)
    app = web.Application(client_max_size=100_000_000)
    app.router.add_route("*", "/api/{method}", partial(_call, state, sockets))
    app.router.add_get("/socket/{ticket}", sockets.serve)
    app.router.add_post("/upload/v1/{ticket}", partial(uploads.take_bytes, state))
    app.router.add_get("/files-pri/{team}-{id}/{name}", partial(uploads.give_bytes, state))
    app.router.add_post("/response/{ticket}", partial(_respond, state))
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    state.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    workspace = Workspace(state, sockets)
    try:
        yield workspace
    finally:
        await workspace.close()
        sockets.drop()
        await runner.cleanup()


async def _call(state: State, sockets: Sockets, request: web.Request) -> web.StreamResponse:
    method = request.match_info["method"]
    args = await _arguments(request)
    if state.latency:
        await asyncio.sleep(state.latency)
    state.calls.append(Call(method, args, time.monotonic()))
    state.tell()
    faults = state.faults[method]
    fault = faults.popleft() if faults else None
    if answer := await _before(fault):
        return answer
    if fault == Lost(accepted=False):
        return _cut(request)
    answer = _answer(state, sockets, method, args, _token(request, args))
    return _cut(request) if fault == Lost(accepted=True) else answer


async def _before(fault: Fault | None) -> web.Response | None:
    match fault:
        case Fail(error):
            return _json({"ok": False, "error": error})
        case Status(429, seconds):
            body = json.dumps({"ok": False, "error": "ratelimited"})
            return web.Response(
                status=429, text=body, content_type="application/json", headers={"Retry-After": str(seconds)}
            )
        case Status(code):
            return web.Response(status=code, text="<html>upstream error</html>", content_type="text/html")
        case Slow():
            fault.arrived.set()
            await fault.released.wait()
    return None


def _answer(state: State, sockets: Sockets, method: str, args: Args, token: str) -> web.Response:
    try:
        if method == "apps.connections.open":
            return _json({"ok": True} | sockets.ticket(token))
        if state.revoked:
            raise Refusal(state.revoked)
        if token != BOT_TOKEN:
            raise Refusal("invalid_auth" if token else "not_authed")
        if method not in METHODS:
            raise Refusal("unknown_method")
        scopes, act = METHODS[method]
        if scopes:
            api.need(state, *scopes)
        answer = _json({"ok": True} | act(state, args))
    except Refusal as refusal:
        if refusal.error == "ratelimited":
            body = json.dumps({"ok": False, "error": "ratelimited"})
            return web.Response(
                status=429, text=body, content_type="application/json", headers={"Retry-After": "1"}
            )
        answer = _json({"ok": False, "error": refusal.error} | refusal.fields)
    answer.headers["x-oauth-scopes"] = ",".join(sorted(state.scopes))
    return answer


async def _arguments(request: web.Request) -> Args:
    args: Args = dict(request.query)
    if request.content_type == "application/json":
        args |= await request.json()
    else:
        args |= {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
    for field in _JSON_FIELDS:
        if isinstance(args.get(field), str):
            args[field] = json.loads(args[field])
    return args


def _token(request: web.Request, args: Args) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if scheme == "Bearer" else str(args.get("token", ""))


async def _respond(state: State, request: web.Request) -> web.Response:
    """A response URL: five messages within half an hour, to one person."""
    channel, user, left = state.responses.get(request.match_info["ticket"], ("", "", 0))
    if left <= 0:
        return web.Response(status=404, text="expired_url")
    state.responses[request.match_info["ticket"]] = channel, user, left - 1
    body = await request.json()
    state.ephemeral.append(Whisper(channel, user, body.get("text", ""), body.get("blocks") or []))
    state.tell()
    return web.Response(text="ok")


def _json(body: dict[str, Any]) -> web.Response:
    return web.json_response(body)


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    raise asyncio.CancelledError
