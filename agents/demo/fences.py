"""Fenced code in Markdown: finding it in what people and agents wrote, and writing it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_OPEN = re.compile(r"^ {0,3}(`{3,}|~{3,})[ \t]*([^`]*)$")


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block; `language` is the first word after the fence in lower case, or ""."""

    language: str
    code: str


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a text; one that is never closed runs to the end."""
    return [part for part in _parts(text) if isinstance(part, Block)]


def prose(text: str) -> str:
    """A text without its fenced blocks."""
    return "\n".join(part for part in _parts(text) if isinstance(part, str))


def _parts(text: str) -> Iterator[Block | str]:
    fence, language, inside = "", "", list[str]()
    for line in text.splitlines():
        opened = _OPEN.match(line)
        if fence:
            if re.fullmatch(rf" {{0,3}}{re.escape(fence[0])}{{{len(fence)},}}\s*", line):
                yield Block(language, "\n".join(inside))
                fence = ""
            else:
                inside.append(line)
        elif opened:
            fence, inside = opened[1], []
            language = (opened[2].split() or [""])[0].lower()
        else:
            yield line
    if fence:
        yield Block(language, "\n".join(inside))


def fenced(code: str, language: str = "python") -> str:
    """A block whose fence is longer than any run of backticks in the code."""
    longest = max((len(run) for run in re.findall(r"`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{code.strip(chr(10))}\n{fence}"
