"""Sends parts, one message each, and finds them again by our id in their metadata."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from bot.adapters.slack.blocks import rich
from bot.adapters.slack.body import Body, load
from bot.adapters.slack.files import SlackUploads
from bot.adapters.slack.pacing import ChannelPacing
from bot.adapters.slack.persona import SCOPE, Persona
from bot.adapters.slack.rich_text import plain, section
from bot.adapters.slack.web import (
    PLACE_ERRORS,
    Web,
    error_name,
    needed_scope,
    sent,
    token_problem,
)
from bot.domain.errors import Delivery, Refused, RetryAfter
from bot.domain.participants import MessageRef, ThreadRef
from bot.domain.posts import Part
from bot.ports import Remember

EVENT_TYPE = "roundtable_part"
"""What our metadata is called."""
_PAGE = 200
_MOST_THREADS = 5_000


class Deliveries:
    """Sends parts to their threads. It never sends one twice by itself: the courier decides that.

    `lost` is called when nothing can be posted in a thread any longer, with the part's session and the reason;
    `trouble` with "token" or "files" and a sentence for the operator, or "" when that works. A part waits
    `token_wait` seconds while Slack refuses the bot's token.
    """

    def __init__(
        self,
        web: Web,
        pacing: ChannelPacing,
        uploads: SlackUploads,
        *,
        lost: Callable[[ThreadRef, str, str], None],
        problem: Callable[[str, str], None],
        token_wait: float,
    ) -> None:
        self._web = web
        self._pacing = pacing
        self._uploads = uploads
        self._lost = lost
        self._problem = problem
        self._token_wait = token_wait
        self._newest: dict[ThreadRef, str] = {}
        self.persona = True
        """Whether agents may speak under their own names; switched off when Slack says so."""
        self.sees_files = True
        """Whether Slack lets us ask for files."""

    async def deliver(self, thread: ThreadRef, part: Part, remember: Remember) -> MessageRef:
        """Send a part; raises Refused, Unknown or RetryAfter."""
        body = load(part)
        if body.uploads and not self.sees_files:
            self._problem("files", "the Slack app lacks the scope files:read: add it and install the app again")
            raise Refused("without files:read Roundtable cannot tell whether a file is shown")
        async with self._understood(thread, part):
            if body.uploads:
                turn = partial(self._pacing.turn, thread.channel)
                persona = Persona(body.agent, self.persona)
                message = await self._uploads.send(thread, part, body, remember, turn=turn, persona=persona)
            else:
                message = await self._post(thread, part, body)
        self._problem("files" if body.uploads else "token", "")
        self._note(thread, message.id)
        return message

    async def find(self, thread: ThreadRef, part: Part) -> MessageRef | None:
        """The part's message if it is in the thread; raises Unknown or RetryAfter."""
        try:
            if load(part).uploads:
                return await self._uploads.find(thread, part)
            async for message in self._messages(thread):
                if _part_id(message) == part.id:
                    return MessageRef(thread.channel, str(message["ts"]))
        except Refused as refusal:
            if problem := token_problem(refusal.__cause__):
                self._problem("token", problem)
                raise RetryAfter(self._token_wait) from refusal
            # The thread can no longer be read; sending will say why.
            return None
        return None

    async def edit(self, message: MessageRef, part: Part) -> None:
        """Update a part's message; its uploads stay as they are. Raises Refused, Unknown or RetryAfter."""
        body = load(part)
        if body.uploads:
            return
        await self._pacing.turn(message.channel)
        persona = Persona(body.agent, self.persona)
        try:
            await sent(
                self._web.client.chat_update(
                    channel=message.channel,
                    ts=message.id,
                    text=persona.sign(body.text),
                    blocks=_signed(body, persona),
                    metadata=_named(part),
                )
            )
        except RetryAfter as failure:
            self._pacing.hold(message.channel, failure.seconds)
            raise

    async def _post(self, thread: ThreadRef, part: Part, body: Body) -> MessageRef:
        await self._pacing.turn(thread.channel)
        persona = Persona(body.agent, self.persona)
        answer = await sent(
            self._web.client.chat_postMessage(
                channel=thread.channel,
                thread_ts=thread.thread or None,
                text=persona.sign(body.text),
                blocks=_signed(body, persona) or None,
                metadata=_named(part),
                unfurl_links=False,
                unfurl_media=False,
                mrkdwn=False,
                username=persona.username,
                icon_emoji=persona.icon_emoji,
            )
        )
        return MessageRef(thread.channel, str(answer["ts"]))

    @asynccontextmanager
    async def _understood(self, thread: ThreadRef, part: Part) -> AsyncIterator[None]:
        """Handle what a failure says about more than this one part."""
        try:
            yield
        except Delivery as failure:
            cause = failure.__cause__
            if self.persona and needed_scope(cause) == SCOPE:
                self.persona = False
                raise RetryAfter(0) from cause
            if needed_scope(cause) == "files:write":
                # Nothing is shared yet: the files are named instead, and the thread continues.
                self._problem("files", token_problem(cause))
            elif problem := token_problem(cause):
                self._problem("token", problem)
                raise RetryAfter(self._token_wait) from cause
            elif isinstance(failure, RetryAfter):
                self._pacing.hold(thread.channel, failure.seconds)
            elif isinstance(failure, Refused) and (why := PLACE_ERRORS.get(error_name(cause))):
                self._lost(thread, part.session, why)
            raise

    async def _messages(self, thread: ThreadRef) -> AsyncIterator[Mapping[str, Any]]:
        """The thread's messages, starting with the last one that we know."""
        cursor: str | None = None
        while True:
            answer = await sent(
                self._web.client.conversations_replies(
                    channel=thread.channel,
                    ts=thread.thread,
                    oldest=self._newest.get(thread),
                    inclusive=True,
                    include_all_metadata=True,
                    limit=_PAGE,
                    cursor=cursor,
                )
            )
            for message in answer["messages"]:
                yield message
            cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return

    def _note(self, thread: ThreadRef, ts: str) -> None:
        self._newest.pop(thread, None)
        self._newest[thread] = ts
        if len(self._newest) > _MOST_THREADS:
            del self._newest[next(iter(self._newest))]


def _part_id(message: Mapping[str, Any]) -> str:
    metadata = message.get("metadata") or {}
    if metadata.get("event_type") != EVENT_TYPE:
        return ""
    return str((metadata.get("event_payload") or {}).get("part", ""))


def _signed(body: Body, persona: Persona) -> list[Any]:
    """A message's blocks, with the agent's name on top where Slack does not show it."""
    blocks: list[Any] = list(body.blocks)
    if blocks and persona.in_text:
        blocks.insert(0, rich([section([plain(persona.in_text, "bold")])]))
    return blocks


def _named(part: Part) -> dict[str, Any]:
    """The metadata that a part is found by."""
    return {"event_type": EVENT_TYPE, "event_payload": {"part": part.id}}
