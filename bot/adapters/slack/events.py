"""Where a payload of Slack enters: it is parsed, what happened is stored, and only then it is answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, assert_never

from bot.adapters.slack.commands import HomeAndCommands
from bot.adapters.slack.credentials import BotIdentity
from bot.adapters.slack.happenings import (
    ChoiceClicked,
    CommandSent,
    CostShortcut,
    FormRequested,
    FormSubmitted,
    Happening,
    HomeOpened,
    MessageDeleted,
    MessageEdited,
    MessageSent,
    ReactionAdded,
    StopClicked,
    StopPressed,
    TaskShortcut,
)
from bot.adapters.slack.interactions import Interactions
from bot.adapters.slack.messages import ThreadMessages
from bot.adapters.slack.parse import Payload, parse
from bot.adapters.slack.stops import StopRequests
from bot.aio.background import BackgroundTasks


@dataclass(frozen=True, slots=True)
class EventReceiver:
    """Takes payloads. What it raises means: not stored, so do not acknowledge."""

    me: BotIdentity
    messages: ThreadMessages
    stops: StopRequests
    interactions: Interactions
    home_and_commands: HomeAndCommands
    background: BackgroundTasks

    async def take(self, body: Payload, again: bool) -> dict[str, Any]:
        """Store what a payload says and return the body of the answer; `again` if Slack sends it once more."""
        happening = parse(body, self.me)
        return {} if happening is None else await self._take(happening, again) or {}

    async def _take(  # noqa: C901, PLR0912  (a case a happening)
        self, happening: Happening, again: bool
    ) -> dict[str, Any] | None:
        match happening:
            case MessageSent():
                await self.messages.sent(happening, again=again)
            case MessageEdited():
                await self.messages.edited(happening)
            case MessageDeleted():
                await self.messages.deleted(happening)
            case TaskShortcut():
                await self.messages.made_task(happening)
            case ReactionAdded():
                await self.stops.reacted(happening, again=again)
            case StopPressed():
                await self.stops.pressed(happening)
            case StopClicked():
                await self.stops.clicked(happening)
            case ChoiceClicked():
                await self.interactions.clicked(happening)
            case FormRequested():
                self.background.start(self.interactions.open_form(happening))
            case FormSubmitted():
                return await self.interactions.submitted(happening)
            case CommandSent():
                return await self.home_and_commands.answer(happening)
            case CostShortcut():
                self.background.start(self.interactions.tell_cost(happening))
            case HomeOpened(who):
                self.background.start(self.home_and_commands.publish(who))
            case _:
                assert_never(happening)
        return None
