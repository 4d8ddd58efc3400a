"""The port to a language model: one request, one answer, as every provider can do it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias

Role: TypeAlias = Literal["user", "assistant"]
Finish: TypeAlias = Literal["stop", "length", "filter", "tool_calls", "unknown"]


@dataclass(frozen=True, slots=True)
class Image:
    """A picture for models that can see; `media` is its type, as in image/png. Sizes are in pixels."""

    media: str
    data: bytes
    name: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class ChatTurn:
    """One turn of a chat."""

    role: Role
    text: str
    images: tuple[Image, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelMessage:
    """One message of the talk as it was said; `mine`: the model itself said it."""

    author: str
    text: str
    mine: bool


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """What a model is asked, as the strictest server takes it.

    `turns` alternate strictly, begin and end with the user's, and none is empty. `tokens` estimates what system
    and turns take. `lines` is the same talk message by message, for the demo, which is no language model.
    """

    system: str
    turns: tuple[ChatTurn, ...]
    max_tokens: int
    temperature: float | None = None
    seed: int | None = None
    tokens: int = 0
    lines: tuple[ModelMessage, ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an answer that is not complete yet; reasoning may stand in the text as well, between tags."""

    text: str = ""
    reasoning: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """The tokens of a call as the server reports them, whatever it says: they come from outside.

    `cache_read` and `cache_written` are parts of `prompt`.
    """

    prompt: Any
    completion: Any
    cache_read: Any = 0
    cache_written: Any = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer. `tool_calls`: the model called tools that were not offered."""

    text: str
    reasoning: str = ""
    finish: Finish = "stop"
    usage: Counts | None = None
    tool_calls: bool = False


Told: TypeAlias = Callable[[Piece], None]
"""Is called with each piece of an answer, while it comes."""


class ModelClient(Protocol):
    """One model at one server."""

    async def answer(self, request: ModelRequest, told: Told) -> Answer:
        """The whole answer; however this ends, the server sees the connection close.

        Raises what `agents.models.call_failures` can explain.
        """

    async def window(self) -> int | None:
        """The tokens that request and answer may take together, as the server says; None when it does not."""

    async def close(self) -> None:
        """Close the connections."""


def finish(reason: object, reasons: Mapping[str, Finish]) -> Finish:
    """A server's own word for why an answer ended, in ours."""
    return reasons.get(reason, "unknown") if isinstance(reason, str) else "unknown"
