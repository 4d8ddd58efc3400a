"""What the API and the page work with, in one value."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from bot.adapters.common.session_lookup import Blobs, SessionLookup
from bot.adapters.web.current_agents import CurrentAgents
from bot.adapters.web.uploads import WebUploads
from bot.domain.views import Entry
from bot.ports import Intake

if TYPE_CHECKING:
    from bot.engine.changes import Changes

PAGE = 500

Ready: TypeAlias = Callable[[], Mapping[str, str]]
"""Each component and "ok", or the sentence that says what it lacks."""


@dataclass(frozen=True, slots=True)
class ExampleTask:
    """A task to start with one click: `sign` is an icon, `file` is sent with it, `follow_ups` can be sent next."""

    title: str
    task: str
    sign: str
    file: Path | None = None
    follow_ups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Installation:
    """What this Roundtable is: its teams with descriptions, the default one, and the model it speaks with.

    `demo` marks the keyless model, which is labelled wherever it shows; `notes` are sentences for its banner.
    `examples` are tasks for the first page.
    """

    teams: Mapping[str, str]
    team: str
    model: str
    demo: bool = False
    notes: tuple[str, ...] = ()
    examples: tuple[ExampleTask, ...] = ()

    def follow_ups(self, title: str) -> tuple[str, ...]:
        """What the demo knows to answer in the session of that title; nothing with another model."""
        said = next((e.follow_ups for e in self.examples if title in (e.task, *e.follow_ups)), ())
        return said if self.demo else ()


@dataclass(frozen=True, slots=True)
class WebContext:
    """Everything that a running server needs. `closing` is set when it ends; `login` says whether people log in.

    A stream of events in which nothing happens says every `keep_alive` seconds that it is still there.
    """

    reader: SessionLookup
    blob: Blobs
    changes: Changes
    intake: Intake
    at_work: CurrentAgents
    uploads: WebUploads
    about: Installation
    ready: Ready
    closing: asyncio.Event
    login: bool = False
    keep_alive: float = 15.0

    async def entries(self, session_id: str, after: int = 0) -> AsyncIterator[Entry]:
        """Every entry past `after`, read a batch at a time."""
        while batch := await self.reader.timeline(session_id, after, PAGE):
            for entry in batch:
                yield entry
            after = batch[-1].seq
            if len(batch) < PAGE:
                return
