"""A server that plays Ollama's chat API, written from its documentation; the part that Roundtable uses."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from tests.platforms.script import Fail, Say, Script, played, split
from tests.platforms.strict import unfit_body, unfit_talk
from tests.platforms.wire import Request

_KNOWN = frozenset({"model", "messages", "stream", "options"})
_OPTIONS = frozenset({"num_predict", "num_ctx", "temperature", "seed"})


@dataclass(frozen=True, slots=True)
class _Ollama:
    models: tuple[str, ...]
    window: int = 131_072
    num_ctx: int = 0
    stream_type: str = "application/x-ndjson"

    def refuses(self, request: Request) -> Fail | None:
        if request.path == "/api/tags":
            return None
        if request.path not in ("/api/chat", "/api/show"):
            return Fail(404, "404 page not found")
        body = request.json()
        model = body["model"]
        if model not in self.models and f"{model}:latest" not in self.models:
            return Fail(404, f"model '{model}' not found")
        if request.path == "/api/show":
            return None
        wrong = unfit_body(body, _KNOWN) or unfit_body(body.get("options", {}), _OPTIONS)
        return wrong or unfit_talk(body["messages"])

    def listing(self, request: Request) -> Mapping[str, Any] | None:
        if request.path == "/api/show":
            parameters = {"parameters": f"num_ctx                        {self.num_ctx}"} if self.num_ctx else {}
            return {
                "model_info": {"general.architecture": "llama", "llama.context_length": self.window},
                **parameters,
            }
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


def play(
    models: tuple[str, ...] = ("llama3.2:latest",), window: int = 131_072, num_ctx: int = 0
) -> AbstractAsyncContextManager[Script]:
    """The server, running, with these models pulled; `num_ctx` is in the model's file."""
    return played(_Ollama(models, window, num_ctx))
