"""What people see outside threads: the answers of /roundtable and the Home tab."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from bot.adapters.common import overview
from bot.adapters.common.figures import session_facts
from bot.adapters.common.overview import Markup, asked, session_cost
from bot.adapters.common.session_lookup import SessionLookup, session_at
from bot.adapters.slack.blocks import MAX_BLOCKS, Block, context, header, section
from bot.adapters.slack.channels import Channels
from bot.adapters.slack.credentials import BotIdentity
from bot.adapters.slack.happenings import CommandSent, SlackUser
from bot.adapters.slack.mrkdwn import escape, escaped
from bot.adapters.slack.parse import COMMAND
from bot.adapters.slack.people import People
from bot.adapters.slack.stop_buttons import ShownRun, stop_button
from bot.adapters.slack.web import Web, sent
from bot.domain.participants import Person, ThreadRef
from bot.domain.policy import Policy
from bot.domain.views import SessionView

_MOST_SESSIONS = 15
_LOOK_AT = 500
_QUESTION = 500
_MARKS = {"running": "🏃", "waiting": "❓", "paused": "⏸️", "ended": "✅"}
_MARKUP = Markup(escape, "*", "• ")
_HELP = overview.help_text(
    _MARKUP,
    "Mention me with a task in a channel that I am in, or write to me directly.",
    "a 🛑 or ❌ reaction and the Stop buttons",
    [
        "*What did this cost?* in a message's menu shows the cost of its session to you alone.",
        f"`{COMMAND} sessions`, `{COMMAND} teams`, `{COMMAND} usage`, `{COMMAND} help`",
    ],
)


@dataclass(frozen=True, slots=True)
class HomeAndCommands:
    """Builds them from the tables; people see their own sessions and those in public channels.

    People whom the policy does not admit see none.
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
        """The answer to /roundtable, for that person alone."""
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
                return _answer([section(_teams(self.teams, self.default_team))])
            case ["usage" | "cost", *_]:
                newest = await self.spent(lambda view: view.thread.channel == command.channel)
                return _answer([section(await overview.usage(self.reader, self.clock())), section(escape(newest))])
            case ["help", *_] | []:
                return _answer([section(_HELP)])
            case asked:
                word = escape(asked[0][:40]).replace("`", "")
                return _answer([section(f"I do not know `{word}`. Tasks begin with a mention.\n\n{_HELP}")])

    async def spent(self, which: Callable[[SessionView], bool]) -> str:
        """What the newest matching session has cost, by agent and by turn."""
        for view in await self.reader.sessions(_LOOK_AT):
            if (view.thread.platform, view.thread.workspace) == ("slack", self.me.team) and which(view):
                return await session_cost(self.reader, view)
        return overview.NO_COST

    async def cost(self, who: SlackUser, thread: ThreadRef | None) -> str:
        """What the session of a thread has cost, or why this person may not know."""
        person = await self.people.person(who)
        why = self.policy().admits(thread, person) if thread and person else ""
        return why or await session_cost(self.reader, await session_at(self.reader, thread) if thread else None)

    async def publish(self, who: SlackUser) -> None:
        """Update a person's Home tab."""
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
        blocks += await self._lines([view for view in sessions if view.status != "waiting"], "No team is at work.")
        if waiting := [view for view in sessions if view.status == "waiting"]:
            asked = await self._questions(waiting)
            blocks += [header("Waiting for an answer"), *await self._lines(waiting, "", asked)]
        blocks += [
            header("Usage"),
            section(await overview.usage(self.reader, self.clock())),
            header("How to"),
            section(_HELP),
        ]
        blocks.append(section(_teams(self.teams, self.default_team)))
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
        cards = {view.id: await self.reader.open_card(view.id) for view in waiting[:_MOST_SESSIONS]}
        return {session: f"\n❓ {escaped(asked(card), _QUESTION)}" for session, card in cards.items() if card}

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
        where = "" if view.thread.channel.startswith("D") else f" in <#{view.thread.channel}>"
        facts = f"{escape(session_facts(view))}, for {name}{where}"
        return f"{_MARKS[view.status]} <{self._link(view)}|{title}>\n{facts}"

    def _link(self, view: SessionView) -> str:
        at = view.thread.thread.replace(".", "")
        return f"{self.me.url.rstrip('/')}/archives/{view.thread.channel}/p{at}"

    def _ref(self, channel: str) -> ThreadRef:
        return ThreadRef("slack", self.me.team, channel, "")


def _teams(described: Mapping[str, str], default: str) -> str:
    return f"*Teams*\n{overview.teams(_MARKUP, described, default)}"


def _answer(blocks: list[Block]) -> dict[str, Any]:
    return {"response_type": "ephemeral", "text": "Roundtable", "blocks": blocks[:MAX_BLOCKS]}
