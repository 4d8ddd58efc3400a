"""A server that plays Anthropic's messages API, written from its documentation; the part that Roundtable uses."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from tests.platforms.script import Fail, Say, Script, played, split
from tests.platforms.strict import text_of, unfit_body, unfit_talk
from tests.platforms.wire import Request

_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    529: "overloaded_error",
}
_KNOWN = frozenset({"model", "max_tokens", "system", "messages", "temperature", "stream"})
_SYSTEM = {"role": "system", "content": "is in a field of its own"}
_STOPS = {"stop": "end_turn", "length": "max_tokens"}


@dataclass(frozen=True, slots=True)
class _Anthropic:
    key: str
    models: tuple[str, ...]
    stream_type: str = "text/event-stream"

    def refuses(self, request: Request) -> Fail | None:
        if request.headers.get("x-api-key") != self.key:
            return Fail(401, "invalid x-api-key")
        if request.path != "/v1/messages":
            return Fail(404, "Not found")
        if "anthropic-version" not in request.headers:
            return Fail(400, "anthropic-version: header is required")
        body = request.json()
        if (marks := _marks(body)) > 4:
            return Fail(400, f"A maximum of 4 blocks with cache_control may be provided. Found {marks}.")
        if "max_tokens" not in body:
            return Fail(400, "max_tokens: Field required")
        if self.models and body["model"] not in self.models:
            return Fail(404, f"model: {body['model']}")
        if not 0 <= body.get("temperature", 1) <= 1:
            return Fail(400, "temperature: range: 0..1")
        return unfit_body(body, _KNOWN) or unfit_talk([_SYSTEM, *body["messages"]]) or _unfit_blocks(body)

    def listing(self, request: Request) -> Mapping[str, Any] | None:
        return None

    def streams(self, request: Request) -> bool:
        return bool(request.json().get("stream"))

    def error(self, fail: Fail) -> Mapping[str, Any]:
        kind = fail.code or _TYPES.get(fail.status, "api_error")
        return {"type": "error", "error": {"type": kind, "message": fail.message}, "request_id": "req_1"}

    def whole(self, say: Say, request: Request) -> Mapping[str, Any]:
        content = [{"type": "text", "text": say.text}] if say.text else []
        stop = _STOPS.get(say.finish, say.finish)
        return {**_message(say, request), "content": content, "stop_reason": stop}

    def pieces(self, say: Say, request: Request) -> Sequence[bytes]:
        stop = {"stop_reason": _STOPS.get(say.finish, say.finish), "stop_sequence": None}
        output = say.usage[1] if say.usage else 0
        events: list[dict[str, Any]] = [
            {"type": "message_start", "message": _message(say, request)},
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
            *(_delta(text) for text in split(say.text)),
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": stop, "usage": {"output_tokens": output}},
            {"type": "message_stop"},
        ]
        return [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode() for event in events]


def _unfit_blocks(body: Mapping[str, Any]) -> Fail | None:
    """What is wrong with a system's text: it is no message here, and may not be empty."""
    if "system" in body and not text_of(body["system"]).strip():
        return Fail(400, "system: text content blocks must be non-empty")
    return None


def _message(say: Say, request: Request) -> Mapping[str, Any]:
    prompt, completion = say.usage or (0, 0)
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": request.json()["model"],
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": prompt - sum(say.cached), "output_tokens": completion}
        | dict(zip(("cache_read_input_tokens", "cache_creation_input_tokens"), say.cached, strict=True)),
    }


def _marks(body: Mapping[str, Any]) -> int:
    """How many blocks of a request ask to be cached."""
    contents = [body.get("system", ""), *(message["content"] for message in body.get("messages", ()))]
    blocks = [block for content in contents if isinstance(content, list) for block in content]
    return sum("cache_control" in block for block in blocks)


def _delta(text: str) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}


def play(key: str = "sk-ant-test", models: tuple[str, ...] = ()) -> AbstractAsyncContextManager[Script]:
    """The server, running; any model is known unless `models` names them."""
    return played(_Anthropic(key, models))
