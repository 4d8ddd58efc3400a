"""Which thread and which session something in Slack belongs to."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bot.adapters.common.session_lookup import SessionLookup
from bot.adapters.slack.credentials import BotIdentity
from bot.adapters.slack.history import History
from bot.domain.errors import Refused
from bot.domain.participants import ThreadRef
from bot.domain.views import SessionView
from bot.ports import ThreadLookup

PLATFORM = "slack"
NO_SESSION = "That session no longer exists."
"""What users read when a button or a form is about a session that was deleted."""


@dataclass(frozen=True, slots=True)
class SessionLocator:
    """Asks the tables, and Slack only about messages that the tables do not know."""

    me: BotIdentity
    threads: ThreadLookup
    reader: SessionLookup
    history: History

    def ref(self, channel: str, thread: str) -> ThreadRef:
        """A thread of this workspace."""
        return ThreadRef(PLATFORM, self.me.team, channel, thread)

    async def holding(self, channel: str, message: str) -> ThreadRef | None:
        """The thread of the session that a message belongs to, as far as the tables know."""
        return await self.threads.holding(PLATFORM, self.me.team, channel, message)

    async def around(self, channel: str, message: str) -> ThreadRef | None:
        """The thread of a session that a message is in, even if that message is not stored.

        Slack is asked only where a session is open in the channel.
        """
        if known := await self.holding(channel, message):
            return known
        if all(one.thread.channel != channel for one in await self.threads.open(PLATFORM, math.inf)):
            return None
        try:
            return await self.holding(channel, await self.history.root(channel, message))
        except Refused:
            return None

    async def session(self, session_id: str) -> SessionView | None:
        """A session of this workspace."""
        session = await self.reader.session(session_id)
        if session is None or (session.thread.platform, session.thread.workspace) != (PLATFORM, self.me.team):
            return None
        return session
