"""The demo model as AutoGen's model client: no network, no key, no language model."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any, Literal

from autogen_core import CancellationToken
from autogen_core.models import (
    AssistantMessage,
    ChatCompletionClient,
    CreateResult,
    LLMMessage,
    ModelCapabilities,
    ModelFamily,
    ModelInfo,
    RequestUsage,
    SystemMessage,
    UserMessage,
)
from autogen_core.tools import Tool, ToolSchema
from pydantic import BaseModel

from agents.demo.analyst import Line, reply
from agents.demo.transcript import AGENTS

_BYTES_A_TOKEN = 4

_INFO = ModelInfo(
    vision=False,
    function_calling=False,
    json_output=False,
    family=ModelFamily.UNKNOWN,
    structured_output=False,
    multiple_system_messages=True,
)


class DemoClient(ChatCompletionClient):
    """Replies as `agent` by rules; tokens are estimated from the text's length."""

    def __init__(self, agent: str) -> None:
        self._agent = agent
        self._total = RequestUsage(prompt_tokens=0, completion_tokens=0)

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
        lines = [line for message in messages for line in _lines(message)]
        thinking = asyncio.ensure_future(asyncio.to_thread(reply, self._agent, lines, _agents(messages)))
        if cancellation_token is not None:
            cancellation_token.link_future(thinking)
        text = await thinking
        usage = RequestUsage(
            prompt_tokens=self.count_tokens(messages), completion_tokens=len(text.encode()) // _BYTES_A_TOKEN
        )
        self._total = RequestUsage(
            prompt_tokens=self._total.prompt_tokens + usage.prompt_tokens,
            completion_tokens=self._total.completion_tokens + usage.completion_tokens,
        )
        return CreateResult(finish_reason="stop", content=text, usage=usage, cached=False)

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
        """The reply line by line, then the result."""
        result = await self.create(messages, cancellation_token=cancellation_token)
        assert isinstance(result.content, str)
        for line in result.content.splitlines(keepends=True):
            yield line
        yield result

    async def close(self) -> None:
        """There is nothing to close."""

    def actual_usage(self) -> RequestUsage:
        return self._total

    def total_usage(self) -> RequestUsage:
        return self._total

    def count_tokens(self, messages: Sequence[LLMMessage], *, tools: Sequence[Tool | ToolSchema] = ()) -> int:
        """An estimate."""
        return sum(len(str(message.content).encode()) for message in messages) // _BYTES_A_TOKEN

    def remaining_tokens(self, messages: Sequence[LLMMessage], *, tools: Sequence[Tool | ToolSchema] = ()) -> int:
        """Rules have no context window; what bounds a session is its cap."""
        return 1_000_000

    @property
    def capabilities(self) -> ModelCapabilities:
        return self.model_info

    @property
    def model_info(self) -> ModelInfo:
        return _INFO


def _agents(messages: Sequence[LLMMessage]) -> frozenset[str]:
    """Everyone whom the house rules name as sitting at the table."""
    rules = " ".join(message.content for message in messages if isinstance(message, SystemMessage))
    table = re.search(r"^At the table: (.+)$", rules, re.MULTILINE)
    return AGENTS | frozenset(re.findall(r"(\w+) \(", table[1])) if table else AGENTS


def _lines(message: LLMMessage) -> list[Line]:
    match message:
        case UserMessage(content=str(text), source=who):
            return [Line(who, text, mine=False)]
        case AssistantMessage(content=str(text), source=who):
            return [Line(who, text, mine=True)]
    return []
