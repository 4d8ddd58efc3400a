"""Messages that are sent, edited and deleted, and messages that a shortcut makes a task."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from cachetools import FIFOCache

from bot.adapters.slack import mrkdwn
from bot.adapters.slack.activity import ActivitySigns
from bot.adapters.slack.channels import Channels
from bot.adapters.slack.credentials import BotIdentity
from bot.adapters.slack.ephemeral import EphemeralMessages
from bot.adapters.slack.event_recorder import EventRecorder, tell_nothing
from bot.adapters.slack.happenings import MessageDeleted, MessageEdited, MessageSent, TaskShortcut
from bot.adapters.slack.history import History
from bot.adapters.slack.parse import message as parse_message
from bot.adapters.slack.people import People
from bot.adapters.slack.session_locator import SessionLocator
from bot.aio.background import BackgroundTasks
from bot.aio.keyed_lock import KeyedLock
from bot.domain.events import Deleted, Edited, Event, Message, RemoteFile
from bot.domain.participants import Person, ThreadRef

_REMEMBERED = 10_000
_NOT_HERE = "I am not in this conversation: invite me first, then try again."


@dataclass(frozen=True, slots=True)
class ThreadMessages:
    """Stores messages, those of one thread in the order in which they came.

    What it raises means: not stored, so do not acknowledge.
    """

    me: BotIdentity
    locator: SessionLocator
    recorder: EventRecorder
    people: People
    history: History
    channels: Channels
    ephemeral: EphemeralMessages
    activity: ActivitySigns
    background: BackgroundTasks
    order: KeyedLock = field(default_factory=KeyedLock)
    settled: FIFOCache[str, bool] = field(default_factory=partial(FIFOCache, _REMEMBERED))
    """Messages that were stored or refused, as they read then."""
    failed: FIFOCache[str, bool] = field(default_factory=partial(FIFOCache, _REMEMBERED))
    """Messages that could not be stored at first."""

    async def sent(self, sent: MessageSent, *, again: bool) -> None:
        """Store a message; `again` if Slack sends it once more because we did not acknowledge it.

        Slack reports a mention in two events, so the one that is stored need not be the one that failed.
        """
        key = self.me.key(sent.channel, sent.ts)
        async with self.order.holding((sent.channel, sent.thread)):
            try:
                stored = await self.take(sent)
            except Exception:
                self.failed[key] = True
                raise
        if stored and sent.opens_thread and (again or key in self.failed):
            self.background.start(self._take_replies(sent))

    async def take(self, sent: MessageSent) -> bool:
        """Store a message, sent just now or read back, and return whether it was stored by this call."""
        key, version = self.me.key(sent.channel, sent.ts), self.me.key(sent.channel, sent.ts, sent.at)
        if version in self.settled or (sent.late and await self._held(sent.channel, sent.ts)):
            return False
        # A message that opens a thread is in no session yet.
        held = not sent.opens_thread and await self._held(sent.channel, sent.thread)
        if not sent.addressed and not held:
            return False
        tell = partial(self.ephemeral.ephemeral, sent.channel, sent.who.user, sent.thread)
        stored = await self.recorder.record(sent.who, partial(self._message, sent, key, held=held), tell)
        self.settled[version] = True
        if stored and sent.addressed:
            self._show_accepted(sent)
        return stored

    async def edited(self, edited: MessageEdited) -> None:
        """Store an edit, and the message itself if the edit made a task of it."""
        async with self.order.holding((edited.channel, edited.thread)):
            if edited.task is not None:
                await self.take(edited.task)
            if await self._held(edited.channel, edited.thread):
                await self.recorder.record(edited.who, partial(self._edit, edited), tell_nothing)

    async def deleted(self, deleted: MessageDeleted) -> None:
        """Store a deletion; without its first message a session stops."""
        key, thread = self.me.key(deleted.channel, deleted.ts, "deleted"), self._ref(deleted)
        async with self.order.holding((deleted.channel, deleted.thread)):
            if not await self._held(deleted.channel, deleted.thread):
                return
            if deleted.ts == deleted.thread:
                await self.recorder.stop(deleted.who, key, thread, tell_nothing)
                return

            async def deletion(who: Person) -> Event:
                return Deleted(key, thread, who, deleted.ts)

            await self.recorder.record(deleted.who, deletion, tell_nothing)

    async def made_task(self, shortcut: TaskShortcut) -> None:
        """Store a message that a shortcut was used on, as a task of the user who used it."""
        task = shortcut.message
        tell = partial(self.ephemeral.respond, shortcut.response_url, shortcut.who.user)
        if not await self.channels.member(task.channel):
            self.background.start(tell(_NOT_HERE))
            return
        held = await self._held(task.channel, task.thread)
        key = self.me.key("shortcut", task.channel, task.ts, shortcut.at)
        if await self.recorder.record(shortcut.who, partial(self._message, task, key, held=held), tell):
            self._show_accepted(task)

    async def _take_replies(self, task: MessageSent) -> None:
        """Take in the replies that came while their task could not be stored: they belonged to no session then."""
        for found in await self.history.thread(task.channel, task.thread):
            reply = parse_message(found, task.channel, self.me, direct=task.direct)
            if reply is not None and reply.ts > task.at:
                async with self.order.holding((reply.channel, reply.thread)):
                    await self.take(reply)

    async def _message(self, sent: MessageSent, key: str, who: Person, *, held: bool) -> Event:
        names = await self.people.names(mrkdwn.mentioned(sent.text))
        context: str = ""
        files: tuple[RemoteFile, ...] = ()
        if not held and (sent.late or not sent.opens_thread):
            context, files = await self.history.before(sent)
        return Message(
            key=key,
            thread=self._ref(sent),
            who=who,
            text=mrkdwn.plain(sent.text, names),
            files=(*files, *sent.files),
            id=sent.ts,
            addressed=sent.addressed,
            context=context,
            context_until=sent.at if context and sent.late else "",
        )

    async def _edit(self, edited: MessageEdited, who: Person) -> Event:
        key = self.me.key(edited.channel, edited.ts, "edited", edited.at)
        names = await self.people.names(mrkdwn.mentioned(edited.text))
        return Edited(key, self._ref(edited), who, edited.ts, mrkdwn.plain(edited.text, names))

    def _show_accepted(self, sent: MessageSent) -> None:
        self.background.start(self.activity.accepted(self._ref(sent), sent.ts))

    async def _held(self, channel: str, message: str) -> bool:
        return await self.locator.holding(channel, message) is not None

    def _ref(self, message: MessageSent | MessageEdited | MessageDeleted) -> ThreadRef:
        return self.locator.ref(message.channel, message.thread)
