"""OpenAI's chat completions, as OpenAI, Azure and the many servers speak them that are compatible."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from agents.models.answer_assembly import Gathering
from agents.models.context_windows import listed_window, llama_window
from agents.models.http_stream import FAULTS, BrokenOff, ErrorStatus, HttpStream, StreamedReply, Unreadable
from agents.models.optional_parameters import Optionals
from agents.models.port import Answer, ChatTurn, Counts, Finish, ModelRequest, Told, finish
from agents.models.request_building import folded

_ENDS: Mapping[str, Finish] = {
    "stop": "stop",
    "eos": "stop",
    "length": "length",
    "max_tokens": "length",
    "content_filter": "filter",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
}
_NO_SYSTEM = re.compile(r"system (role|message)s? (is |are )?not supported|only user and assistant roles", re.I)
_ASK_WINDOW = 2.0
"""Seconds in which a server must say how large its model's window is."""


@dataclass(slots=True)
class OpenAIClient:
    """One model; `limit` is the name of the parameter that bounds an answer.

    `compatible`: not OpenAI's own server, so it may say how much its model reads.
    """

    wire: HttpStream
    model: str
    path: str = "/chat/completions"
    limit: str = "max_completion_tokens"
    compatible: bool = False
    optional: Optionals = field(default_factory=Optionals)
    folds_system: bool = False
    """The model's template knows no system's message: its text is put before the user's first words."""

    async def answer(self, request: ModelRequest, told: Told) -> Answer:
        try:
            return await self.optional.send(self._body(request), lambda body: self._ask(body, told))
        except ErrorStatus as no:
            if self.folds_system or not request.system or not _NO_SYSTEM.search(str(no.body)):
                raise
            self.folds_system = True
        return await self.answer(request, told)

    async def window(self) -> int | None:
        if not self.compatible:
            return None
        return await self._slot() or await self._listed()

    async def close(self) -> None:
        await self.wire.close()

    async def _slot(self) -> int | None:
        with suppress(*FAULTS):
            return llama_window(await self.wire.get("/../props", _ASK_WINDOW))
        return None

    async def _listed(self) -> int | None:
        with suppress(*FAULTS):
            return listed_window(await self.wire.get("/models", _ASK_WINDOW), self.model)
        return None

    def _body(self, request: ModelRequest) -> dict[str, Any]:
        request = folded(request) if self.folds_system else request
        system = [{"role": "system", "content": request.system}] if request.system else []
        return {
            "model": self.model,
            "messages": [*system, *map(_message, request.turns)],
            self.limit: request.max_tokens,
            **({} if request.temperature is None else {"temperature": request.temperature}),
            **({} if request.seed is None else {"seed": request.seed}),
            "stream": True,
            "stream_options": {"include_usage": True},
        }

    async def _ask(self, body: Mapping[str, Any], told: Told) -> Answer:
        gathering = Gathering(told)
        async with self.wire.post(self.path, body) as reply:
            if reply.streamed:
                await _gather(reply, gathering)
            else:
                _take(_answer(await reply.whole()), gathering)
        return gathering.answer()


def _message(turn: ChatTurn) -> dict[str, Any]:
    if not turn.images:
        return {"role": turn.role, "content": turn.text}
    parts: list[dict[str, Any]] = [{"type": "text", "text": turn.text}]
    for image in turn.images:
        url = f"data:{image.media};base64,{base64.b64encode(image.data).decode()}"
        parts.append({"type": "image_url", "image_url": {"url": url}})
    return {"role": turn.role, "content": parts}


def _answer(body: Any) -> Any:
    """A whole answer; raises Unreadable for what is neither that nor an error."""
    if isinstance(body, dict) and (
        body.get("error") or (isinstance(body.get("choices"), list) and body["choices"])
    ):
        return body
    raise Unreadable


async def _gather(reply: StreamedReply, gathering: Gathering) -> None:
    """A streamed answer; raises BrokenOff when it has no end."""
    async for event in reply.events():
        if event is None:
            return
        _take(event, gathering)
    if gathering.finish == "unknown":
        raise BrokenOff


def _take(event: Any, gathering: Gathering) -> None:
    """A piece of an answer, or all of it; raises BrokenOff for an error in its place, and Unreadable."""
    if not isinstance(event, dict):
        raise Unreadable
    if error := event.get("error"):
        raise BrokenOff(_said(error))
    if isinstance(usage := event.get("usage"), dict):
        gathering.usage = _counts(usage)
    choices = event.get("choices")
    for choice in choices if isinstance(choices, list) else ():
        if not isinstance(choice, dict):
            raise Unreadable
        if choice.get("index") in (0, None):
            _choice(choice, gathering)


def _choice(choice: Mapping[str, Any], gathering: Gathering) -> None:
    said = choice.get("delta") or choice.get("message")
    if isinstance(said, dict):
        gathering.tool_calls |= bool(said.get("tool_calls") or said.get("function_call"))
        reasoning = said.get("reasoning_content") or said.get("reasoning")
        gathering.add(said.get("content") or said.get("refusal"), reasoning)
    if choice.get("finish_reason") is not None:
        reason = choice["finish_reason"]
        # Gemini says which filter it was.
        gathering.finish = finish(reason.partition(":")[0] if isinstance(reason, str) else reason, _ENDS)
        gathering.tool_calls |= gathering.finish == "tool_calls"


def _counts(usage: Mapping[str, Any]) -> Counts:
    details = usage.get("prompt_tokens_details")
    cached = details.get("cached_tokens", 0) if isinstance(details, dict) else 0
    return Counts(usage.get("prompt_tokens"), usage.get("completion_tokens"), cached or 0)


def _said(error: Any) -> str:
    message = error.get("message") if isinstance(error, dict) else error
    return message if isinstance(message, str) else "an error in the middle of its answer"
