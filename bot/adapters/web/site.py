"""The whole web server as one ASGI application: API, page, NiceGUI and the access check around them."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.types import ASGIApp, Receive, Scope, Send

from bot.adapters.web import api, page
from bot.adapters.web.access_middleware import AccessMiddleware
from bot.adapters.web.access_rules import AccessRules
from bot.adapters.web.context import WebContext
from bot.adapters.web.csp import Nonces


def build(context: WebContext, rules: AccessRules, mounts: Mapping[str, ASGIApp]) -> ASGIApp:
    """Everything this server answers. `mounts` are paths of other adapters, whose callers sign their requests."""
    app = api.create(context, lifespan=page.lifespan)
    page.add(app, context)

    async def split(scope: Scope, receive: Receive, send: Send) -> None:
        nicegui = scope["type"] != "lifespan" and scope["path"].startswith("/_nicegui")
        await (page.SHELL if nicegui else app)(scope, receive, send)

    gate = AccessMiddleware(Nonces(split), rules)

    async def route(scope: Scope, receive: Receive, send: Send) -> None:
        mounted = mounts.get(scope["path"]) if scope["type"] == "http" else None
        await (mounted or gate)(scope, receive, send)

    return route
