"""Splits long text into pieces that fit a message, with complete code blocks in each."""

from __future__ import annotations

import re

from bot.adapters.common.excerpts import break_at

_FENCE = re.compile(r"```(?:([\w+#-]{1,20})(?=\n))?")
_TAGGED = re.compile(r"```[\w+#-]{1,20}")
"""A fence with its language, which no cut may separate."""


def size(text: str) -> int:
    """The length of a text as Discord's clients count it: in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def split(text: str, limit: int) -> list[str]:
    """Pieces of at most `limit` characters; a code block that is cut is closed and opened again.

    Where a cut is made, `break_at` says.
    """
    pieces: list[str] = []
    language: str | None = None
    while text := text.strip("\n") if language is None else text:
        opening = "" if language is None else f"```{language}\n"
        room = limit - len(opening) - len("\n```")
        whole = text
        if size(text) <= room:
            head, text = text, ""
        else:
            head, text = _cut(text, room)
        # With what follows a cut: a word is a language only at the end of its line.
        language = _open_after(whole[: len(head) + 1], language)
        pieces.append(opening + head.rstrip() + ("\n```" if language is not None else ""))
    return [piece for piece in pieces if piece.strip()]


def _cut(text: str, room: int) -> tuple[str, str]:
    """The text in two, the first of at most `room`."""
    end = room
    while size(text[:end]) > room:
        end -= max(1, (size(text[:end]) - room) // 2)
    if at := break_at(text, end):
        return text[:at], text[at + 1 :]
    end = next((fence.start() for fence in _TAGGED.finditer(text) if 0 < fence.start() < end < fence.end()), end)
    while end > 1 and _in_backticks(text, end):
        end -= 1
    return text[:end], text[end:]


def _in_backticks(text: str, at: int) -> bool:
    """Whether a cut would be inside of a fence."""
    return text[max(0, at - 1) : at + 1] == "``"


def _open_after(piece: str, language: str | None) -> str | None:
    """The language of the block that is open at the end of a piece, None when none is."""
    for fence in _FENCE.finditer(piece):
        language = (fence[1] or "") if language is None else None
    return language
