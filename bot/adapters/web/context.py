"""What the API and the page work with, in one value."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.adapters.web.current_agents import CurrentAgents
from bot.adapters.web.session_reader import Blobs, Ready, SessionLookup
from bot.adapters.web.uploads import WebUploads
from bot.domain.views import Entry
from bot.ports import Intake

if TYPE_CHECKING:
    from bot.engine.changes import Changes

PAGE = 500


@dataclass(frozen=True, slots=True)
class Installation:
    """What this Roundtable is: its teams with descriptions, the default one, and the model it speaks with.

    `demo` marks the keyless model, which is labelled wherever it shows; `notes` are sentences for its banner.
    """

    teams: Mapping[str, str]
    team: str
    model: str
    demo: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WebContext:
    """Everything one running server needs. `closing` is set when it ends; `login` says whether people log in.

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
