"""Makes a session's notebook from what its tables and its stored files say."""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from bot.domain.errors import BadInput
from bot.domain.events import CodeBlock, InboxEvent
from bot.domain.posts import HOST, FilesPost, OutputPost, Post
from bot.domain.views import Entry
from bot.domain.workspace_files import Artifact
from bot.ports import Keep
from bot.store.reader import SessionReader

log = logging.getLogger(__name__)

_PICTURE_LIMIT = 5_000_000
"""Bytes of a picture that a notebook takes along."""


def has_new_output(items: Sequence[InboxEvent | Post]) -> bool:
    """Whether code was run since the thread was last given a notebook, the only file that Roundtable makes."""
    for item in reversed(items):
        match item:
            case OutputPost():
                return True
            case FilesPost(agent) if agent == HOST:
                return False
    return False


@dataclass(frozen=True, slots=True)
class SessionNotebook:
    """`blob` says where the bytes of a session's file are, `script` which name a block asks for, if any."""

    reader: SessionReader
    blob: Callable[[str, str], Path | None]
    keep: Keep
    script: Callable[[CodeBlock], str]

    async def __call__(self, session_id: str, more: Sequence[Post]) -> Artifact | None:
        """Implements `bot.ports.Notebook`; a session that none can be made of ends all the same."""
        try:
            items = [*await self._items(session_id), *more]
            return await self._make(session_id, items) if has_new_output(items) else None
        except BadInput as error:
            log.warning("session %s ends without a notebook: %s", session_id, error)
            return None
        except Exception:
            log.exception("no notebook could be made of session %s", session_id)
            return None

    async def as_it_is_now(self, session_id: str) -> Artifact | None:
        """The notebook for a person who asks for it; None when no code was run."""
        items = await self._items(session_id)
        return await self._make(session_id, items) if any(isinstance(item, OutputPost) for item in items) else None

    async def _make(self, session_id: str, items: Sequence[InboxEvent | Post]) -> Artifact | None:
        view = await self.reader.session(session_id)
        if view is None:
            return None

        def bind() -> tuple[str, bytes]:
            books = importlib.import_module(
                "bot.text.notebook_document"
            )  # slow, and of no use to sessions without code
            picture = lambda file: self._picture(session_id, file)  # noqa: E731
            return books.NAME, books.notebook(view.title, items, picture, self.script)

        name, data = await asyncio.to_thread(bind)
        return await self.keep(session_id, PurePosixPath(name), data)

    async def _items(self, session_id: str) -> list[InboxEvent | Post]:
        entries: list[Entry] = []
        while page := await self.reader.timeline(session_id, entries[-1].seq if entries else 0):
            entries += page
        return [entry.item for entry in entries]

    def _picture(self, session_id: str, file: Artifact) -> bytes | None:
        path = self.blob(session_id, file.digest)
        return path.read_bytes() if path and file.size <= _PICTURE_LIMIT else None
