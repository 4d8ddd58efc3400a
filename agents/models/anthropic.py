"""Anthropic's client as AutoGen has it, except that the provider is asked to cache what will come again.

AutoGen sets no `cache_control`, and of the usage it reads only the tokens that were not cached.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from typing import Any, Literal

from anthropic import AsyncAnthropic
from anthropic.types import Message
from autogen_core import CancellationToken
from autogen_core.models import CreateResult, LLMMessage
from autogen_core.tools import Tool, ToolSchema
from autogen_ext.models.anthropic import AnthropicChatCompletionClient
from pydantic import BaseModel

from agents.models.usage import CachedUsage

_MARK = {"type": "ephemeral"}

_cached: ContextVar[list[tuple[int, int]]] = ContextVar("_cached")
"""Where a call notes what was read from the cache and what was written to it, in tokens."""


class AnthropicClient(AnthropicChatCompletionClient):
    """Marks the stable beginning of each prompt; its usage counts all tokens of the prompt."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._client = _Client(self._client)

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
        notes: list[tuple[int, int]] = []
        _cached.set(notes)
        result = await super().create(
            messages,
            tools=tools,
            tool_choice=tool_choice,
            json_output=json_output,
            extra_create_args=extra_create_args or {},
            cancellation_token=cancellation_token,
        )
        ((read, written),) = notes
        usage = CachedUsage(result.usage.prompt_tokens, result.usage.completion_tokens, read, written)
        return result.model_copy(update={"usage": usage})


class _Client:
    """The SDK's client, as far as AutoGen uses it."""

    def __init__(self, client: AsyncAnthropic) -> None:
        self._client = client
        self.messages = _Messages(client)

    async def close(self) -> None:
        await self._client.close()


class _Messages:
    def __init__(self, client: AsyncAnthropic) -> None:
        self._client = client

    async def create(self, **request: Any) -> Any:
        if request.get("stream"):
            return await self._client.messages.create(**request)
        message: Message = await self._client.messages.create(**marked(request))
        used = message.usage
        read, written = used.cache_read_input_tokens or 0, used.cache_creation_input_tokens or 0
        used.input_tokens += read + written
        _cached.get().append((read, written))
        return message


def marked(request: Mapping[str, Any]) -> dict[str, Any]:
    """A request whose stable beginning is marked for the cache.

    That is the system's text, and the talk up to the last message but one: the last is often a report, which later
    calls show shortened. Where a reviewer speaks after the report, it is the message before that.
    """
    messages = list(request["messages"])
    for number in range(max(0, len(messages) - 3), len(messages) - 1):
        messages[number] = {**messages[number], "content": _marked(messages[number]["content"])}
    system = {"system": _marked(request["system"])} if "system" in request else {}
    return {**request, **system, "messages": messages}


def _marked(content: Any) -> Any:
    """Text as a block with a mark; blanks, which cannot be cached, and what is no text stay as they are."""
    if not isinstance(content, str) or not content.strip():
        return content
    return [{"type": "text", "text": content, "cache_control": _MARK}]
