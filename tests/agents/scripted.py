"""A model that follows a script, at the place of a provider's client."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from autogen_core.models import AssistantMessage, LLMMessage, SystemMessage, UserMessage

from agents.models.choice import ModelChoice
from agents.models.http_stream import ErrorStatus
from agents.models.port import Answer, Counts, ModelRequest, Piece, Told
from agents.summariser import RULES
from bot.domain.errors import ModelUnavailable
from bot.domain.turn_results import Answered, Asks, Code, Finished, Ran, Said, Unfinished
from bot.settings import Settings
from tests.fakes.team import Deaf, Held, Line
from tests.fakes.turn import FakeTurn

Reply: TypeAlias = str | Exception | Held | Deaf


class Overloaded(ErrorStatus):
    """The server wants to be left alone for an hour."""

    def __init__(self) -> None:
        super().__init__(529, "", {"retry-after": "3600"})


class WrongKey(ErrorStatus):
    """The server does not accept the key."""

    def __init__(self) -> None:
        super().__init__(401, "", {})


@dataclass(slots=True)
class Script:
    """What all models of a team say, call after call; `calls` is who was asked and what it was shown.

    With `minutes`, every call for a summary gets those, out of turn.
    """

    replies: list[Reply]
    shared: str = ""
    calls: list[tuple[str, Sequence[LLMMessage]]] = field(default_factory=list)
    requests: list[ModelRequest] = field(default_factory=list)

    def create(self, choice: ModelChoice, settings: Settings, agent: str) -> ScriptedClient:
        """A client for one agent, as `agents.team_builder.Builder` has them made."""
        return ScriptedClient(self, agent)

    def shown(self, call: int) -> list[str]:
        """What a call showed the model, without the system's message: name and text."""
        messages = self.calls[call][1]
        return [f"{getattr(message, 'source', '')}: {message.content}" for message in messages[1:]]


class ScriptedClient:
    """A scripted model's client, as one agent has it."""

    def __init__(self, script: Script, agent: str) -> None:
        self._script = script
        self._agent = agent

    async def answer(self, request: ModelRequest, told: Told) -> Answer:
        self._script.calls.append((self._agent, messages_of(request)))
        self._script.requests.append(request)
        text = await self._text(request)
        told(Piece(text))
        return Answer(text, usage=Counts(100, 20))

    async def window(self) -> int | None:
        return None

    async def close(self) -> None:
        pass

    async def _text(self, request: ModelRequest) -> str:
        if self._script.shared and request.system == RULES:
            return self._script.shared
        assert self._script.replies, f"the script has no reply for call {len(self._script.calls)}"
        reply = self._script.replies.pop(0)
        if isinstance(reply, Held):
            reply = await self._wait(reply)
        if isinstance(reply, Deaf):
            reply = text_of(await reply(FakeTurn()))
        if isinstance(reply, Exception):
            raise reply
        return reply

    async def _wait(self, held: Held) -> str:
        try:
            return text_of(await held(FakeTurn()))
        except asyncio.CancelledError:
            self._script.replies.insert(0, held)
            raise


def messages_of(request: ModelRequest) -> list[LLMMessage]:
    """A request's talk as AutoGen has it: the system's message, and what each author said."""
    said: list[LLMMessage] = [
        AssistantMessage(content=line.text, source=line.author)
        if line.mine
        else UserMessage(content=line.text, source=line.author)
        for line in request.lines
    ]
    return [SystemMessage(content=request.system), *said] if request.system else said


def text_of(line: Line) -> str:
    """A line of a fake team's script as a model writes it."""
    match line:
        case Said(text) | Answered(text) | Unfinished(text) | Code(text):
            return text
        case Asks(text, question):
            return f"{text}\nASK: {question}".strip()
        case Finished(text):
            return f"{text}\nTERMINATE"
        case Ran() | _:
            raise AssertionError(f"a model does not say {line!r}")


def reply(line: Line) -> Reply:
    """A line of a fake team's script as a scripted model plays it."""
    if isinstance(line, ModelUnavailable):
        return Overloaded()
    return line if isinstance(line, Held | Deaf) else text_of(line)
