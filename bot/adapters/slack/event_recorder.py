"""Has what a user did stored, and shows a refusal to that user alone."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeAlias

from bot.adapters.slack.happenings import SlackUser
from bot.adapters.slack.people import People
from bot.aio.background import BackgroundTasks
from bot.domain.errors import BadInput, Unheard
from bot.domain.events import Event, Stop
from bot.domain.participants import Person, ThreadRef
from bot.ports import Intake

Tell: TypeAlias = Callable[[str], Coroutine[Any, Any, None]]
"""Says a sentence to one user alone."""


async def tell_nothing(_sentence: str) -> None:
    """For what needs no answer, such as an edit."""


@dataclass(frozen=True, slots=True)
class EventRecorder:
    """Brings events to the intake. What it raises means: not stored, so do not acknowledge."""

    intake: Intake
    people: People
    background: BackgroundTasks

    async def record(
        self, who: SlackUser, event: Callable[[Person], Coroutine[Any, Any, Event]], tell: Tell
    ) -> bool:
        """Have a user's event stored, and return whether it was; a refusal is told after the acknowledgement."""
        try:
            person = await self.people.person(who)
            if person is None:
                return False
            await self.intake(await event(person))
        except Unheard:
            return False
        except BadInput as refusal:
            if not refusal.again:
                self.background.start(tell(str(refusal)))
            return False
        return True

    async def stop(self, who: SlackUser, key: str, thread: ThreadRef, tell: Tell) -> bool:
        """Have a stop stored, and return whether it was."""

        async def stop(person: Person) -> Event:
            return Stop(key, thread, person)

        return await self.record(who, stop, tell)
