"""What a session has heard and asked, as the tables have it."""

from __future__ import annotations

from collections.abc import AsyncIterator

from bot.adapters.common.session_lookup import SessionLookup
from bot.domain.events import InboxEvent, Message
from bot.domain.participants import ThreadRef
from bot.domain.posts import ApprovalPost, BudgetPost, CheckPost, Post, QuestionPost


async def knows(reader: SessionLookup, thread: ThreadRef, prefix: str) -> bool:
    """Whether a thread's session has an event whose key begins so."""
    async for item in _items(reader, thread):
        if str(getattr(item, "key", "")).startswith(prefix):
            return True
    return False


async def background(reader: SessionLookup, thread: ThreadRef) -> str:
    """The moment up to which a thread's talk was taken along as background, "" when none was."""
    moments = [item.context_until async for item in _items(reader, thread) if isinstance(item, Message)]
    return max(moments, default="")


async def question(reader: SessionLookup, session_id: str) -> str:
    """What a session that waits has asked last, in words."""
    asked = ""
    async for item in _items_of(reader, session_id):
        match item:
            case QuestionPost():
                asked = item.question
            case ApprovalPost():
                asked = "May this code run?"
            case BudgetPost() | CheckPost():
                asked = item.text
    return asked


async def _items(reader: SessionLookup, thread: ThreadRef) -> AsyncIterator[InboxEvent | Post]:
    if session_id := await reader.in_thread(thread):
        async for item in _items_of(reader, session_id):
            yield item


async def _items_of(reader: SessionLookup, session_id: str) -> AsyncIterator[InboxEvent | Post]:
    after = 0
    while entries := await reader.timeline(session_id, after):
        for entry in entries:
            yield entry.item
        after = entries[-1].seq
