"""The whole web server as one ASGI application: API, page, NiceGUI and the gate around them."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from bot.adapters.web import api, page
from bot.adapters.web.csp import Nonces
from bot.adapters.web.desk import Desk
from bot.adapters.web.gate import Gate
from bot.adapters.web.rules import Rules


def build(desk: Desk, rules: Rules) -> ASGIApp:
    """Everything this server answers."""
    app = api.create(desk, lifespan=page.lifespan)
    page.add(app, desk)

    async def split(scope: Scope, receive: Receive, send: Send) -> None:
        nicegui = scope["type"] != "lifespan" and scope["path"].startswith("/_nicegui")
        await (page.SHELL if nicegui else app)(scope, receive, send)

    return Gate(Nonces(split), rules)
