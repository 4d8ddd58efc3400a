"""What was said in a thread before the bot was called into it, and whole threads after downtime."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from bot.adapters.slack import mrkdwn, parse
from bot.adapters.slack.credentials import BotIdentity
from bot.adapters.slack.happenings import MessageSent
from bot.adapters.slack.people import People
from bot.adapters.slack.web import Web, sent
from bot.domain.errors import Delivery
from bot.domain.events import RemoteFile

_PAGE = 200
_MOST_MESSAGES = 100
_MOST_CHARACTERS = 12_000
_MOST_FILES = 100
_MOST_SECONDS = 2.0
_UNREADABLE = "(What was said in this thread before could not be read.)"


class History:
    """Reads threads. `file_limit`: the most bytes of a file that is included."""

    def __init__(self, web: Web, me: BotIdentity, people: People, file_limit: int) -> None:
        self._web = web
        self._me = me
        self._people = people
        self._file_limit = file_limit

    async def before(self, said: MessageSent) -> tuple[str, tuple[RemoteFile, ...]]:
        """What people said before a message for us, one line each with its author, and their files.

        Slack is not kept waiting: what cannot be read within two seconds is left out, and the text says so.
        """
        try:
            async with asyncio.timeout(_MOST_SECONDS):
                earlier = [
                    other
                    for found in await self.thread(said.channel, said.thread)
                    if (other := self._message(found, said)) and other.ts != said.ts and other.ts < said.at
                ]
                files = self._files(earlier)
                return await self._context(earlier[-_MOST_MESSAGES:], files), files
        except (TimeoutError, Delivery):
            return _UNREADABLE, ()

    async def thread(self, channel: str, root: str) -> Sequence[Mapping[str, Any]]:
        """All messages of a thread, oldest first; raises Delivery."""
        messages: list[Mapping[str, Any]] = []
        cursor: str | None = None
        while cursor is None or cursor:
            answer = await sent(
                self._web.client.conversations_replies(channel=channel, ts=root, limit=_PAGE, cursor=cursor)
            )
            messages += answer["messages"]
            cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
        return messages

    async def root(self, channel: str, message: str) -> str:
        """The root of the thread that a message is in; raises Delivery."""
        answer = await sent(self._web.client.conversations_replies(channel=channel, ts=message, limit=1))
        return next((str(found.get("thread_ts") or found["ts"]) for found in answer["messages"]), message)

    def _message(self, found: Mapping[str, Any], said: MessageSent) -> MessageSent | None:
        return parse.message(found, said.channel, self._me, direct=said.direct)

    async def _context(self, earlier: Sequence[MessageSent], taken: Collection[RemoteFile]) -> str:
        users = {user for other in earlier for user in (other.who.user, *mrkdwn.mentioned(other.text))}
        names = await self._people.names(users)
        lines: list[str] = []
        left = _MOST_CHARACTERS
        for other in reversed(earlier):
            attached = "".join(_attached(file, file in taken) for file in other.files)
            text = mrkdwn.plain(other.text, names)
            lines.append(f"{names.get(other.who.user, other.who.user)}: {text}{attached}"[:left])
            left -= len(lines[-1])
            if left <= 0:
                break
        return "\n".join(reversed(lines))

    def _files(self, earlier: Sequence[MessageSent]) -> tuple[RemoteFile, ...]:
        files = [file for other in earlier for file in other.files if file.size <= self._file_limit]
        return tuple(files[-_MOST_FILES:])


def _attached(file: RemoteFile, taken: bool) -> str:
    return f" [attached {file.name}]" if taken else f" [attached {file.name}, not included]"
