"""A run as people read it: how it ended, which checks failed, and everything that was said. Pure."""

from __future__ import annotations

from bot.domain.events import Message
from bot.domain.posts import Post
from bot.domain.views import Entry
from bot.evaluate.record import RunRecord, name
from bot.text.plain_posts import plain


def file_name(record: RunRecord) -> str:
    """What a run's transcript is called, the same every time."""
    return f"{record.task}-{record.repeat}-{name(record.key)}.txt"


def transcript(record: RunRecord) -> str:
    """The whole run."""
    stalled = f", stalled by the {record.stalled}: {record.why}" if record.stalled else ""
    head = [f"{record.task}, {record.arm}, repeat {record.repeat}: {record.outcome}{stalled}"]
    head += [f"failed: {check}" for check in record.failed]
    said = [line for entry in record.entries if (line := _line(entry))]
    return "\n".join(head) + "\n\n" + "\n\n".join(said) + "\n"


def _line(entry: Entry) -> str:
    match entry.item:
        case Message(who=who, text=text):
            return f"{who.name}: {text}"
        case item if isinstance(item, Post):
            return plain(item)
        case item:
            return f"({item.kind})"
