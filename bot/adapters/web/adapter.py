"""The web page and the REST API as one chat platform."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from starlette.types import ASGIApp

from bot.adapters.common.session_lookup import Blobs, SessionLookup
from bot.adapters.web import server
from bot.adapters.web.access_rules import rules
from bot.adapters.web.context import Installation, Ready, WebContext
from bot.adapters.web.current_agents import CurrentAgents
from bot.adapters.web.uploads import WebUploads
from bot.domain import json_codec
from bot.domain.events import RemoteFile
from bot.domain.participants import Hint, MessageRef, ThreadRef
from bot.domain.posts import Part, Post
from bot.files import local_uploads
from bot.ports import Intake, Remember
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.engine.changes import Changes


class WebAdapter:
    """The page reads the tables, so a post shows once it is committed: delivering only wakes watchers."""

    name = "web"

    def __init__(
        self,
        *,
        settings: Settings,
        reader: SessionLookup,
        blob: Blobs,
        changes: Changes,
        about: Installation,
        ready: Ready,
        serving: Callable[[str], None],
        mounts: Mapping[str, ASGIApp] | None = None,
    ) -> None:
        self._host = settings.roundtable_web_host
        self._port = settings.roundtable_web_port
        self._token = settings.roundtable_api_token.get_secret_value()
        rules(self._host, self._port, self._token)
        self._reader = reader
        self._blob = blob
        self._changes = changes
        self._about = about
        self._ready = ready
        self._serving = serving
        self._mounts = mounts or {}
        self._at_work = CurrentAgents(changes)
        self._folder = settings.roundtable_work_dir / "uploads"
        self._uploads = WebUploads(self._folder, settings.roundtable_file_limit)

    async def run(self, intake: Intake) -> None:
        """Serve until cancelled; raises OperatorError when the address is not available."""
        sock = server.bind(self._host, self._port)
        try:
            closing = asyncio.Event()
            context = self._context(intake, closing)
            site: Any = await asyncio.to_thread(importlib.import_module, "bot.adapters.web.site")
            await asyncio.to_thread(self._uploads.sweep)
            app = site.build(context, rules(self._host, sock.getsockname()[1], self._token), self._mounts)
            url = server.address(sock, self._host)
            await server.serve(app, sock, lambda: self._serving(url), closing)
        finally:
            sock.close()

    def render(self, session: str, thread: ThreadRef, post_id: str, post: Post) -> tuple[Part, ...]:
        """A post as one part."""
        return (Part(post_id, session, json_codec.to_json(json_codec.post, post)),)

    def plain(self, part: Part) -> Part | None:
        """The page refuses nothing."""
        return None

    async def deliver(self, thread: ThreadRef, part: Part, remember: Remember) -> MessageRef:
        """Wake every open page of the session."""
        self._at_work.learn(thread, part.session)
        self._changes.tell(part.session)
        return MessageRef(thread.channel, part.id)

    async def find(self, thread: ThreadRef, part: Part) -> MessageRef | None:
        """What is in the tables is on the page."""
        return MessageRef(thread.channel, part.id)

    async def edit(self, message: MessageRef, part: Part) -> None:
        """Wake those who follow the session: what has changed is read from the tables."""
        self._changes.tell(part.session)

    async def hint(self, thread: ThreadRef, hint: Hint) -> None:
        """Show who is at work."""
        self._at_work.show(thread, hint)

    async def fetch(self, file: RemoteFile, limit: int) -> bytes:
        """The bytes of an upload."""
        return await asyncio.to_thread(local_uploads.read, self._folder, file.ref, limit)

    def _context(self, intake: Intake, closing: asyncio.Event) -> WebContext:
        return WebContext(
            reader=self._reader,
            blob=self._blob,
            changes=self._changes,
            intake=intake,
            at_work=self._at_work,
            uploads=self._uploads,
            about=self._about,
            ready=self._ready,
            closing=closing,
            login=bool(self._token),
        )
