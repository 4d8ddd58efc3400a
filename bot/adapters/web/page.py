"""The page: NiceGUI builds it and keeps it up to date; what people do on it goes through the API.

Importing this module imports NiceGUI, which takes a second or two: do it off the event loop.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

from fastapi import FastAPI, HTTPException
from fastapi.responses import FileResponse, HTMLResponse, Response
from markupsafe import Markup
from nicegui import APIRouter, Client, ui
from starlette.staticfiles import StaticFiles

from bot.adapters.web.context import WebContext
from bot.adapters.web.live import Frame, ThreadView, follow
from bot.adapters.web.view import compose
from bot.adapters.web.view.templates import document

STATIC = Path(__file__).parent / "static"
SHELL = FastAPI(openapi_url=None)
# NiceGUI is one per process: it is set up once, and its page routes belong to each server's own application.
ui.run_with(
    SHELL,
    title="Roundtable",
    dark=None,
    language="en-US",
    tailwind=False,
    binding_refresh_interval=None,
    reconnect_timeout=8.0,
    show_welcome_message=False,
)

_LOST_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'"
)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """NiceGUI's own start and end; no page outlives the server that made it."""
    async with SHELL.router.lifespan_context(SHELL):
        yield
        for client in list(Client.instances.values()):
            client.delete()


def add(app: FastAPI, context: WebContext) -> None:
    """Add the page's routes to an application."""
    router = APIRouter()
    head = _head()

    @router.page("/", title="Roundtable", response_timeout=30)
    async def new_task() -> None:
        ui.add_head_html(head)
        frame = Frame(context, current=None)
        with frame.middle:
            ui.html(compose.hello(context.about, context.uploads.limit), sanitize=False).classes("middle-scroll")
        await frame.refresh()
        await follow(context, frame)

    @router.page("/s/{session_id}", response_timeout=30)
    async def thread(session_id: str) -> Response | None:
        view = await context.reader.session(session_id)
        if view is None:
            return _lost(
                "There is no such session", "It may belong to another Roundtable, or the address is cut off."
            )
        ui.add_head_html(head)
        ui.page_title(f"{view.title or 'Session'} · Roundtable")
        frame = Frame(context, current=session_id)
        opened = ThreadView(context, view, frame)
        await frame.refresh()
        await opened.refresh()
        await follow(context, frame, opened)
        return None

    app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC))

    @app.get("/favicon.ico", include_in_schema=False)
    async def favicon() -> Response:
        return FileResponse(
            STATIC / "icon.svg", media_type="image/svg+xml", headers={"Cache-Control": "max-age=86400"}
        )

    @app.get("/examples/{name}", include_in_schema=False)
    async def example(name: str) -> Response:
        files = (each.file for each in context.about.examples)
        found = next((file for file in files if file and file.name == name), None)
        return FileResponse(found) if found else _lost("There is no such example", "The address may be cut off.")

    @app.get("/{path:path}", include_in_schema=False)
    async def lost(path: str) -> Response:
        if path.startswith("api/"):
            raise HTTPException(404)
        return _lost("There is nothing here", "The address may be cut off.")


def _lost(title: str, text: str) -> HTMLResponse:
    html = document("lost.html", css=_versioned("roundtable.css"), title=title, text=text)
    return HTMLResponse(html, 404, {"Content-Security-Policy": _LOST_POLICY})


def _head() -> str:
    return Markup(
        '<link rel="stylesheet" href="{}"><script type="module" src="{}"></script>'
        '<meta name="theme-color" content="#f4f2ec" media="(prefers-color-scheme: light)">'
        '<meta name="theme-color" content="#121413" media="(prefers-color-scheme: dark)">'
    ).format(_versioned("roundtable.css"), _versioned("roundtable.js"))


@cache
def _versioned(name: str) -> str:
    return f"/static/{name}?{hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"
