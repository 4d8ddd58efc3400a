"""Signs that a team is at work: the native status of an agent session, or, where the app has none, a reaction.

They may be lost. The newest sign of a thread wins; calls for one thread never overlap.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal, TypeAlias

import aiohttp
from cachetools import LRUCache
from slack_sdk.errors import SlackApiError

from bot.adapters.slack.web import Web, error_name, needed_scope, outcome
from bot.aio.keyed_workers import KeyedWorkers
from bot.domain.errors import Refused
from bot.domain.participants import Hint, ThreadRef

log = logging.getLogger(__name__)

Status: TypeAlias = Literal["", "processing", "active", "suspended", "closed"]

_NOT_NATIVE = frozenset(
    {"not_authorized", "unknown_method", "feature_not_enabled", "not_allowed_token_type", "method_deprecated"}
)
SEEN = "eyes"
_PAUSES = (0.5, 2.0, 10.0, 60.0)
"""Seconds after each try to show the status of a session."""
_UNKNOWN = "?"
_MOST_THREADS = 5_000


@dataclass(slots=True)
class _Sign:
    """What a thread should show, and what it shows."""

    channel: str
    thread: str
    status: Status = ""
    doing: str = ""
    shown_status: Status = ""
    shown_doing: str = ""


class ActivitySigns:
    """`native` is switched off for good when Slack says that this app has no sessions."""

    def __init__(self, web: Web) -> None:
        self._web = web
        self._signs: LRUCache[str, _Sign] = LRUCache(_MOST_THREADS)
        self._workers: KeyedWorkers | None = None
        self.native = True

    @asynccontextmanager
    async def showing(self) -> AsyncIterator[None]:
        """Signs are shown while the body runs; before and after, they are only noted."""
        async with KeyedWorkers(self._show) as workers:
            self._workers = workers
            try:
                yield
            finally:
                self._workers = None

    async def accepted(self, thread: ThreadRef, message: str) -> None:
        """A person's message is stored: show it at once."""
        if self.native:
            sign = self._sign(thread)
            sign.status = "processing"
            await self._try(sign)
        if not self.native:
            await self._react(thread.channel, message)

    def hint(self, thread: ThreadRef, hint: Hint) -> None:
        """Who is at work."""
        sign = self._sign(thread)
        if hint.agent:
            self._want(sign, "processing", f"{hint.agent} {hint.doing or 'is at work…'}")
        else:
            self._want(sign, "active" if sign.status == "processing" else sign.status, "")

    def rests(self, thread: ThreadRef, status: Status) -> None:
        """The session waits for a person, or has ended."""
        self._want(self._sign(thread), status, "")

    def _sign(self, thread: ThreadRef) -> _Sign:
        key = f"{thread.channel} {thread.thread}"
        return self._signs.setdefault(key, _Sign(thread.channel, thread.thread))

    def _want(self, sign: _Sign, status: Status, doing: str) -> None:
        sign.status, sign.doing = status, doing
        if self.native and status and self._workers:
            self._workers.wake(f"{sign.channel} {sign.thread}")

    async def _show(self, key: str, _woken: asyncio.Event) -> None:
        for pause in _PAUSES:
            sign = self._signs.get(key)
            if not self.native or sign is None or await self._try(sign):
                return
            await asyncio.sleep(pause)

    async def _try(self, sign: _Sign) -> bool:
        """Show a sign; False when it should be tried again, since Slack keeps a wrong status for an hour."""
        client = self._web.client
        try:
            if sign.status != sign.shown_status:
                sign.shown_status = sign.status
                await client.agents_sessions_setStatus(
                    channel_id=sign.channel, thread_ts=sign.thread, status=sign.shown_status
                )
            if sign.doing != sign.shown_doing:
                sign.shown_doing = sign.doing
                await client.assistant_threads_setStatus(
                    channel_id=sign.channel, thread_ts=sign.thread, status=sign.shown_doing
                )
        except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
            sign.shown_status, sign.shown_doing = "", _UNKNOWN
            return self._is_final(error)
        return True

    def _is_final(self, error: Exception) -> bool:
        name = error_name(error)
        if name in _NOT_NATIVE or needed_scope(error) == "assistant:write":
            log.info("this app has no agent sessions (%s): reactions show that a message was seen", name)
            self.native = False
        else:
            log.debug("a sign is lost: %s", error)
        return isinstance(outcome(error), Refused)

    async def _react(self, channel: str, message: str) -> None:
        try:
            await self._web.client.reactions_add(channel=channel, timestamp=message, name=SEEN)
        except SlackApiError as error:
            if error_name(error) != "already_reacted":
                log.debug("a sign is lost: %s", error)
        except (aiohttp.ClientError, TimeoutError) as error:
            log.debug("a sign is lost: %s", error)
