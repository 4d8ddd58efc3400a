"""What happens in Slack becomes events, is stored, and only then answered; who may not is told so privately."""

from __future__ import annotations

import math
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias

from cachetools import FIFOCache

from bot.adapters.common.session_lookup import SessionLookup
from bot.adapters.slack import mrkdwn, timeline
from bot.adapters.slack.activity import ActivitySigns
from bot.adapters.slack.channels import Channels
from bot.adapters.slack.commands import HomeAndCommands
from bot.adapters.slack.credentials import BotIdentity
from bot.adapters.slack.ephemeral import EphemeralMessages
from bot.adapters.slack.history import History
from bot.adapters.slack.interactions import Interactions
from bot.adapters.slack.parse import (
    COST_OF_SESSION,
    ButtonClicked,
    CommandSent,
    FormSubmitted,
    Happening,
    HomeOpened,
    MessageDeleted,
    MessageEdited,
    MessageSent,
    Payload,
    ReactionAdded,
    ShortcutUsed,
    SlackUser,
    StopPressed,
    parse,
)
from bot.adapters.slack.parse import message as parse_message
from bot.adapters.slack.people import People
from bot.adapters.slack.request_cards import ASK, DECIDE
from bot.adapters.slack.stop_buttons import STOP, run_of
from bot.aio.background import BackgroundTasks
from bot.aio.keyed_lock import KeyedLock
from bot.domain.errors import BadInput, Refused, Unheard
from bot.domain.events import Deleted, Edited, Event, Message, Person, RemoteFile, Stop, ThreadRef
from bot.domain.views import SessionView
from bot.ports import Intake, ThreadLookup

Tell: TypeAlias = Callable[[str], Coroutine[Any, Any, None]]
"""Says a sentence to the one person it concerns."""

READ_BACK = "read-back"
_REMEMBERED = 10_000
_STALE_STOP = "That run has ended already; nothing was stopped. To stop a later one, say `stop` in its thread."
_NOT_HERE = "I am not in this conversation: invite me first, then try again."


