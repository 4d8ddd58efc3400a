"""What a session's timeline says about buttons and reactions of earlier days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.adapters.common.session_lookup import SessionLookup
from bot.adapters.discord.body import question_id
from bot.domain.events import Message, Stop
from bot.domain.posts import QuestionPost, SummaryPost
from bot.domain.views import Entry

_PAGE = 500


@dataclass(frozen=True, slots=True)
class Story:
    """How often the session has ended, the keys of every Stop, and the question that waits, "" when none does."""

    run: int = 0
    stops: frozenset[str] = frozenset()
    question: str = ""


def told(entries: Iterable[Entry]) -> Story:
    """The story of a whole timeline."""
    run, stops, question = 0, set[str](), ""
    for entry in entries:
        match entry.item:
            case SummaryPost():
                run, question = run + 1, ""
            case Stop(key=key):
                stops.add(key)
            case QuestionPost(agent, _, asked):
                question = question_id(agent, asked)
            case Message():
                question = ""
    return Story(run, frozenset(stops), question)


async def read(reader: SessionLookup, session: str) -> Story:
    """The story of a session as it stands."""
    entries: list[Entry] = []
    while batch := await reader.timeline(session, entries[-1].seq if entries else 0, _PAGE):
        entries += batch
        if len(batch) < _PAGE:
            break
    return told(entries)
