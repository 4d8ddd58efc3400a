"""A server that plays the OpenAI chat completions API, and Azure's, written from their documentation.

    async with openai.play(key="sk-test") as server:
        server.say("Hello")                     # server.url + "/v1" is the base URL

Run as a program (`python -m tests.platforms.openai --port 9000 --say "Hello"`) it says the same to every call.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from tests.platforms.script import Fail, Say, Script, played, split
from tests.platforms.strict import unfit_body, unfit_talk
from tests.platforms.wire import Request

_AZURE = re.compile(r"/openai/deployments/([^/]+)/chat/completions")
_REASONS = re.compile(r"(gpt-[5-9]|o[1-9])")
"""Models that take no temperature of one's own."""
Manner: TypeAlias = Literal["openai", "gemini", "bedrock"]
"""Whose endpoint is played: Google's and Amazon's speak OpenAI's API each in its own way."""
_PATHS: Mapping[Manner, str] = {
    "openai": "/v1/chat/completions",
    "gemini": "/v1beta/openai/chat/completions",
    "bedrock": "/openai/v1/chat/completions",
}
_KNOWN = frozenset(
    {"model", "messages", "max_tokens", "max_completion_tokens", "temperature", "seed", "stream", "stream_options"}
)
_KNOWN_BY: Mapping[Manner, frozenset[str]] = {
    "openai": _KNOWN,
    "gemini": _KNOWN - {"seed"},
    "bedrock": _KNOWN - {"max_tokens"},
}
_STATUSES = {400: "INVALID_ARGUMENT", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED", 503: "UNAVAILABLE"}
_NEWER = re.compile(r"(gpt-[5-9]|o[1-9])")


@dataclass(frozen=True, slots=True)
class _OpenAI:
    key: str
    models: tuple[str, ...]
    context: int
    slot: int = 0
    window: int = 0
    manner: Manner = "openai"
    stream_type: str = "text/event-stream"

    def refuses(self, request: Request) -> Fail | None:
        if fail := self._lock(request):
            return fail
        if request.path == "/v1/models":
            return None
        if request.path == "/props":
            return None if self.slot else Fail(404, "Not Found")
        azure = _AZURE.fullmatch(request.path)
        if not azure and request.path != _PATHS[self.manner]:
            return Fail(404, f"Invalid URL (POST {request.path})")
        body = request.json()
        model = azure[1] if azure else body["model"]
        return self._unknown(model, bool(azure)) or self._unknown_field(body) or self._unfit(body)

    def _unknown_field(self, body: Mapping[str, Any]) -> Fail | None:
        known = _KNOWN_BY[self.manner]
        unknown = sorted(body.keys() - known)
        match self.manner:
            case "gemini" if unknown:
                each = [
                    f'Invalid JSON payload received. Unknown name "{name}": Cannot find field.' for name in unknown
                ]
                return Fail(400, "\n".join(each))
            case "bedrock" if unknown:
                return Fail(400, f"Malformed input request: extraneous key [{unknown[0]}] is not permitted")
            case _:
                return unfit_body(body, known)

    def _lock(self, request: Request) -> Fail | None:
        azure = _AZURE.fullmatch(request.path) is not None
        given = request.headers.get("api-key") if azure else request.headers.get("authorization")
        if given == (self.key if azure else f"Bearer {self.key}"):
            return None
        match self.manner:
            case "gemini":
                return Fail(400, "API key not valid. Please pass a valid API key.")
            case "bedrock":
                return Fail(403, "Authentication failed: Please make sure your API Key is valid.")
        if azure:
            return Fail(401, "Access denied due to invalid subscription key or wrong API endpoint.", "401")
        return Fail(
            401, f"Incorrect API key provided: {given}. You can find your API key online.", "invalid_api_key"
        )

    def _unknown(self, model: str, azure: bool) -> Fail | None:
        if not self.models or model in self.models:
            return None
        if azure:
            return Fail(404, "The API deployment for this resource does not exist.", "DeploymentNotFound")
        return Fail(404, f"The model `{model}` does not exist or you do not have access to it.", "model_not_found")

    def _unfit(self, body: Mapping[str, Any]) -> Fail | None:
        if "max_tokens" in body and _NEWER.match(body["model"]):
            message = "Unsupported parameter: 'max_tokens' is not supported with this model."
            return Fail(400, f"{message} Use 'max_completion_tokens' instead.", "unsupported_parameter")
        if "stream_options" in body and not body.get("stream"):
            return Fail(400, "The 'stream_options' parameter is only allowed when 'stream' is enabled.")
        tokens = len(json.dumps(body["messages"])) // 4
        if tokens > self.context:
            message = f"This model's maximum context length is {self.context} tokens."
            return Fail(400, f"{message} However, your messages resulted in {tokens}.", "context_length_exceeded")
        if _REASONS.match(body["model"]) and body.get("temperature", 1) != 1:
            message = f"Unsupported value: 'temperature' does not support {body['temperature']} with this model."
            return Fail(400, f"{message} Only the default (1) value is supported.", "unsupported_value")
        return unfit_talk(body["messages"])

    def listing(self, request: Request) -> Mapping[str, Any] | None:
        if request.path == "/props":
            return {"default_generation_settings": {"n_ctx": self.slot}, "total_slots": 1}
        if request.path != "/v1/models":
            return None
        size = {"max_model_len": self.window} if self.window else {}
        return {"object": "list", "data": [{"id": model, "object": "model", **size} for model in self.models]}

    def streams(self, request: Request) -> bool:
        return bool(request.json().get("stream"))

    def error(self, fail: Fail) -> Any:
        if self.manner == "gemini":
            status = _STATUSES.get(fail.status, "INTERNAL")
            return [{"error": {"code": fail.status, "message": fail.message, "status": status}}]
        if self.manner == "bedrock":
            return {"message": fail.message}
        kind = "insufficient_quota" if fail.code == "insufficient_quota" else "invalid_request_error"
        return {"error": {"message": fail.message, "type": kind, "param": None, "code": fail.code or None}}

    def whole(self, say: Say, request: Request) -> Mapping[str, Any]:
        message = {"role": "assistant", "content": say.text or None, "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": say.finish}
        answer = {**_envelope("chat.completion", request), "choices": [choice]}
        return answer if say.usage is None else {**answer, "usage": _usage(say.usage)}

    def pieces(self, say: Say, request: Request) -> Sequence[bytes]:
        deltas: list[Mapping[str, Any]] = [{"role": "assistant", "content": ""}]
        deltas += [{"content": text} for text in split(say.text)]
        choices: list[Mapping[str, Any]] = [
            {"index": 0, "delta": delta, "finish_reason": None} for delta in deltas
        ]
        choices.append({"index": 0, "delta": {}, "finish_reason": say.finish})
        envelope = _envelope("chat.completion.chunk", request)
        events = [{**envelope, "choices": [choice]} for choice in choices]
        wants_usage = (request.json().get("stream_options") or {}).get("include_usage")
        if wants_usage and say.usage is not None:
            events.append({**envelope, "choices": [], "usage": _usage(say.usage)})
        return [b"data: %b\n\n" % json.dumps(event).encode() for event in events] + [b"data: [DONE]\n\n"]


def _envelope(kind: str, request: Request) -> dict[str, Any]:
    # The real API answers with a dated name, never with the alias it was asked for.
    model = str(request.json()["model"]) + "-2026-09-22"
    return {"id": "chatcmpl-1", "object": kind, "created": 1_790_000_000, "model": model}


def _usage(usage: tuple[int, int]) -> Mapping[str, int]:
    prompt, completion = usage
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def play(
    key: str = "sk-test",
    models: tuple[str, ...] = (),
    context: int = 100_000,
    port: int = 0,
    *,
    slot: int = 0,
    window: int = 0,
    manner: Manner = "openai",
) -> AbstractAsyncContextManager[Script]:
    """The server, running; any model is known unless `models` names them. `context` is in tokens.

    With `slot` it tells so many tokens as llama.cpp does, with `window` as vLLM does.
    """
    return played(_OpenAI(key, models, context, slot, window, manner), port)


async def _main(port: int, key: str, say: str) -> None:
    async with play(key=key, port=port) as server:
        server.answer(lambda _call: say)
        print(server.url, flush=True)  # noqa: T201
        await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--key", default="sk-test")
    parser.add_argument("--say", default="Done.\nTERMINATE")
    options = parser.parse_args()
    asyncio.run(_main(options.port, options.key, options.say))
