"""A server that plays Ollama's chat API, written from its documentation; the part that Roundtable uses."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from tests.platforms.script import Fail, Say, Script, played, split
from tests.platforms.wire import Request


@dataclass(frozen=True, slots=True)
class _Ollama:
    models: tuple[str, ...]
    stream_type: str = "application/x-ndjson"

    def refuses(self, request: Request) -> Fail | None:
        if request.path == "/api/tags":
            return None
        if request.path != "/api/chat":
            return Fail(404, "404 page not found")
        model = request.json()["model"]
        known = model in self.models or f"{model}:latest" in self.models
        return None if known else Fail(404, f"model '{model}' not found")

    def listing(self, request: Request) -> Mapping[str, Any] | None:
        if request.path != "/api/tags":
            return None
        return {"models": [{"name": model, "model": model, "size": 1} for model in self.models]}

    def streams(self, request: Request) -> bool:
        return bool(request.json().get("stream", True))

    def error(self, fail: Fail) -> Mapping[str, Any]:
        return {"error": fail.message}

    def whole(self, say: Say, request: Request) -> Mapping[str, Any]:
        counts = {"prompt_eval_count": say.usage[0], "eval_count": say.usage[1]} if say.usage else {}
        return {**_line(say.text, request), "done": True, "done_reason": say.finish, **counts}

    def pieces(self, say: Say, request: Request) -> Sequence[bytes]:
        lines: list[Mapping[str, Any]] = [_line(text, request) for text in split(say.text)]
        lines.append({**self.whole(say, request), **{"message": {"role": "assistant", "content": ""}}})
        return [json.dumps(line).encode() + b"\n" for line in lines]


def _line(text: str, request: Request) -> Mapping[str, Any]:
    message = {"role": "assistant", "content": text}
    return {
        "model": request.json()["model"],
        "created_at": "2026-11-01T12:00:00Z",
        "message": message,
        "done": False,
    }


def play(models: tuple[str, ...] = ("llama3.2:latest",)) -> AbstractAsyncContextManager[Script]:
    """The server, running, with these models pulled."""
    return played(_Ollama(models))
