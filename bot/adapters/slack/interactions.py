"""Clicks on cards and forms that are sent: stored first, answered then, privately where nothing is decided."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.adapters.common.request_choices import Choice, chosen
from bot.adapters.common.session_lookup import SessionLookup
from bot.adapters.slack.credentials import BotIdentity
from bot.adapters.slack.ephemeral import EphemeralMessages
from bot.adapters.slack.modals import MOST, errors, modal
from bot.adapters.slack.parse import ButtonClicked, FormSubmitted
from bot.adapters.slack.people import People
from bot.adapters.slack.web import Web, error_name
from bot.aio.background import BackgroundTasks
from bot.domain.errors import BadInput
from bot.domain.events import Decision
from bot.domain.views import SessionView
from bot.ports import Intake
from bot.text.request_forms import Filled, filled, form

log = logging.getLogger(__name__)

_GONE = "There is no such session any more."
_TOO_SLOW = "Slack did not open the form in time; press the button again."


@dataclass(frozen=True, slots=True)
class Interactions:
    """Acts on cards. An exception means: not stored, so do not acknowledge."""

    me: BotIdentity
    web: Web
    intake: Intake
    reader: SessionLookup
    people: People
    ephemeral: EphemeralMessages
    background: BackgroundTasks

    async def clicked(self, clicked: ButtonClicked) -> None:
        """A button that decides was pressed."""
        tell = partial(self.ephemeral.respond, clicked.response_url, clicked.who.user)
        choice = chosen(clicked.value)
        try:
            if choice is None:
                raise BadInput(_GONE)
            await self._decide(self.me.key("click", clicked.who.user, clicked.at), clicked, choice, Filled())
        except BadInput as refusal:
            self.background.start(tell(str(refusal)))

    def asked(self, clicked: ButtonClicked) -> None:
        """A button that asks something first was pressed: nothing is decided yet, so there is nothing to store."""
        self.background.start(self._open(clicked))

    async def submitted(self, sent: FormSubmitted) -> dict[str, Any]:
        """A form was sent; the answer closes it, or says in it why nothing was decided."""
        choice = chosen(sent.metadata)
        try:
            if choice is None:
                raise BadInput(_GONE)
            await self._decide(
                self.me.key("form", sent.who.user, sent.view), sent, choice, filled(choice.verdict, sent.text)
            )
        except BadInput as refusal:
            return errors(str(refusal))
        return {}

    async def _decide(self, key: str, did: ButtonClicked | FormSubmitted, choice: Choice, more: Filled) -> None:
        session = await self._session(choice)
        person = await self.people.person(did.who)
        if session is None or person is None:
            raise BadInput(_GONE)
        await self.intake(
            Decision(
                key=key,
                thread=session.thread,
                who=person,
                request=choice.request,
                verdict=choice.verdict,
                digest=choice.digest,
                reason=more.reason,
                blocks=more.blocks,
                amount=more.amount,
            )
        )

    async def _open(self, clicked: ButtonClicked) -> None:
        tell: Callable[[str], Coroutine[Any, Any, None]] = partial(
            self.ephemeral.respond, clicked.response_url, clicked.who.user
        )
        choice = chosen(clicked.value)
        try:
            if choice is None or await self._session(choice) is None:
                raise BadInput(_GONE)
            card = await self.reader.card(choice.session, choice.request)
            view = modal(choice, form(card, choice.verdict, MOST))
            await self.web.client.views_open(trigger_id=clicked.trigger, view=view)
        except BadInput as refusal:
            await tell(str(refusal))
        except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
            log.warning("a form could not be opened: %s", error_name(error) or error)
            await tell(_TOO_SLOW)

    async def _session(self, choice: Choice) -> SessionView | None:
        session = await self.reader.session(choice.session)
        if session is None or (session.thread.platform, session.thread.workspace) != ("slack", self.me.team):
            return None
        return session
