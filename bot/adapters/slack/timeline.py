"""What a thread's session has heard, as the tables have it."""

from __future__ import annotations

from collections.abc import AsyncIterator

from bot.adapters.slack.reading import Reader
from bot.events import Message, ThreadRef

_MOST = 1_000


async def knows(reader: Reader, thread: ThreadRef, prefix: str) -> bool:
    """Whether a thread's session has an event whose key begins so."""
    async for item in _items(reader, thread):
        if str(getattr(item, "key", "")).startswith(prefix):
            return True
    return False


async def background(reader: Reader, thread: ThreadRef) -> str:
    """The moment up to which a thread's talk was taken along as background, "" when none was."""
    moments = [item.context_until async for item in _items(reader, thread) if isinstance(item, Message)]
    return max(moments, default="")


async def _items(reader: Reader, thread: ThreadRef) -> AsyncIterator[object]:
    views = [view for view in await reader.sessions(_MOST) if view.thread == thread]
    for view in views:
        after = 0
        while entries := await reader.timeline(view.id, after):
            for entry in entries:
                yield entry.item
            after = entries[-1].seq
