"""Ollama's own chat API: unlike its compatible one it lets a request say how large the window must be."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from agents.models.answer_assembly import Gathering
from agents.models.context_windows import OLLAMA_MOST, ollama_own, ollama_window
from agents.models.http_stream import FAULTS, BrokenOff, HttpStream, TooLong, Unreadable
from agents.models.port import Answer, ChatTurn, Counts, Finish, ModelRequest, Told, finish

_ENDS: Mapping[str, Finish] = {"stop": "stop", "length": "length"}
_STEP = 2048
"""The window grows in steps of so many tokens, for Ollama loads a model anew for each size."""
_ASK_WINDOW = 2.0


@dataclass(slots=True)
class OllamaClient:
    """One model; `most` is the largest window to ask for, when a setting says so."""

    wire: HttpStream
    model: str
    most: int | None = None
    num_ctx: int = 0
    """The window that was last asked for; it never shrinks."""

    async def answer(self, request: ModelRequest, told: Told) -> Answer:
        if request.tokens > (self.most or OLLAMA_MOST):
            raise TooLong  # Ollama would leave out the beginning, and not say so
        gathering = Gathering(told)
        async with self.wire.post("/api/chat", self._body(request)) as reply:
            if reply.streamed:
                async for line in reply.messages():
                    _take(line, gathering)
            else:
                _take(await reply.whole(), gathering)
        if gathering.usage is None and gathering.finish == "unknown":
            raise BrokenOff
        return gathering.answer()

    async def window(self) -> int | None:
        with suppress(TimeoutError, *FAULTS):
            async with asyncio.timeout(_ASK_WINDOW), self.wire.post("/api/show", {"model": self.model}) as reply:
                shown = await reply.whole()
            self.num_ctx = max(self.num_ctx, ollama_own(shown) or 0)
            found = ollama_window(shown)
            self.most = self.most or (max(found, self.num_ctx) if found else None)
            return self.most
        return None

    async def close(self) -> None:
        await self.wire.close()

    def _body(self, request: ModelRequest) -> dict[str, Any]:
        system = [{"role": "system", "content": request.system}] if request.system else []
        steps = -(-(request.tokens + request.max_tokens) // _STEP)
        self.num_ctx = max(self.num_ctx, min(steps * _STEP, self.most or OLLAMA_MOST))
        options = {"num_predict": request.max_tokens, "num_ctx": self.num_ctx}
        if request.temperature is not None:
            options["temperature"] = request.temperature  # type: ignore[assignment]
        if request.seed is not None:
            options["seed"] = request.seed
        messages = [*system, *map(_message, request.turns)]
        return {"model": self.model, "messages": messages, "stream": True, "options": options}


def _message(turn: ChatTurn) -> dict[str, Any]:
    images = [base64.b64encode(image.data).decode() for image in turn.images]
    return {"role": turn.role, "content": turn.text, **({"images": images} if images else {})}


def _take(line: Any, gathering: Gathering) -> None:
    """A piece of an answer, or all of it; raises BrokenOff for an error in its place, and Unreadable."""
    if not isinstance(line, dict):
        raise Unreadable
    if error := line.get("error"):
        raise BrokenOff(error if isinstance(error, str) else "")
    message = line.get("message")
    if not isinstance(message, dict):
        raise Unreadable
    gathering.tool_calls |= bool(message.get("tool_calls"))
    gathering.add(message.get("content"), message.get("thinking"))
    if line.get("done"):
        gathering.finish = finish(line.get("done_reason", "stop"), _ENDS)
        gathering.usage = Counts(line.get("prompt_eval_count"), line.get("eval_count"))
