"""Where long text is cut, and what is shown of text that is not shown whole: pure."""

from __future__ import annotations

import re

MOST_MESSAGES = 3
"""What needs more messages than this is shown in part and attached whole."""
_BREAKS = tuple(re.compile(mark) for mark in (r"\n(?=\n)", r"\n", r"(?<=[.!?;:]) ", " "))
"""The end of a paragraph, a line, a sentence and a word: one character each."""


def break_at(text: str, most: int) -> int | None:
    """The line end or space at which to cut a text after at most `most` characters.

    The end of a paragraph is better than that of a line, a sentence or a word. None where the second half of the
    piece has none of these.
    """
    for mark in _BREAKS:
        found = [at for each in mark.finditer(text, most // 2 + 1, most + 2) if (at := each.start()) <= most]
        if found:
            return found[-1]
    return None


def shortened_lines(text: str, head: int, tail: int) -> str:
    """The first and the last lines of a text, with how many are left out between them."""
    lines = text.split("\n")
    if len(lines) <= head + tail:
        return text
    return "\n".join([*lines[:head], f"… {len(lines) - head - tail:,} more lines …", *lines[-tail:]])


def shortened_characters(text: str, most: int) -> str:
    """The beginning and the end of a text of more than `most` characters, with how many are left out."""
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]}\n… {len(text) - 2 * half:,} more characters …\n{text[-half:]}"
