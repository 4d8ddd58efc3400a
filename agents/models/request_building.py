"""AutoGen's messages as a request that the strictest server takes. Pure.

Providers cache a common beginning, so what a message becomes depends only on it and on those before it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from autogen_core.models import AssistantMessage, LLMMessage, SystemMessage

from agents.models import image_data
from agents.models.port import ChatTurn, Image, ModelMessage, ModelRequest
from agents.wording import TWICE

GO_ON = "Please go on."
"""What the user says where the talk ends with the model's own words, which servers refuse."""
BEGIN = "(The beginning of this talk is left out.)"
"""What the user says where the talk begins with the model's own words."""

_VARIED = 1.0
"""The temperature at which a model that repeats itself has a chance to say something else."""
_SHOWN = "(Shown with this message, in this order: {})"
_TURN = 48
"""Tokens that the marks around one turn may take, at most."""


def build(
    messages: Sequence[LLMMessage],
    max_tokens: int,
    *,
    temperature: float | None = None,
    seed: int | None = None,
    shown: Mapping[int, Sequence[Image]] = MappingProxyType({}),
) -> ModelRequest:
    """The request for these messages; names are in the text, where it is not plain who speaks.

    `shown` are pictures, by the number of the message that they belong to.
    """
    system = "\n\n".join(m.content for m in messages if isinstance(m, SystemMessage) and m.content.strip())
    said = [
        (message, tuple(shown.get(number, ())))
        for number, message in enumerate(messages)
        if not isinstance(message, SystemMessage) and _text(message).strip()
    ]
    turns = _closed(_merged(_turns(said)))
    lines = tuple(ModelMessage(_source(m), _text(m), isinstance(m, AssistantMessage)) for m, _ in said)
    return ModelRequest(encodable(system), turns, max_tokens, temperature, seed, lines=lines)


def with_note(request: ModelRequest, note: str) -> ModelRequest:
    """The request with some more words of the user's at its end."""
    *turns, last = request.turns
    return replace(request, turns=(*turns, replace(last, text=f"{last.text}\n\n{note}")))


def folded(request: ModelRequest) -> ModelRequest:
    """The request with the system's text before the user's first words, for models that know no system."""
    first, *others = request.turns
    first = replace(first, text=f"{request.system}\n\n{first.text}")
    return replace(request, system="", turns=(first, *others))


def varied(request: ModelRequest) -> ModelRequest:
    """The request with a higher temperature, where one is set, for a model that has said the same twice."""
    own = [turn.text for turn in request.turns if turn.role == "assistant"]
    repeats = TWICE in request.turns[-1].text or (len(own) > 1 and own[-1] == own[-2])
    if request.temperature is None or not repeats:
        return request
    return replace(request, temperature=max(request.temperature, _VARIED), seed=None)


def size(request: ModelRequest) -> int:
    """Bytes of a request's text and what stands around it: no tokenizer makes more tokens of it."""
    texts = [request.system, *(turn.text for turn in request.turns)]
    return sum(len(text.encode()) + _TURN for text in texts)


def images(request: ModelRequest) -> Sequence[Image]:
    """All pictures of a request, oldest first."""
    return [image for turn in request.turns for image in turn.images]


def prompt_bound(request: ModelRequest, model: str) -> int:
    """Tokens that a request takes at most."""
    return size(request) + sum(image_data.worst(image, model) for image in images(request))


def encodable(text: str) -> str:
    """A text without halves of characters: what models write is part of every later request."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _turns(said: Iterable[tuple[LLMMessage, tuple[Image, ...]]]) -> Iterable[ChatTurn]:
    """A turn a message. Who speaks on the user's side is named as soon as there is more than one."""
    authors: list[str] = []
    for message, shown in said:
        text = encodable(_text(message))
        if isinstance(message, AssistantMessage):
            yield ChatTurn("assistant", text)
            continue
        author = _source(message)
        authors += [] if author in authors else [author]
        named = f"[{author}]\n" if len(authors) > 1 else ""
        if shown:
            text = f"{text}\n\n{_SHOWN.format(', '.join(f'`{image.name}`' for image in shown))}"
        yield ChatTurn("user", named + _unnamed(text, authors), shown)


def _unnamed(text: str, authors: Collection[str]) -> str:
    """A text in which no line looks as if another author began to speak there."""
    names = "|".join(map(re.escape, authors))
    return re.sub(rf"^(\[(?:{names})\]\s*)$", r" \1", text, flags=re.MULTILINE)


def _merged(turns: Iterable[ChatTurn]) -> list[ChatTurn]:
    merged: list[ChatTurn] = []
    for turn in turns:
        if merged and merged[-1].role == turn.role:
            before = merged.pop()
            turn = ChatTurn(turn.role, f"{before.text}\n\n{turn.text}", before.images + turn.images)  # noqa: PLW2901
        merged.append(turn)
    return merged


def _closed(turns: Sequence[ChatTurn]) -> tuple[ChatTurn, ...]:
    """Turns that begin and end with the user's."""
    before = [ChatTurn("user", BEGIN)] if turns and turns[0].role == "assistant" else []
    after = [ChatTurn("user", GO_ON)] if not turns or turns[-1].role == "assistant" else []
    return (*before, *turns, *after)


def _source(message: LLMMessage) -> str:
    return str(getattr(message, "source", "") or "user")


def _text(message: LLMMessage) -> str:
    if isinstance(message.content, str):
        return message.content
    return "\n".join(part for part in message.content if isinstance(part, str))
