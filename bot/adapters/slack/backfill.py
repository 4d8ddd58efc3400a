"""After downtime: takes in missed messages and stop reactions of open threads, once.

What was received is noted before a connection opens: a message that comes right after must not hide an older one.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.adapters.common.session_lookup import SessionLookup
from bot.adapters.slack import parse
from bot.adapters.slack.credentials import BotIdentity
from bot.adapters.slack.happenings import READ_BACK, ReactionAdded, SlackUser
from bot.adapters.slack.history import History
from bot.adapters.slack.messages import ThreadMessages
from bot.adapters.slack.stops import StopRequests
from bot.domain.errors import Delivery, Refused, RetryAfter
from bot.domain.views import OpenThread
from bot.ports import ThreadLookup

log = logging.getLogger(__name__)

_RESTED = 3 * 86_400.0
"""Sessions that ended longer ago than this are not looked at."""
_AGAIN = 2.0


@dataclass(frozen=True, slots=True)
class Backfill:
    """Reads open threads back."""

    me: BotIdentity
    threads: ThreadLookup
    history: History
    reader: SessionLookup
    messages: ThreadMessages
    stops: StopRequests
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def heard(self) -> Sequence[OpenThread]:
        """The last message that was received in each thread, as of now."""
        return await self.threads.open("slack", self.clock() - _RESTED)

    async def catch_up(self, heard: Sequence[OpenThread]) -> None:
        """Take in what came after that; a thread for which Slack fails is tried again after the others."""
        waiting = [one for one in heard if one.thread.workspace == self.me.team]
        while waiting:
            waiting = [one for one in waiting if not await self._done(one)]
            if waiting:
                await self.sleep(_AGAIN)

    async def _done(self, one: OpenThread) -> bool:
        """Read a thread back; False when it has to be tried again, and what was taken in then counts once."""
        try:
            await self._thread(one)
        except (Delivery, SlackApiError, aiohttp.ClientError, TimeoutError):
            return False
        except Exception:
            log.exception("the thread %s could not be read back", one.thread)
        return True

    async def _thread(self, one: OpenThread) -> None:
        channel, since = one.thread.channel, one.since or one.thread.thread
        missed = []
        for found in await self._read(one):
            for name, user in parse.stop_reactions(found):
                if user != self.me.user:
                    ts = str(found.get("ts", ""))
                    await self.stops.reacted(ReactionAdded(SlackUser(user), channel, ts, name, READ_BACK))
            said = parse.message(found, channel, self.me, direct=channel.startswith("D"))
            if said is not None and said.ts > since:
                missed.append(said)
        if missed:
            background = await self.reader.background_until(one.thread)
            for said in missed:
                if said.ts > background:
                    await self.messages.take(said)

    async def _read(self, one: OpenThread) -> Sequence[Mapping[str, Any]]:
        while True:
            try:
                return await self.history.thread(one.thread.channel, one.thread.thread)
            except RetryAfter as wait:
                await self.sleep(wait.seconds)
            except Refused:
                # The channel was left or the thread deleted: the next delivery there says so.
                return ()
