"""What people do with buttons and forms of request cards: a decision is stored before it is answered."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.adapters.common.request_choices import Choice
from bot.adapters.slack.commands import HomeAndCommands
from bot.adapters.slack.credentials import BotIdentity
from bot.adapters.slack.ephemeral import EphemeralMessages
from bot.adapters.slack.happenings import ChoiceClicked, CostShortcut, FormRequested, FormSubmitted, SlackUser
from bot.adapters.slack.modals import MOST, errors, modal
from bot.adapters.slack.people import People
from bot.adapters.slack.session_locator import NO_SESSION, SessionLocator
from bot.adapters.slack.web import Web, error_name
from bot.aio.background import BackgroundTasks
from bot.domain.errors import BadInput
from bot.domain.events import Decision
from bot.ports import Intake
from bot.text.request_forms import Filled, filled, form

log = logging.getLogger(__name__)

_TOO_SLOW = "Slack did not open the form in time; press the button again."


@dataclass(frozen=True, slots=True)
class Interactions:
    """Acts on request cards. An exception means: not stored, so do not acknowledge."""

    me: BotIdentity
    web: Web
    intake: Intake
    locator: SessionLocator
    people: People
    ephemeral: EphemeralMessages
    home_and_commands: HomeAndCommands
    background: BackgroundTasks

    async def clicked(self, clicked: ChoiceClicked) -> None:
        """Store the decision of a button; only the user sees a refusal."""
        key = self.me.key("click", clicked.who.user, clicked.at)
        try:
            await self._decide(key, clicked.who, clicked.choice, Filled())
        except BadInput as refusal:
            tell = partial(self.ephemeral.respond, clicked.response_url, clicked.who.user)
            self.background.start(tell(str(refusal)))

    async def submitted(self, sent: FormSubmitted) -> dict[str, Any]:
        """Store the decision of a form; the answer closes the form, or says in it why nothing was decided."""
        key = self.me.key("form", sent.who.user, sent.view)
        try:
            entered = filled(sent.choice.verdict, sent.text) if sent.choice else Filled()
            await self._decide(key, sent.who, sent.choice, entered)
        except BadInput as refusal:
            return errors(str(refusal))
        return {}

    async def open_form(self, requested: FormRequested) -> None:
        """Open the form of a button; nothing is decided yet, so there is nothing to store."""
        tell = partial(self.ephemeral.respond, requested.response_url, requested.who.user)
        choice = requested.choice
        try:
            if choice is None or await self.locator.session(choice.session) is None:
                raise BadInput(NO_SESSION)
            card = await self.locator.reader.card(choice.session, choice.request)
            view = modal(choice, form(card, choice.verdict, MOST))
            await self.web.client.views_open(trigger_id=requested.trigger, view=view)
        except BadInput as refusal:
            await tell(str(refusal))
        except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
            log.warning("a form could not be opened: %s", error_name(error) or error)
            await tell(_TOO_SLOW)

    async def tell_cost(self, asked: CostShortcut) -> None:
        """Tell a user alone what the session of a message has cost."""
        thread = await self.locator.holding(asked.channel, asked.thread)
        cost = await self.home_and_commands.cost(asked.who, thread)
        await self.ephemeral.respond(asked.response_url, asked.who.user, cost)

    async def _decide(self, key: str, who: SlackUser, choice: Choice | None, entered: Filled) -> None:
        session = await self.locator.session(choice.session) if choice else None
        person = await self.people.person(who)
        if choice is None or session is None or person is None:
            raise BadInput(NO_SESSION)
        await self.intake(
            Decision(
                key=key,
                thread=session.thread,
                who=person,
                request=choice.request,
                verdict=choice.verdict,
                digest=choice.digest,
                reason=entered.reason,
                blocks=entered.blocks,
                amount=entered.amount,
            )
        )
