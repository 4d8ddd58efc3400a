"""Tells those that watch a session that its rows have changed; carries no data, may coalesce."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

EVERY = ""
"""Watch this id to be told of every session."""


class Changes:
    """In-process signals, one set of watchers a session."""

    def __init__(self) -> None:
        self._watchers: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    def tell(self, session_id: str) -> None:
        """Wake everyone who watches this session or every session."""
        for key in (session_id, EVERY):
            for watcher in self._watchers.get(key, ()):
                watcher.set()

    @contextmanager
    def watch(self, session_id: str = EVERY) -> Iterator[asyncio.Event]:
        """An event that is set at every change; clear it, then read the rows, then wait for it again."""
        signal = asyncio.Event()
        self._watchers[session_id].add(signal)
        try:
            yield signal
        finally:
            self._watchers[session_id].discard(signal)
            if not self._watchers[session_id]:
                del self._watchers[session_id]
