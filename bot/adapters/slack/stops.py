"""Every way to stop a session that is not a message: reactions, Slack's own Stop button, and ours."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from bot.adapters.slack.commands import HomeAndCommands
from bot.adapters.slack.credentials import BotIdentity
from bot.adapters.slack.ephemeral import EphemeralMessages
from bot.adapters.slack.event_recorder import EventRecorder
from bot.adapters.slack.happenings import READ_BACK, ReactionAdded, StopClicked, StopPressed
from bot.adapters.slack.session_locator import NO_SESSION, SessionLocator
from bot.aio.background import BackgroundTasks

_ENDED = "That run has ended already; nothing was stopped. To stop a later one, say `stop` in its thread."


@dataclass(frozen=True, slots=True)
class StopRequests:
    """Stores stops. What it raises means: not stored, so do not acknowledge."""

    me: BotIdentity
    locator: SessionLocator
    recorder: EventRecorder
    ephemeral: EphemeralMessages
    home_and_commands: HomeAndCommands
    background: BackgroundTasks

    async def reacted(self, reacted: ReactionAdded, *, again: bool = False) -> None:
        """Store a stop reaction; `again` if Slack sends it once more.

        A reaction that is read back has no time of its own: it counts unless the session has one like it.
        """
        thread = await self.locator.around(reacted.channel, reacted.ts)
        if thread is None:
            return
        base = self.me.key("reaction", reacted.channel, reacted.ts, reacted.name, reacted.who.user)
        if reacted.at == READ_BACK and await self.locator.reader.has_event(thread, f"{base}:"):
            return
        if again and await self.locator.reader.has_event(thread, f"{base}:{READ_BACK}"):
            return
        tell = partial(self.ephemeral.ephemeral, reacted.channel, reacted.who.user, thread.thread)
        await self.recorder.stop(reacted.who, f"{base}:{reacted.at}", thread, tell)

    async def pressed(self, pressed: StopPressed) -> None:
        """Store a press of Slack's own Stop button."""
        channel, thread = pressed.channel, pressed.thread
        tell = partial(self.ephemeral.ephemeral, channel, pressed.who.user, thread)
        key = self.me.key("native", channel, thread, pressed.at)
        await self.recorder.stop(pressed.who, key, self.locator.ref(channel, thread), tell)

    async def clicked(self, clicked: StopClicked) -> None:
        """Store a click on a Stop button of ours, unless the run that it stands for has ended."""
        tell = partial(self.ephemeral.respond, clicked.response_url, clicked.who.user)
        session = await self.locator.session(clicked.run.session)
        if session is None:
            self.background.start(tell(NO_SESSION))
            return
        if await self.locator.reader.has_ended_since(session.id, clicked.run.post):
            self.background.start(tell(_ENDED))
            return
        key = self.me.key("click", clicked.who.user, clicked.at)
        if await self.recorder.stop(clicked.who, key, session.thread, tell):
            if clicked.private:
                self.background.start(tell(f"Stopping “{session.title}”."))
            if not clicked.response_url:
                self.background.start(self.home_and_commands.publish(clicked.who))
