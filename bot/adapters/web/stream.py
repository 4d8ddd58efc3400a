"""One session's life as server-sent events."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

from sse_starlette import EventSourceResponse, ServerSentEvent

from bot.adapters.web.context import WebContext
from bot.adapters.web.current_agents import Busy
from bot.aio.race import first_set
from bot.domain import json_codec
from bot.domain.posts import RequestCard
from bot.domain.views import Entry, SessionView


def respond(context: WebContext, session_id: str, after: int, until_ended: bool) -> EventSourceResponse:
    """A stream of everything past `after`, and of what follows until the client leaves or the server closes."""
    return EventSourceResponse(
        events(context, session_id, after, until_ended),
        ping=context.keep_alive,
        ping_message_factory=lambda: ServerSentEvent(comment="still here"),
        sep="\n",
    )


async def events(
    context: WebContext, session_id: str, after: int, until_ended: bool
) -> AsyncIterator[ServerSentEvent]:
    """Entries with their `seq` as id, and changes of the session and of who is at work."""
    told: tuple[SessionView | None, Busy | None] = (None, None)
    waiting: set[int] = set()
    with context.changes.watch(session_id) as changed:
        while not context.closing.is_set():
            changed.clear()
            view = await context.reader.session(session_id)
            if view is None:
                return
            context.at_work.learn(view.thread, session_id)
            async for entry in context.entries(session_id, after):
                after = entry.seq
                waiting |= {entry.seq} if is_open(entry) else set()
                yield _entry(entry)
            for entry in await context.reader.entries(session_id, waiting):
                if not is_open(entry):
                    waiting.discard(entry.seq)
                    yield ServerSentEvent(json_codec.to_json(json_codec.entry, entry), event="card")
            busy = context.at_work.who(view.thread)
            if busy != told[1]:
                yield _hint(busy)
            if view != told[0]:
                yield ServerSentEvent(json_codec.to_json(json_codec.session, view), event="session")
            told = view, busy
            if until_ended and _rests(view):
                return
            await first_set(changed, context.closing)


def is_open(entry: Entry) -> bool:
    """Whether an entry is a card about which nothing is decided yet."""
    return isinstance(entry.item, RequestCard) and entry.item.decided is None


def _rests(view: SessionView) -> bool:
    """Whether nothing comes until a person does something."""
    return view.status in ("ended", "waiting") or (view.status == "paused" and view.wake_at is None)


def _entry(entry: Entry) -> ServerSentEvent:
    return ServerSentEvent(json_codec.to_json(json_codec.entry, entry), id=str(entry.seq), event=entry.item.kind)


def _hint(busy: Busy | None) -> ServerSentEvent:
    agent, doing, seconds = (busy.agent, busy.doing, busy.seconds) if busy else ("", "", 0.0)
    data = {"agent": agent, "doing": doing, "seconds": round(seconds, 1)}
    return ServerSentEvent(json.dumps(data), event="hint")
