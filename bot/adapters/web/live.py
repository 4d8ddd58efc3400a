"""One open page: its elements, and how they follow the tables."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from markupsafe import escape
from nicegui import ui

from bot.adapters.web.context import WebContext
from bot.adapters.web.stream import is_open
from bot.adapters.web.view import compose, sidebar
from bot.adapters.web.view.entries import Thread
from bot.adapters.web.view.readable import AgentColours
from bot.aio.race import first_set
from bot.domain.posts import RequestCard
from bot.domain.views import Entry, SessionView

EVERY = ""
_SKIP = '<a class="skip" href="#say">Skip to the message box</a>'


class Frame:
    """What every page has: the list of sessions on the left, room in the middle and on the right."""

    def __init__(self, context: WebContext, current: str | None) -> None:
        self._context = context
        self._current = current
        self._rows: dict[str, ui.html] = {}
        ui.html(_SKIP, sanitize=False)
        with ui.element("div").classes("app") as self.root:
            with _part("nav", "side", "Sessions"):
                ui.html(sidebar.T.head(current is None), sanitize=False)
                self._list = _part("ul", "sessions", "All sessions")
                ui.html(sidebar.T.foot(context.about, context.login), sanitize=False).classes("side-foot")
            self.middle = _part("div", "middle", "")
            self.right = _part("aside", "info", "Session details")
        with self.middle:
            ui.html(sidebar.T.bar(), sanitize=False, tag="header").classes("phone-bar")
            if banner := sidebar.banner(context.about):
                ui.html(banner)

    async def refresh(self) -> None:
        """Bring the list of sessions up to date, row by row."""
        views = await self._context.reader.sessions()
        for gone in self._rows.keys() - {view.id for view in views}:
            self._rows.pop(gone).delete()
        for index, view in enumerate(views):
            self._show(view, index)

    def _show(self, view: SessionView, index: int) -> None:
        html = sidebar.session_row(view, current=view.id == self._current)
        if row := self._rows.get(view.id):
            row.set_content(html)
            return
        with self._list:
            row = self._rows[view.id] = ui.html(html, tag="li")
        if index < len(self._rows) - 1:
            row.move(target_index=index)


class ThreadView:
    """One session in the middle and on the right. Entries are appended; only cards change, when decided."""

    def __init__(self, context: WebContext, view: SessionView, frame: Frame) -> None:
        self.id = view.id
        self._context = context
        self._frame = frame
        self._shown = 0
        self._open: dict[int, ui.html] = {}
        self._has_left = False
        self._thread = Thread(view.id, context.blob, AgentColours())
        with frame.middle:
            with ui.element("header").classes("top"):
                ui.html(escape(view.title or "Untitled"), tag="h1")
                self._chip = ui.html("").classes("top-state")
                self._stop = ui.html("", sanitize=False).classes("top-stop")
                ui.html(sidebar.T.show_details(), sanitize=False).classes("top-details")
            with ui.element("div").classes("middle-scroll").props('id="scroll"'):
                self._entries = _part("section", "thread", "Conversation").props("role=log aria-live=polite")
            with ui.element("div").classes("dock"):
                self._live = ui.html("").classes("live-line").props("role=status")
                ui.html(
                    compose.reply_box(view.id, context.uploads.limit, context.about.follow_ups(view.title)),
                    sanitize=False,
                )
        with frame.right:
            ui.html(sidebar.T.close_details(), sanitize=False)
            self._panels = [ui.html("") for _ in range(3)]
            ui.html(sidebar.T.delete_button(view.id), sanitize=False)

    async def refresh(self) -> None:
        """Bring everything of this session up to date."""
        context = self._context
        view = await context.reader.session(self.id)
        if view is None:
            self._leave()
            return
        context.at_work.learn(view.thread, view.id)
        await self._append([entry async for entry in context.entries(self.id, self._shown)])
        await self._renew()
        files, spend = await context.reader.files(self.id), await context.reader.spend(self.id)
        if self._entries.is_deleted:
            return
        self._frame.root.classes(replace=f"app with-info is-{view.status}")
        self._chip.set_content(sidebar.chip(view))
        self._live.set_content(sidebar.live(view, context.at_work.who(view.thread)))
        self._stop.set_content(sidebar.stop_button(view))
        for panel, content in zip(self._panels, sidebar.panels(view, files, spend, context.about), strict=True):
            panel.set_content(content)

    def _leave(self) -> None:
        """Show the first page, as the session was deleted; a second navigation would abort the first."""
        if not self._has_left and not self._entries.is_deleted:
            self._has_left = True
            with self._frame.root:
                ui.navigate.to("/")

    async def _append(self, entries: list[Entry]) -> None:
        rendered = await asyncio.to_thread(lambda: [self._thread.render(entry) for entry in entries])
        if self._entries.is_deleted:
            return
        with self._entries:
            for entry, html in zip(entries, rendered, strict=True):
                shown = ui.html(html).classes("entry")
                if is_open(entry):
                    self._open[entry.seq] = shown
        if entries:
            self._shown = entries[-1].seq

    async def _renew(self) -> None:
        """Show how cards were decided; everything else stays as it was shown."""
        for entry in await self._context.reader.entries(self.id, self._open.keys()):
            if not is_open(entry) and isinstance(entry.item, RequestCard):
                self._open.pop(entry.seq).set_content(self._thread.renewed(entry.item, entry.at))


async def follow(context: WebContext, frame: Frame, thread: ThreadView | None = None) -> None:
    """Keep a page up to date from the moment a browser shows it until it is closed."""
    client = ui.context.client
    gone = asyncio.Event()
    client.on_delete(gone.set)
    await client.connected()
    if client.is_deleted:
        return
    async with asyncio.TaskGroup() as group:
        group.create_task(_follow(context, EVERY, frame.refresh, gone))
        if thread:
            group.create_task(_follow(context, thread.id, thread.refresh, gone))


async def _follow(
    context: WebContext, session_id: str, refresh: Callable[[], Awaitable[None]], gone: asyncio.Event
) -> None:
    with context.changes.watch(session_id) as changed:
        while not gone.is_set():
            changed.clear()
            await refresh()
            await first_set(changed, gone)


def _part(tag: str, name: str, label: str) -> ui.element:
    part = ui.element(tag).classes(name)
    if label:
        part.props["aria-label"] = label
    return part
