"""Reasoning that models write into their answers, between tags. Pure."""

from __future__ import annotations

import re

from bot.text.fence_parsing import MARKS, closed_spans

_TAG = re.compile(r"<(?P<closing>/?)(?:think|thinking|thought|reasoning)>[ \t]*", re.IGNORECASE)
_ROUNDS = 5
"""Passages of reasoning in one answer, at most."""


def without_reasoning(text: str) -> str:
    """The answer alone; tags count where a line begins or ends with them, outside code.

    An opening that nothing closes hides the rest. A closing that nothing opened hides what is before it: some
    templates open the reasoning for the model.
    """
    if not _TAG.search(text):
        return text
    rest, kept = text, ""
    for _ in range(_ROUNDS):
        opening = _first(rest, closing=False)
        if opening is None:
            break
        kept += _after_closing(rest[: opening.start()])
        closed = next((tag for tag in _TAG.finditer(rest, opening.end()) if tag["closing"]), None)
        rest = rest[closed.end() :] if closed else ""
    answer = kept + _after_closing(rest)
    return answer if answer == text else answer.strip()


def _after_closing(text: str) -> str:
    closing = _first(text, closing=True)
    return text[closing.end() :] if closing else text


def _first(text: str, *, closing: bool) -> re.Match[str] | None:
    """The first tag of a kind that is one, and no mention of it."""
    code: list[tuple[int, int]] | None = None
    for tag in _TAG.finditer(text):
        if bool(tag["closing"]) is not closing or not _at_edge(text, tag):
            continue
        if not any(mark in text[: tag.start()] for mark in MARKS):
            return tag
        # One that is open may be a draft in the reasoning.
        code = closed_spans(text) if code is None else code
        if not any(begin <= tag.start() < end for begin, end in code):
            return tag
    return None


def _at_edge(text: str, tag: re.Match[str]) -> bool:
    begins = not text[max(0, tag.start() - 20) : tag.start()].rsplit("\n", 1)[-1].strip()
    ends = text[tag.end() : tag.end() + 1] in ("", "\n", "\r")
    return begins or (ends and tag["closing"] == "/")
