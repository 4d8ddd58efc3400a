"""Anthropic's messages, with a mark for the provider to cache what will be sent again."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agents.models.answer_assembly import Gathering
from agents.models.http_stream import BrokenOff, HttpStream, StreamedReply, Unreadable
from agents.models.optional_parameters import Optionals
from agents.models.port import Answer, ChatTurn, Counts, Finish, ModelRequest, Told, finish

_MARK = {"type": "ephemeral"}
_ENDS: Mapping[str, Finish] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "filter",
    "tool_use": "tool_calls",
}


@dataclass(slots=True)
class AnthropicClient:
    """One model of Anthropic's; there is no seed."""

    wire: HttpStream
    model: str
    optional: Optionals = field(default_factory=Optionals)

    async def answer(self, request: ModelRequest, told: Told) -> Answer:
        return await self.optional.send(marked(self._body(request)), lambda body: self._ask(body, told))

    async def window(self) -> int | None:
        """Unknown here: the price list knows."""
        return None

    async def close(self) -> None:
        await self.wire.close()

    def _body(self, request: ModelRequest) -> dict[str, Any]:
        return {
            "model": self.model,
            "max_tokens": request.max_tokens,
            **({"system": request.system} if request.system else {}),
            "messages": [{"role": turn.role, "content": _content(turn)} for turn in request.turns],
            **({} if request.temperature is None else {"temperature": request.temperature}),
            "stream": True,
        }

    async def _ask(self, body: Mapping[str, Any], told: Told) -> Answer:
        gathering = Gathering(told)
        async with self.wire.post("/v1/messages", body) as reply:
            if reply.streamed:
                await _gather(reply, gathering)
            else:
                _whole(await reply.whole(), gathering)
        return gathering.answer()


def marked(request: Mapping[str, Any]) -> dict[str, Any]:
    """A request whose stable beginning is marked for the cache.

    That is the system's text, and the talk up to the last message but one: the last often has a report in it,
    which later calls show shortened.
    """
    messages = list(request["messages"])
    for number in range(max(0, len(messages) - 3), len(messages) - 1):
        messages[number] = {**messages[number], "content": _marked(messages[number]["content"])}
    system = {"system": _marked(request["system"])} if "system" in request else {}
    return {**request, **system, "messages": messages}


def _marked(content: Any) -> Any:
    """A content whose last block, which is text, has a mark; blanks, which cannot be cached, stay as they are."""
    if isinstance(content, list):
        *others, last = content
        return [*others, {**last, "cache_control": _MARK}]
    if not content.strip():
        return content
    return [{"type": "text", "text": content, "cache_control": _MARK}]


def _content(turn: ChatTurn) -> Any:
    if not turn.images:
        return turn.text
    sources = [
        {"type": "base64", "media_type": image.media, "data": base64.b64encode(image.data).decode()}
        for image in turn.images
    ]
    return [*({"type": "image", "source": source} for source in sources), {"type": "text", "text": turn.text}]


async def _gather(reply: StreamedReply, gathering: Gathering) -> None:
    """A streamed answer; raises BrokenOff when it has no end."""
    async for event in reply.events():
        if not isinstance(event, dict):
            raise Unreadable
        match event.get("type"):
            case "message_start":
                _count(_dict(event, "message"), gathering)
            case "content_block_start":
                _block(_dict(event, "content_block"), gathering)
            case "content_block_delta":
                delta = _dict(event, "delta")
                gathering.add(delta.get("text"), delta.get("thinking"))
            case "message_delta":
                _end(_dict(event, "delta"), gathering)
                _count(event, gathering)
            case "message_stop":
                return
            case "error":
                raise BrokenOff(str(_dict(event, "error").get("message", "")))
    if gathering.finish == "unknown":
        raise BrokenOff


def _whole(message: Any, gathering: Gathering) -> None:
    content = message.get("content") if isinstance(message, dict) else None
    if not isinstance(content, list):
        raise Unreadable
    for block in content:
        _block(block if isinstance(block, dict) else {}, gathering)
    _end(message, gathering)
    _count(message, gathering)


def _block(block: Mapping[str, Any], gathering: Gathering) -> None:
    gathering.tool_calls |= block.get("type") == "tool_use"
    gathering.add(block.get("text"), block.get("thinking"))


def _end(message: Mapping[str, Any], gathering: Gathering) -> None:
    if message.get("stop_reason") is not None:
        gathering.finish = finish(message["stop_reason"], _ENDS)
        gathering.tool_calls |= gathering.finish == "tool_calls"


def _count(message: Mapping[str, Any], gathering: Gathering) -> None:
    """Take in what is reported of usage: the prompt at the beginning, the answer at the end."""
    usage = message.get("usage")
    if not isinstance(usage, dict):
        return
    before = gathering.usage or Counts(None, None)
    if "input_tokens" not in usage or (before.prompt is not None and not usage["input_tokens"]):
        gathering.usage = Counts(
            before.prompt, usage.get("output_tokens"), before.cache_read, before.cache_written
        )
        return
    read = usage.get("cache_read_input_tokens") or 0
    written = usage.get("cache_creation_input_tokens") or 0
    prompt = [usage["input_tokens"], read, written]
    # Anthropic counts separately what is not cached; what is no number is passed on unchanged.
    known = all(isinstance(tokens, int) and not isinstance(tokens, bool) for tokens in prompt)
    gathering.usage = Counts(sum(prompt) if known else prompt, usage.get("output_tokens"), read, written)


def _dict(event: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = event.get(key)
    return found if isinstance(found, dict) else {}
