"""Splits rich text into messages that Slack accepts and people can read without unfolding them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from bot.adapters.common.excerpts import break_at
from bot.adapters.slack.rich_text import Element

VISIBLE = 3_900
"""Characters a person sees in one message; Slack folds longer ones."""
ENCODED = 12_000
"""Characters of a message's blocks as JSON; Slack refuses somewhat more than 13,000."""


def pack(found: Sequence[Element], visible: int = VISIBLE, encoded: int = ENCODED) -> list[list[Element]]:
    """The elements in as many messages as they need, in order; code keeps its box on both sides of a cut."""
    messages: list[list[Element]] = []
    seen, written = visible, encoded
    for piece in (piece for element in found for piece in _fitting(element, visible, encoded)):
        text, code = length(piece), _encoded(piece)
        if not messages or seen + text > visible or written + code > encoded:
            messages.append([])
            seen = written = 0
        messages[-1].append(piece)
        seen += text
        written += code
    return messages


def length(value: Any) -> int:
    """How many characters a person sees of rich text."""
    if isinstance(value, dict):
        own = value.get("text") or value.get("url") or ""
        return len(own) + length(value.get("elements", ()))
    return sum(length(item) + 1 for item in value)


def _encoded(element: Element) -> int:
    return len(json.dumps(element, ensure_ascii=False)) + 2


def _fits(element: Element, visible: int, encoded: int) -> bool:
    return length(element) <= visible and _encoded(element) <= encoded


def _fitting(element: Element, visible: int, encoded: int) -> Iterator[Element]:
    """The element itself, or pieces of it that fit one message each."""
    if _fits(element, visible, encoded):
        yield element
    elif element["type"] == "rich_text_list":
        # Each list has one item; what does not fit continues as paragraphs.
        (item,) = element["elements"]
        first, *rest = _cut(item, visible, encoded)
        yield element | {"elements": [first]}
        yield from rest
    else:
        yield from _cut(element, visible, encoded)


def _cut(element: Element, visible: int, encoded: int) -> Iterator[Element]:
    inlines: list[Element] = []
    # JSON writes some characters as six; a piece of this length fits however it is written.
    longest = min(visible - 10, encoded // 7)
    bare = _encoded(element | {"elements": []})
    seen, written = 0, bare
    for inline in _short(element["elements"], longest):
        text, code = length(inline) + 1, _encoded(inline)
        if inlines and (seen + text > visible - 10 or written + code > encoded - 200):
            yield element | {"elements": inlines}
            inlines, seen, written = [], 0, bare
        inlines.append(inline)
        seen += text
        written += code
    if inlines:
        yield element | {"elements": inlines}


def _short(inlines: Iterable[Element], longest: int) -> Iterator[Element]:
    for inline in inlines:
        if inline["type"] != "text":
            yield inline
            continue
        for text in cut_text(inline["text"], longest):
            yield inline | {"text": text}


def cut_text(text: str, longest: int) -> Iterator[str]:
    """Pieces of a text, cut where `break_at` says, else anywhere."""
    while len(text) > longest:
        found = break_at(text, longest - 1)
        at = longest if found is None else found + 1
        yield text[:at]
        text = text[at:].removeprefix("\n")
    if text:
        yield text
