"""A team of AutoGen agents, stepped one turn at a time."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from autogen_agentchat.base import TaskResult
from autogen_agentchat.messages import TextMessage
from autogen_agentchat.teams import SelectorGroupChat
from autogen_core import CancellationToken

from agents import wording
from agents.holder import TurnHolder
from agents.loops import stuck
from agents.models.metered import MeteredClient
from agents.reading import read
from agents.resting import finish, nudge, question, words
from agents.spec import TeamSpec
from agents.talk import Line
from bot.deltas import diff
from bot.errors import Stopped, Stuck, TurnCrashed, TurnError
from bot.events import SUMMARY, Asks, Finished, Message, Ran, Said, TurnResult, What
from bot.ports import TeamState, Turn
from bot.posts import HOST


class AutogenTeam:
    """Implements `bot.ports.Team`: one SelectorGroupChat, the turn it is in, and its meters."""

    def __init__(
        self,
        chat: SelectorGroupChat,
        floor: TurnHolder,
        meters: Sequence[MeteredClient],
        clock: Callable[[], datetime],
    ) -> None:
        """`clock` tells the local time."""
        self._chat = chat
        self._floor = floor
        self._meters = meters
        self._seats = floor.spec.names
        self._clock = clock
        self._state: TeamState | None = None

    async def load(self, state: TeamState | None) -> None:
        """Take up the talk where the last committed turn left it; raises TurnError when others sat there then."""
        if state is not None:
            if new := self._seats - set(state["agent_states"]):
                raise TurnError(
                    f"The team's file has changed: {', '.join(sorted(new))} did not sit at this table before. "
                    "Begin a new thread, or undo the change."
                )
            await self._chat.load_state(state)
        self._state = state

    async def turn(self, heard: Sequence[Message], turn: Turn) -> TurnResult:
        """One agent speaks, or the executor runs code."""
        if not heard and (why := stuck(self._floor.spec, self._talk())):
            raise Stuck(why)
        self._floor.begin(turn)
        said = await self._step(turn, self._told(heard))
        state: Mapping[str, Any] = await self._chat.save_state()
        delta = diff(self._state, state)
        self._state = state
        return TurnResult(said.source, self._meaning(said), delta, tuple(self._floor.usage))

    def _told(self, heard: Sequence[Message]) -> list[TextMessage]:
        """What the agents hear in this turn: people, or what they are told when they have only talked."""
        if heard:
            first, *later = heard
            return [self._as_text(first, self._date()), *(self._as_text(message) for message in later)]
        nudged = nudge(self._floor.spec, self._talk())
        return [TextMessage(content=nudged, source=HOST)] if nudged else []

    def _meaning(self, said: TextMessage) -> What:
        spec = self._floor.spec
        if said.source == spec.executor.name:
            return Ran(tuple(self._floor.results))
        meaning = read(said.content, spec.names)
        match meaning:
            case Said():
                return words(spec, self._talk())
            case Asks():
                return question(spec, self._talk(), meaning)
            case Finished():
                return finish(spec, self._talk(), meaning)
            case _:
                return meaning

    def _date(self) -> str:
        """The line that tells today's date, unless the talk has it already."""
        line = wording.today(self._clock())
        return "" if any(line in said.text for said in self._talk()) else line

    def _talk(self) -> list[Line]:
        """Everything said so far, as AutoGen's manager of the chat has it in its state."""
        states = self._state["agent_states"].values() if self._state else ()
        talk = next((state["message_thread"] for state in states if "message_thread" in state), ())
        return [Line(said["source"], said["content"]) for said in talk if said["type"] == "TextMessage"]

    async def _step(self, turn: Turn, heard: Sequence[TextMessage]) -> TextMessage:
        token = CancellationToken()
        running = asyncio.create_task(self._chat.run(task=list(heard) or None, cancellation_token=token))
        stopped = asyncio.create_task(turn.stopped())
        try:
            await asyncio.wait({running, stopped}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            # AutoGen plays on when only its task is cancelled, so its own token goes first.
            if not running.done():
                token.cancel()
                for meter in self._meters:
                    meter.abort()
            stopped.cancel()
            await asyncio.wait({running, stopped})
        return self._outcome(running)

    def _outcome(self, running: asyncio.Task[TaskResult]) -> TextMessage:
        usage = tuple(self._floor.usage)
        if running.cancelled():
            raise Stopped("stopped", usage)
        if (error := running.exception()) is not None:
            # AutoGen turns what a model client raises into text; the meters kept the error itself.
            failure = next((meter.failure for meter in self._meters if meter.failure is not None), None)
            if failure is not None:
                failure.usage = usage
                raise failure from error
            raise TurnCrashed(str(error), usage) from error
        said = running.result().messages[-1:]
        match said:
            case [TextMessage() as text] if text.source in self._seats:
                return text
            case _:
                raise TurnCrashed(f"no agent spoke; the team brought {said!r}", usage)

    def _as_text(self, message: Message, date: str = "") -> TextMessage:
        said = wording.changed(message.changed) if message.changed else message.text.strip()
        text = said or "Please look at what is attached."
        if date:
            text = f"{date}\n\n{text}"
        if message.context:
            text = f"{wording.context(message.context)}\n\n{text}"
        if message.files:
            text = f"{text}\n\n{wording.attached(message.files)}"
        return TextMessage(content=text, source=source_name(message.who.name, self._floor.spec))


def source_name(name: str, spec: TeamSpec) -> str:
    """A person's name as models accept it, and never an agent's."""
    clean = re.sub(r"[^A-Za-z0-9_-]+", "_", name).strip("_")[:50] or "person"
    taken = spec.names | {"system", "user", SUMMARY, HOST}
    return f"{clean}_person" if clean.lower() in taken else clean