@dataclass(frozen=True, slots=True)
class EventReceiver:
    """Takes payloads. An exception means: not stored, so do not acknowledge."""

    me: BotIdentity
    intake: Intake
    threads: ThreadLookup
    reader: SessionLookup
    people: People
    history: History
    channels: Channels
    home_and_commands: HomeAndCommands
    ephemeral: EphemeralMessages
    activity: ActivitySigns
    background: BackgroundTasks
    interactions: Interactions
    order: KeyedLock = field(default_factory=KeyedLock)
    settled: FIFOCache[str, bool] = field(default_factory=partial(FIFOCache, _REMEMBERED))
    """Messages that were stored or refused, as they stood."""
    stumbled: FIFOCache[str, bool] = field(default_factory=partial(FIFOCache, _REMEMBERED))
    """Tasks that could not be stored at first."""

    async def take(self, body: Payload, again: bool) -> dict[str, Any] | None:
        """Store what a payload says; the body of the answer, None when the payload is nothing to us."""
        happening = parse(body, self.me)
        if happening is None:
            return None
        if isinstance(happening, CommandSent):
            return await self.home_and_commands.answer(happening)
        if isinstance(happening, FormSubmitted):
            return await self.interactions.submitted(happening)
        await self._store(happening, again)
        return {}

    async def _store(self, happening: Happening, again: bool) -> None:
        match happening:
            case MessageSent() | MessageEdited() | MessageDeleted():
                # What is said in a thread is heard in the order it was said.
                async with self.order.holding((happening.channel, happening.thread)):
                    await self._store_talk(happening, again)
            case ReactionAdded():
                await self.reacted(happening, again=again)
            case StopPressed(who, channel, thread, at):
                tell = partial(self.ephemeral.ephemeral, channel, who.user, thread)
                await self._stop(self.me.key("native", channel, thread, at), self._ref(channel, thread), who, tell)
            case ButtonClicked():
                await self._clicked(happening)
            case ShortcutUsed():
                await self._shortcut(happening)
            case HomeOpened(who):
                self.background.start(self.home_and_commands.publish(who))

    async def _store_talk(self, happening: MessageSent | MessageEdited | MessageDeleted, again: bool) -> None:
        match happening:
            case MessageSent():
                await self._store_said(happening, again)
            case MessageEdited():
                await self._changed(happening)
            case MessageDeleted():
                await self._gone(happening)

    async def _store_said(self, said: MessageSent, again: bool) -> None:
        """Slack tells of a mention twice, so the one that is stored need not be the one that could not be."""
        key = self.me.key(said.channel, said.ts)
        try:
            stored = await self.said(said)
        except Exception:
            self.stumbled[key] = True
            raise
        if stored and said.opens_thread and (again or key in self.stumbled):
            self.background.start(self._follow(said))

    async def said(self, said: MessageSent) -> bool:
        """A message, as it comes or read back, and whether it is stored; Slack sends a mention as two events."""
        key, seen = self.me.key(said.channel, said.ts), self.me.key(said.channel, said.ts, said.at)
        if seen in self.settled or (said.late and await self._held(said.channel, said.ts)):
            return False
        # What opens a thread is in no session yet.
        held = not said.opens_thread and await self._held(said.channel, said.thread)
        if not said.addressed and not held:
            return False
        tell = partial(self.ephemeral.ephemeral, said.channel, said.who.user, said.thread)
        stored = await self._bring(said.who, tell, partial(self._message, said, key, held=held))
        self.settled[seen] = True
        if stored and said.addressed:
            self.background.start(self.activity.accepted(self._ref(said.channel, said.thread), said.ts))
        return stored

    async def _follow(self, task: MessageSent) -> None:
        """Take in what was said below a task while it could not be stored, when nobody knew that thread."""
        for found in await self.history.thread(task.channel, task.thread):
            below = parse_message(found, task.channel, self.me, direct=task.direct)
            if below is not None and below.ts > task.at:
                async with self.order.holding((below.channel, below.thread)):
                    await self.said(below)

    async def reacted(self, reacted: ReactionAdded, *, again: bool = False) -> None:
        """A stop reaction. Read back, it has no time of its own: it counts unless one like it is known."""
        thread = await self._thread_of(reacted.channel, reacted.ts)
        if thread is None:
            return
        base = self.me.key("reaction", reacted.channel, reacted.ts, reacted.name, reacted.who.user)
        if reacted.at == READ_BACK and await timeline.knows(self.reader, thread, f"{base}:"):
            return
        if again and await timeline.knows(self.reader, thread, f"{base}:{READ_BACK}"):
            return
        tell = partial(self.ephemeral.ephemeral, reacted.channel, reacted.who.user, thread.thread)
        await self._stop(f"{base}:{reacted.at}", thread, reacted.who, tell)

    async def _message(self, said: MessageSent, key: str, who: Person, *, held: bool) -> Event:
        names = await self.people.names(mrkdwn.mentioned(said.text))
        context: str = ""
        files: tuple[RemoteFile, ...] = ()
        if not held and (said.late or not said.opens_thread):
            context, files = await self.history.before(said)
        return Message(
            key=key,
            thread=self._ref(said.channel, said.thread),
            who=who,
            text=mrkdwn.plain(said.text, names),
            files=(*files, *said.files),
            id=said.ts,
            addressed=said.addressed,
            context=context,
            context_until=said.at if context and said.late else "",
        )

    async def _changed(self, changed: MessageEdited) -> None:
        if changed.meant is not None:
            await self.said(changed.meant)
        if await self._held(changed.channel, changed.thread):
            key = self.me.key(changed.channel, changed.ts, "edited", changed.at)
            thread = self._ref(changed.channel, changed.thread)

            async def edited(who: Person) -> Event:
                names = await self.people.names(mrkdwn.mentioned(changed.text))
                return Edited(key, thread, who, changed.ts, mrkdwn.plain(changed.text, names))

            await self._bring(changed.who, self._mute, edited)

    async def _gone(self, gone: MessageDeleted) -> None:
        thread = self._ref(gone.channel, gone.thread)
        key = self.me.key(gone.channel, gone.ts, "deleted")
        if not await self._held(gone.channel, gone.thread):
            return
        if gone.ts == gone.thread:
            await self._stop(key, thread, gone.who, self._mute)
            return

        async def deleted(who: Person) -> Event:
            return Deleted(key, thread, who, gone.ts)

        await self._bring(gone.who, self._mute, deleted)

    async def _clicked(self, clicked: ButtonClicked) -> None:
        if clicked.action.startswith(DECIDE):
            await self.interactions.clicked(clicked)
        elif clicked.action.startswith(ASK):
            self.interactions.asked(clicked)
        elif clicked.action == STOP:
            await self._stopped(clicked)

    async def _stopped(self, clicked: ButtonClicked) -> None:
        tell = partial(self.ephemeral.respond, clicked.response_url, clicked.who.user)
        run = run_of(clicked.value)
        session = await self._session(run.session)
        if session is None:
            self.background.start(tell("There is no such session any more."))
            return
        if await self.reader.has_ended_since(session.id, run.post):
            self.background.start(tell(_STALE_STOP))
            return
        key = self.me.key("click", clicked.who.user, clicked.at)
        if await self._stop(key, session.thread, clicked.who, tell):
            if clicked.private:
                self.background.start(tell(f"Stopping “{session.title}”."))
            if not clicked.response_url:
                self.background.start(self.home_and_commands.publish(clicked.who))

    async def _shortcut(self, shortcut: ShortcutUsed) -> None:
        said = shortcut.said
        tell = partial(self.ephemeral.respond, shortcut.response_url, shortcut.who.user)
        if shortcut.name == COST_OF_SESSION:
            self.background.start(self._tell_cost(shortcut, tell))
            return
        if not await self.channels.member(said.channel):
            self.background.start(tell(_NOT_HERE))
            return
        held = await self._held(said.channel, said.thread)
        key = self.me.key("shortcut", said.channel, said.ts, shortcut.at)
        if await self._bring(shortcut.who, tell, partial(self._message, said, key, held=held)):
            self.background.start(self.activity.accepted(self._ref(said.channel, said.thread), said.ts))

    async def _tell_cost(self, shortcut: ShortcutUsed, tell: Tell) -> None:
        """What the session that a message belongs to has cost, for one person."""
        thread = await self._holding(shortcut.said.channel, shortcut.said.thread)
        await tell(await self.home_and_commands.cost(shortcut.who, thread))

    async def _stop(self, key: str, thread: ThreadRef, who: SlackUser, tell: Tell) -> bool:
        async def stop(person: Person) -> Event:
            return Stop(key, thread, person)

        return await self._bring(who, tell, stop)

    async def _bring(
        self, who: SlackUser, tell: Tell, event: Callable[[Person], Coroutine[Any, Any, Event]]
    ) -> bool:
        """Have an event stored; whether it was. A refusal is told to its person after the acknowledgement."""
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

    async def _mute(self, _sentence: str) -> None:
        """Nobody is told: an edit is no question."""

    async def _held(self, channel: str, message: str) -> bool:
        return await self._holding(channel, message) is not None

    async def _holding(self, channel: str, message: str) -> ThreadRef | None:
        return await self.threads.holding("slack", self.me.team, channel, message)

    async def _thread_of(self, channel: str, message: str) -> ThreadRef | None:
        """The thread of ours that any message stands in, talk between people and what just arrived too."""
        if known := await self._holding(channel, message):
            return known
        if all(one.thread.channel != channel for one in await self.threads.open("slack", math.inf)):
            return None
        try:
            return await self._holding(channel, await self.history.root(channel, message))
        except Refused:
            return None

    async def _session(self, session_id: str) -> SessionView | None:
        session = await self.reader.session(session_id)
        if session is None or (session.thread.platform, session.thread.workspace) != ("slack", self.me.team):
            return None
        return session

    def _ref(self, channel: str, thread: str) -> ThreadRef:
        return ThreadRef("slack", self.me.team, channel, thread)
