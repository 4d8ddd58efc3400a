"""What people see outside threads: the answers of /roundtable and the Home tab."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from bot.adapters.slack import timeline
from bot.adapters.slack.blocks import MAX_BLOCKS, Block, context, header, section
from bot.adapters.slack.channels import Channels
from bot.adapters.slack.credentials import BotIdentity
from bot.adapters.slack.happenings import CommandSent, SlackUser
from bot.adapters.slack.mrkdwn import escape, escaped
from bot.adapters.slack.parse import COMMAND
from bot.adapters.slack.people import People
from bot.adapters.slack.session_reader import SessionLookup
from bot.adapters.slack.stop_buttons import ShownRun, stop_button
from bot.adapters.slack.web import Web, sent
from bot.domain.budgets import DAY
from bot.domain.events import Person, ThreadRef
from bot.domain.policy import Policy
from bot.domain.views import SessionView
from bot.text.plain_posts import plain as words

_MOST_SESSIONS = 15
_LOOK_AT = 500
_NO_COST = "There is no session here yet that could have cost anything."
_QUESTION = 500
_MARKS = {"running": "🏃", "waiting": "❓", "paused": "⏸️", "ended": "✅"}
_HELP = (
    "*Mention me with a task* in a channel that I am in, or write to me directly: a team sits down in the thread, "
    "writes code, runs it in a sandbox and shows you every step. Attach files to the task or to any reply.\n"
    "• Replies in the thread reach the team. Begin with `aside` to talk among yourselves; "
    "`mute` and `unmute` do it for longer.\n"
    "• `stop` or `TERMINATE` alone in a message ends it; so do a 🛑 or ❌ reaction and the Stop buttons.\n"
    "• `crew: …` in front of the task chooses a team.\n"
    "• `cost` alone in a message shows where the money went; *What did this cost?* in a message's menu shows it "
    "to you alone.\n"
    f"• `{COMMAND} sessions`, `{COMMAND} teams`, `{COMMAND} usage`, `{COMMAND} help`"
)


@dataclass(frozen=True, slots=True)
class HomeAndCommands:
    """Builds them from the tables; people see their own sessions and those in channels that everybody may read.

    Whom the policy does not let in sees none.
    """

    web: Web
    me: BotIdentity
    reader: SessionLookup
    people: People
    channels: Channels
    policy: Callable[[], Policy]
    teams: Mapping[str, str]
    default_team: str
    clock: Callable[[], float] = time.time

    async def answer(self, command: CommandSent) -> dict[str, Any]:
        """What /roundtable says, to that person alone."""
        person, here = await self.people.person(command.who), self._ref(command.channel)
        if person is None:
            return {}
        if why := self.policy().admits(here, person):
            return _answer([section(escape(why))])
        match command.text.strip().lower().split():
            case ["sessions" | "status" | "list", *_]:
                sessions = await self._visible(person, command.channel)
                return _answer([*await self._lines(sessions, "No session is open.")])
            case ["teams", *_]:
                return _answer([section(self._teams())])
            case ["usage" | "cost", *_]:
                newest = await self.spent(lambda view: view.thread.channel == command.channel)
                return _answer([section(await self._usage()), section(escape(newest))])
            case ["help", *_] | []:
                return _answer([section(_HELP)])
            case asked:
                word = escape(asked[0][:40]).replace("`", "")
                return _answer([section(f"I do not know `{word}`. Tasks begin with a mention.\n\n{_HELP}")])

    async def spent(self, which: Callable[[SessionView], bool]) -> str:
        """What the newest session of some has cost, by agent and by turn."""
        for view in await self.reader.sessions(_LOOK_AT):
            if (view.thread.platform, view.thread.workspace) == ("slack", self.me.team) and which(view):
                return await self._cost_of(view)
        return _NO_COST

    async def _cost_of(self, view: SessionView) -> str:
        return f"“{view.title}”\n{words(await self.reader.where_it_went(view.id))}"

    async def cost(self, who: SlackUser, thread: ThreadRef | None) -> str:
        """What the session of a thread has cost, or why that is nothing for this person."""
        person = await self.people.person(who)
        why = self.policy().admits(thread, person) if thread and person else ""
        session_id = await self.reader.in_thread(thread) if thread else None
        view = await self.reader.session(session_id) if session_id else None
        return why or (await self._cost_of(view) if view else _NO_COST)

    async def publish(self, who: SlackUser) -> None:
        """Bring somebody's Home tab up to date."""
        person = await self.people.person(who)
        if person is None:
            return
        why = self.policy().welcomes(self._ref(""), person)
        blocks = [section(escape(why))] if why else await self._home(person)
        view = {"type": "home", "blocks": blocks}
        await sent(self.web.client.views_publish(user_id=who.user, view=view))

    async def _home(self, person: Person) -> list[Block]:
        sessions = await self._visible(person, None)
        blocks: list[Block] = [header("At work")]
        blocks += await self._lines([view for view in sessions if view.status != "waiting"], "Nobody is at work.")
        if waiting := [view for view in sessions if view.status == "waiting"]:
            asked = await self._questions(waiting)
            blocks += [header("Waiting for an answer"), *await self._lines(waiting, "", asked)]
        blocks += [header("Usage"), section(await self._usage()), header("How to"), section(_HELP)]
        blocks.append(section(self._teams()))
        return blocks

    async def _visible(self, person: Person, channel: str | None) -> list[SessionView]:
        shown = []
        for view in await self.reader.sessions(_LOOK_AT):
            here = (view.thread.platform, view.thread.workspace) == ("slack", self.me.team)
            if view.status == "ended" or not here or self.policy().welcomes(view.thread, person):
                continue
            theirs = view.starter.id == person.id or view.thread.channel == channel
            if theirs or await self.channels.public(view.thread.channel):
                shown.append(view)
        return shown

    async def _questions(self, waiting: Sequence[SessionView]) -> Mapping[str, str]:
        """By session, a line with what it waits for."""
        asked = {view.id: await timeline.question(self.reader, view.id) for view in waiting[:_MOST_SESSIONS]}
        return {view: f"\n❓ {escaped(question, _QUESTION)}" for view, question in asked.items() if question}

    async def _lines(
        self, sessions: Sequence[SessionView], nothing: str, asked: Mapping[str, str] = MappingProxyType({})
    ) -> list[Block]:
        lines = [
            section(
                self._line(view) + asked.get(view.id, ""),
                stop_button(ShownRun(view.id, await self.reader.newest_post(view.id))),
            )
            for view in sessions[:_MOST_SESSIONS]
        ]
        if len(sessions) > _MOST_SESSIONS:
            lines.append(context(f"… and {len(sessions) - _MOST_SESSIONS} more"))
        return lines or [section(nothing)]

    def _line(self, view: SessionView) -> str:
        title = escape(view.title or "Untitled").replace("|", "/")
        name = escape(view.starter.name)
        cost = "price unknown" if view.cost is None else f"${view.cost:.4f}"
        where = "" if view.thread.channel.startswith("D") else f" in <#{view.thread.channel}>"
        turns = f"{view.turns} turn{'' if view.turns == 1 else 's'}"
        facts = f"{view.status}, {view.team}, {turns}, {cost}, for {name}{where}"
        return f"{_MARKS[view.status]} <{self._link(view)}|{title}>\n{facts}"

    def _link(self, view: SessionView) -> str:
        at = view.thread.thread.replace(".", "")
        return f"{self.me.url.rstrip('/')}/archives/{view.thread.channel}/p{at}"

    def _ref(self, channel: str) -> ThreadRef:
        return ThreadRef("slack", self.me.team, channel, "")

    def _teams(self) -> str:
        lines = [
            f"• *{escape(name)}*{' (default)' if name == self.default_team else ''}: {escape(description)}"
            for name, description in self.teams.items()
        ]
        return "\n".join(["*Teams*", *lines])

    async def _usage(self) -> str:
        lines = []
        for name, days in (("In the last 24 hours", 1), ("In the last 30 days", 30)):
            cost = await self.reader.cost_since(self.clock() - days * DAY)
            lines.append(f"{name}: " + ("some prices are unknown" if cost is None else f"${cost:.4f}"))
        return "\n".join(lines)


def _answer(blocks: list[Block]) -> dict[str, Any]:
    return {"response_type": "ephemeral", "text": "Roundtable", "blocks": blocks[:MAX_BLOCKS]}
