"""Where every event enters: checked, stored in one transaction, and only then answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace

from sqlalchemy.exc import IntegrityError

from bot.engine.changes import Changes
from bot.engine.words import is_stop
from bot.errors import BadInput
from bot.events import Event, Message, Stop
from bot.store import inbox
from bot.store.database import Database


@dataclass(frozen=True, slots=True)
class Intake:
    """Takes events in for every adapter; `wake` is told of each session that has something new."""

    database: Database
    changes: Changes
    teams: Collection[str]
    default_team: str
    file_limit: int
    wake: Callable[[str], Awaitable[None]]
    clock: Callable[[], float] = time.time

    async def __call__(self, event: Event) -> str:
        """Store one event, once, and return its session's id; raises BadInput and then stores nothing."""
        # Whoever brought the event may be gone before it is stored: its session must be woken all the same.
        return await asyncio.shield(self._take(check(event, self.teams, self.file_limit)))

    async def _take(self, event: Event) -> str:
        try:
            taken = await self._store(event)
        except IntegrityError:
            # The same event, or the same thread's first one, was stored by another process meanwhile.
            taken = await self._store(event)
        if taken.fresh:
            self.changes.tell(taken.session)
            await self.wake(taken.session)
        return taken.session

    async def _store(self, event: Event) -> inbox.Taken:
        return await self.database.write(inbox.take_in, event, self.default_team, self.clock())


def check(event: Event, teams: Collection[str], file_limit: int) -> Event:
    """The event as it will be stored: stop words become a Stop; raises BadInput for what cannot be taken."""
    event = replace(event, who=replace(event.who, name=_printable(event.who.name)))
    if isinstance(event, Stop):
        return event
    if is_stop(event.text) and not event.files:
        return Stop(event.key, event.thread, event.who)
    _check_message(event, teams, file_limit)
    files = tuple(replace(file, name=_text(file.name)) for file in event.files)
    return replace(event, text=_text(event.text), files=files)


def _text(raw: str) -> str:
    """Halves of characters, which platforms that count in UTF-16 send, cannot be stored."""
    return raw.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _printable(raw: str) -> str:
    return "".join(character for character in _text(raw) if character.isprintable())


def _check_message(message: Message, teams: Collection[str], file_limit: int) -> None:
    if not message.text.strip() and not message.files:
        raise BadInput("The task is empty: say what the team should do, or attach a file.")
    if message.team is not None and message.team not in teams:
        raise BadInput(f"There is no team {message.team!r}. Teams: {', '.join(sorted(teams))}.")
    for file in message.files:
        if file.size > file_limit:
            limit = f"{file_limit / 1_000_000:g} MB"
            raise BadInput(f"{file.name} is larger than {limit}; attach a smaller file or a sample of it.")
