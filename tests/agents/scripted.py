"""A model that follows a script, at the place of a provider's client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from autogen_core import CancellationToken
from autogen_core.models import (
    ChatCompletionClient,
    CreateResult,
    LLMMessage,
    ModelCapabilities,
    ModelInfo,
    RequestUsage,
)
from autogen_core.tools import Tool, ToolSchema
from pydantic import BaseModel

from agents.models.choice import ModelChoice
from agents.summariser import RULES
from bot.errors import ModelUnavailable
from bot.events import Answered, Asks, Code, Finished, Ran, Said, Unfinished
from bot.settings import Settings
from tests.fakes.team import Held, Line
from tests.fakes.turn import FakeTurn

Reply: TypeAlias = str | Exception | Held


class Overloaded(Exception):
    """What a provider's SDK raises when the server wants to be left alone for an hour."""

    status_code = 529

    class response:
        headers: Mapping[str, str] = {"retry-after": "3600"}


class WrongKey(Exception):
    """What a provider's SDK raises when it does not accept the key."""

    status_code = 401


@dataclass(slots=True)
class Script:
    """What all models of a team say, call after call; `calls` is who was asked and what it was shown.

    With `minutes`, every call for a summary gets those, out of turn.
    """

    replies: list[Reply]
    minutes: str = ""
    calls: list[tuple[str, Sequence[LLMMessage]]] = field(default_factory=list)

    def create(self, choice: ModelChoice, settings: Settings, agent: str) -> ChatCompletionClient:
        """A client for one agent, as `agents.build.Builder` has them made."""
        return ScriptedClient(self, agent)

    def shown(self, call: int) -> list[str]:
        """What a call showed the model, without the system's message: name and text."""
        messages = self.calls[call][1]
        return [f"{getattr(message, 'source', '')}: {message.content}" for message in messages[1:]]


class ScriptedClient(ChatCompletionClient):
    """AutoGen's side of a scripted model."""

    def __init__(self, script: Script, agent: str) -> None:
        self._script = script
        self._agent = agent

    async def create(
        self,
        messages: Sequence[LLMMessage],
        *,
        tools: Sequence[Tool | ToolSchema] = (),
        tool_choice: Tool | Literal["auto", "required", "none"] = "auto",
        json_output: bool | type[BaseModel] | None = None,
        extra_create_args: Mapping[str, Any] | None = None,
        cancellation_token: CancellationToken | None = None,
    ) -> CreateResult:
        self._script.calls.append((self._agent, list(messages)))
        if self._script.minutes and messages[0].content == RULES:
            return _result(self._script.minutes)
        assert self._script.replies, f"the script has no reply for call {len(self._script.calls)}"
        reply = self._script.replies.pop(0)
        if isinstance(reply, Held):
            reply = await self._wait(reply)
        if isinstance(reply, Exception):
            raise reply
        return _result(reply)

    async def _wait(self, held: Held) -> str:
        try:
            return text_of(await held(FakeTurn()))
        except asyncio.CancelledError:
            self._script.replies.insert(0, held)
            raise

    async def create_stream(
        self,
        messages: Sequence[LLMMessage],
        *,
        tools: Sequence[Tool | ToolSchema] = (),
        tool_choice: Tool | Literal["auto", "required", "none"] = "auto",
        json_output: bool | type[BaseModel] | None = None,
        extra_create_args: Mapping[str, Any] | None = None,
        cancellation_token: CancellationToken | None = None,
    ) -> AsyncGenerator[str | CreateResult, None]:
        yield await self.create(messages)

    async def close(self) -> None:
        pass

    def actual_usage(self) -> RequestUsage:
        return RequestUsage(prompt_tokens=0, completion_tokens=0)

    def total_usage(self) -> RequestUsage:
        return self.actual_usage()

    def count_tokens(self, messages: Sequence[LLMMessage], *, tools: Sequence[Tool | ToolSchema] = ()) -> int:
        return 0

    def remaining_tokens(self, messages: Sequence[LLMMessage], *, tools: Sequence[Tool | ToolSchema] = ()) -> int:
        return 0

    @property
    def capabilities(self) -> ModelCapabilities:
        return ModelCapabilities(vision=False, function_calling=False, json_output=False)

    @property
    def model_info(self) -> ModelInfo:
        return ModelInfo(
            vision=False, function_calling=False, json_output=False, structured_output=False, family="unknown"
        )


def _result(text: str) -> CreateResult:
    usage = RequestUsage(prompt_tokens=100, completion_tokens=20)
    return CreateResult(finish_reason="stop", content=text, usage=usage, cached=False)


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
    return line if isinstance(line, Held) else text_of(line)
