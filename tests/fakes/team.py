"""A team that follows a script: what it says, where it fails, where it waits until it is released or stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from bot.domain.errors import BadInput, Stopped
from bot.domain.events import CodeBlock, Message
from bot.domain.state_deltas import diff
from bot.domain.turn_results import (
    Answered,
    Asks,
    Code,
    Finished,
    Ran,
    RunResult,
    Said,
    TurnResult,
    Unfinished,
    Usage,
    What,
)
from bot.domain.workspace_files import FileProfile
from bot.ports import HumanInputMode, TeamState, TurnPort
from tests.fakes.deaf import wait_on

Act: TypeAlias = Callable[[TurnPort], Awaitable[What]]
"""A turn that does something of its own before it says something."""
Line: TypeAlias = What | Exception | Act
"""What a turn brings. An exception is raised once, in place of the turn that then comes next."""

SPEAKER, EXECUTOR = "assistant", "executor"


def code(text: str) -> Code:
    """A message with one block of Python."""
    return Code(f"```python\n{text}\n```", (CodeBlock("python", f"{text}\n"),))


def said(text: str) -> Said:
    return Said(text)


def asks(question: str) -> Asks:
    return Asks("", question)


def finished(text: str = "Done.") -> Finished:
    return Finished(text)


@dataclass(slots=True)
class Held:
    """A turn that has `arrived` and goes on when it is released; an error it may fail with at `first`."""

    what: What = field(default_factory=lambda: Said("at last"))
    first: Exception | None = None
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, turn: TurnPort) -> What:
        self.arrived.set()
        await self.released.wait()
        if self.first is not None:
            error, self.first = self.first, None
            raise error
        return self.what


@dataclass(slots=True)
class Deaf:
    """A turn that has `arrived` and heeds no cancellation; once it is released, it does what it does `late`.

    `ended` is set when it has done that.
    """

    late: Act | None = None
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, turn: TurnPort) -> What:
        self.arrived.set()
        await wait_on(self.released)
        try:
            return await self.late(turn) if self.late else Said("too late")
        finally:
            self.ended.set()


@dataclass(frozen=True, slots=True)
class Limits:
    """A team's bounds."""

    max_turns: int = 50
    token_cap: int = 100_000
    human_input_mode: HumanInputMode = "NEVER"


@dataclass(slots=True)
class FakeTeams:
    """Implements `bot.ports.Teams`: every session's team plays the same script from where its state says it is.

    `heard` has one entry a turn that was begun: what the people had said; `opened` the length of the talk in every
    state a team was opened with.
    """

    script: Sequence[Line]
    limit: Limits = field(default_factory=Limits)
    known: Mapping[str, str] = field(default_factory=lambda: {"pair": "two agents"})
    usage: Sequence[Usage] = (Usage(SPEAKER, "fake/model", 10, 5),)
    heard: list[list[str]] = field(default_factory=list)
    cards: list[FileProfile | None] = field(default_factory=list)
    opened: list[int] = field(default_factory=list)
    raised: set[int] = field(default_factory=set)
    reports: list[RunResult] = field(default_factory=list)
    """What the executor was told about the code it wanted to run."""
    swapped: Sequence[CodeBlock] = ()
    """What the executor wants to run in place of what was written."""

    def names(self) -> Mapping[str, str]:
        return self.known

    def limits(self, name: str) -> Limits:
        if name not in self.known:
            raise BadInput(f"There is no team {name!r}. Teams: {', '.join(sorted(self.known))}.")
        return self.limit

    async def open(self, name: str, state: TeamState | None) -> FakeTeam:
        self.limits(name)
        self.opened.append(0 if state is None else len(state["talk"]))
        return FakeTeam(self, state)

    def line(self, said: int) -> Line:
        """The script's next line for a team that has brought so many of them."""
        brought = 0
        for number, line in enumerate(self.script):
            if isinstance(line, Exception):
                if brought == said and number not in self.raised:
                    self.raised.add(number)
                    return line
            elif brought == said:
                return line
            else:
                brought += 1
        raise AssertionError(f"the script has no line for turn {said + 1}")


class FakeTeam:
    """Implements `bot.ports.Team`; of no use after an error, as the port says."""

    def __init__(self, teams: FakeTeams, state: TeamState | None) -> None:
        self._teams = teams
        self._before = state
        self._talk: list[dict[str, Any]] = [*state["talk"]] if state else []
        self._broken = False

    async def turn(self, heard: Sequence[Message], turn: TurnPort) -> TurnResult:
        assert not self._broken, "a team that failed was used again"
        self._broken = True
        self._teams.heard.append([_text(message) for message in heard])
        self._teams.cards += [file.card for message in heard for file in message.files]
        self._talk += [{"who": message.who.name, "text": _text(message)} for message in heard]
        code = self._code()
        who = SPEAKER if code is None else EXECUTOR
        turn.speaking(who)
        what = await self._unless_stopped(turn, self._speak(turn) if code is None else self._execute(turn, code))
        self._talk.append({"who": who, "kind": what.kind, "blocks": _blocks(what)})
        result = TurnResult(who, what, diff(self._before, self._state()), self._usage(who))
        self._before = self._state()
        self._broken = False
        return result

    async def _speak(self, turn: TurnPort) -> What:
        said = sum(line["who"] == SPEAKER and "kind" in line for line in self._talk)
        match self._teams.line(said):
            case Exception() as error:
                raise error
            case Said() | Code() | Ran() | Asks() | Finished() | Answered() | Unfinished() as what:
                return what
            case act:
                return await act(turn)

    async def _execute(self, turn: TurnPort, blocks: Sequence[CodeBlock]) -> What:
        results = tuple(await turn.run(self._teams.swapped or blocks))
        self._teams.reports.extend(results)
        return Ran(results)

    async def _unless_stopped(self, turn: TurnPort, work: Any) -> What:
        task, stopped = asyncio.create_task(work), asyncio.create_task(turn.stopped())
        try:
            await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            # Code that runs ends by itself when the sandbox is killed; a model's call is cancelled.
            if self._code() is None or not stopped.done():
                task.cancel()
            was_stopped = stopped.done()
            stopped.cancel()
            await asyncio.wait({task, stopped})
        if was_stopped and not task.cancelled():
            task.exception()
        if was_stopped:
            raise Stopped("stopped", self._usage(SPEAKER))
        result: What = task.result()
        return result

    def _code(self) -> Sequence[CodeBlock] | None:
        """The blocks that wait for the executor."""
        last = next((line for line in reversed(self._talk) if "kind" in line), None)
        if last is None or last["kind"] != "code":
            return None
        return [CodeBlock(language, text) for language, text in last["blocks"]]

    def _state(self) -> dict[str, Any]:
        return {"kind": "fake", "talk": [*self._talk], "agents": {SPEAKER: {"seen": [*self._talk]}}}

    def _usage(self, who: str) -> Sequence[Usage]:
        return self._teams.usage if who == SPEAKER else ()


def _text(message: Message) -> str:
    changed = (f"[{block.code.strip()}]" for block in message.changed)
    return " ".join([message.text, *(f"[{file.name}]" for file in message.files), *changed]).strip()


def _blocks(what: What) -> list[list[str]]:
    return [[block.language, block.code] for block in what.blocks] if isinstance(what, Code) else []
