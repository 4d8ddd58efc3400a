"""A team of AutoGen agents, stepped one turn at a time."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Sequence
from datetime import datetime

from autogen_agentchat.base import TaskResult
from autogen_agentchat.messages import TextMessage
from autogen_agentchat.teams import SelectorGroupChat
from autogen_core import CancellationToken, SingleThreadedAgentRuntime

from agents import wording
from agents.current_turn import CurrentTurn
from agents.loop_detection import stuck
from agents.message_parsing import read
from agents.models.metered import MeteredClient
from agents.spec import TeamSpec
from agents.talk import TalkMessage
from agents.word_meaning import finish, nudge, question, words
from bot.aio.cancellation import end, ended
from bot.aio.race import first_done
from bot.domain.errors import Stopped, Stuck, TurnCrashed, TurnError
from bot.domain.events import Message
from bot.domain.posts import HOST
from bot.domain.state_deltas import diff
from bot.domain.turn_results import SUMMARY, Asks, Finished, Ran, Said, TurnResult, What
from bot.ports import TeamState, TurnPort

log = logging.getLogger(__name__)

_HEEDS_TOKEN = 0.4
"""Seconds in which AutoGen ends a turn whose token is cancelled, unless something in it hangs."""
_HEEDS_CANCEL = 0.1
"""Seconds that its tasks have after that, when they are cancelled."""
_TAKEOVERS = "takeovers"
"""Where the state has what no agent's own state is: models that were replaced."""


class AutogenTeam:
    """Implements `bot.ports.Team`: one SelectorGroupChat, the turn it is in, and its meters."""

    def __init__(
        self,
        chat: SelectorGroupChat,
        current: CurrentTurn,
        meters: Sequence[MeteredClient],
        clock: Callable[[], datetime],
    ) -> None:
        """`clock` tells the local time."""
        self._chat = chat
        self._current = current
        self._meters = meters
        self._names = current.spec.names
        self._clock = clock
        self._state: TeamState | None = None

    async def load(self, state: TeamState | None) -> None:
        """Load the talk as the last committed turn left it; raises TurnError when it had other agents then."""
        if state is not None:
            if new := self._names - set(state["agent_states"]):
                raise TurnError(
                    f"The team's file has changed: this session has not had {', '.join(sorted(new))} before. "
                    "Begin a new thread, or undo the change."
                )
            self._current.takeovers.load(state.get(_TAKEOVERS, {}))
            await self._chat.load_state({key: value for key, value in state.items() if key != _TAKEOVERS})
        self._state = state

    async def turn(self, heard: Sequence[Message], turn: TurnPort) -> TurnResult:
        """One agent speaks, or the executor runs code."""
        if not heard and (why := stuck(self._current.spec, self._talk())):
            raise Stuck(why)
        self._current.begin(turn)
        said = await self._step(turn, self._told(heard))
        state = {**await self._chat.save_state(), **self._taken_over()}
        delta = diff(self._state, state)
        self._state = state
        current = self._current
        return TurnResult(said.source, self._meaning(said), delta, tuple(current.usage), tuple(current.took_over))

    def _taken_over(self) -> TeamState:
        taken = self._current.takeovers.save()
        return {_TAKEOVERS: taken} if taken else {}

    def _told(self, heard: Sequence[Message]) -> list[TextMessage]:
        """What the agents are told in this turn: people's words, or a reminder when they have only talked."""
        if heard:
            first, *later = heard
            return [self._as_text(first, self._date()), *(self._as_text(message) for message in later)]
        nudged = nudge(self._current.spec, self._talk())
        return [TextMessage(content=nudged, source=HOST)] if nudged else []

    def _meaning(self, said: TextMessage) -> What:
        spec = self._current.spec
        if said.source == spec.executor.name:
            return Ran(tuple(self._current.results))
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

    def _talk(self) -> list[TalkMessage]:
        """Everything said so far, as AutoGen's manager of the chat has it in its state."""
        states = self._state["agent_states"].values() if self._state else ()
        talk = next((state["message_thread"] for state in states if "message_thread" in state), ())
        return [TalkMessage(said["source"], said["content"]) for said in talk if said["type"] == "TextMessage"]

    async def _step(self, turn: TurnPort, heard: Sequence[TextMessage]) -> TextMessage:
        token = CancellationToken()
        playing = self._chat.run(task=list(heard) or None, cancellation_token=token)
        running = asyncio.create_task(playing, name="AutoGen's turn")
        is_whole = True
        try:
            await first_done(turn.stopped(), running)
        finally:
            if not running.done():
                is_whole = await self._end(running, token)
        if not is_whole:
            # What its calls have used is not known, so this error does not carry it.
            raise TimeoutError("AutoGen does not end the turn")
        return self._outcome(running)

    async def _end(self, running: asyncio.Task[TaskResult], token: CancellationToken) -> bool:
        """Have AutoGen end the turn; whether it did so by itself, else whatever still hangs is abandoned.

        It plays on when only its task is cancelled, so its own token goes first.
        """
        token.cancel()
        for meter in self._meters:
            meter.abort()
        if await ended(running, within=_HEEDS_TOKEN):
            return True
        log.warning("AutoGen does not end a turn: what still hangs in it is abandoned")
        # Its end waits for every participant. Without this, tasks of its runtime would stay behind.
        stopping = asyncio.create_task(self._stop_runtime(), name="AutoGen's runtime")
        await end(running, within=_HEEDS_CANCEL)
        await end(stopping, within=_HEEDS_CANCEL)
        return False

    async def _stop_runtime(self) -> None:
        runtime = self._chat._runtime  # nothing public leads there
        if isinstance(runtime, SingleThreadedAgentRuntime) and runtime._run_context is not None:
            await runtime.stop()

    def _outcome(self, running: asyncio.Task[TaskResult]) -> TextMessage:
        usage = tuple(self._current.usage)
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
            case [TextMessage() as text] if text.source in self._names:
                return text
            case _:
                raise TurnCrashed(f"no agent spoke; the team brought {said!r}", usage)

    def _as_text(self, message: Message, date: str = "") -> TextMessage:
        said = wording.changed(message.changed) if message.changed else wording.harmless(message.text.strip())
        text = said or "Please look at what is attached."
        if date:
            text = f"{date}\n\n{text}"
        if message.context:
            text = f"{wording.context(message.context)}\n\n{text}"
        if message.files:
            text = f"{text}\n\n{wording.attached(message.files)}"
        return TextMessage(content=text, source=source_name(message.who.name, self._current.spec))


def source_name(name: str, spec: TeamSpec) -> str:
    """A person's name as models accept it, and never an agent's."""
    clean = re.sub(r"[^A-Za-z0-9_-]+", "_", name).strip("_")[:50] or "person"
    taken = spec.names | {"system", "user", SUMMARY, HOST}
    return f"{clean}_person" if clean.lower() in taken else clean
