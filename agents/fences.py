"""Fenced blocks in what models write: where each begins and ends, also when code holds fences of its own."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

_NEWLINE = re.compile(r"\r\n?|\n")
"""What Markdown counts as the end of a line; Python knows more, and would number the lines in another way."""
_OPEN = re.compile(
    r"(?P<indent>[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?)(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>.*?)[ \t]*"
)
_ENDS_TRIED = 20
"""A block with more lines that could be its end is read as Markdown reads it."""
_PYTHON = frozenset({"python", "python3", "py", "py3", "ipython", "ipython3"})


@dataclass(frozen=True, slots=True)
class Fence:
    """A fenced block: its first word in lower case, "" without one, its content, and where it stands.

    `first` is the number of the line that opens it, `after` that of the first line behind it, both from 0.
    One that is not `closed` runs to the end of the text.
    """

    tag: str
    code: str
    first: int
    after: int
    closed: bool


def lines(text: str) -> list[str]:
    """The lines of a text, as Markdown and `fences` count them."""
    return _NEWLINE.split(text)


def fences(text: str) -> tuple[Fence, ...]:
    """The fenced blocks of a text in order, without those that it quotes with `>`.

    A Python block ends where it is whole: a fence inside one of its strings does not end it.
    """
    return tuple(_fences(lines(text)))


def is_open(text: str) -> bool:
    """Whether a text ends inside a block, as an answer does that was cut off."""
    return any(not fence.closed for fence in fences(text))


def is_python(code: str) -> bool:
    """Whether a text is Python by its grammar."""
    return tree(code) is not None


def tree(code: str) -> ast.Module | None:
    """The syntax tree of a program; None when it is no Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # What a model's code is warned of is no concern of this process.
            return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _fences(text: Sequence[str]) -> Iterator[Fence]:
    number = 0
    while number < len(text):
        opened = _opening(text[number])
        if opened is None:
            number += 1
            continue
        fence = _block(text, number, opened)
        yield fence
        number = fence.after


def _opening(line: str) -> re.Match[str] | None:
    opened = _OPEN.fullmatch(line)
    # Backticks further on make it code within a line of prose.
    return None if opened is None or ("`" in opened["info"] and opened["fence"][0] == "`") else opened


def _block(text: Sequence[str], first: int, opened: re.Match[str]) -> Fence:
    tag, indent = _tag(opened["info"]), len(opened["indent"])
    close = re.compile(rf"[ \t]*{opened['fence'][0]}{{{len(opened['fence'])},}}[ \t]*")
    ends = [number for number in range(first + 1, len(text)) if close.fullmatch(text[number])]
    end = _whole_python(text, first, indent, ends) if tag in _PYTHON else None
    if end is None:
        end = _unnested(text, first, ends)
    last = len(text) - (not text[-1]) if end is None else end
    after = len(text) if end is None else end + 1
    return Fence(tag, _content(text[first + 1 : last], indent), first, after, end is not None)


def _whole_python(text: Sequence[str], first: int, indent: int, ends: Sequence[int]) -> int | None:
    """The first end before which the block is a whole program; fences are no Python outside strings."""
    whole = (end for end in islice(ends, _ENDS_TRIED) if is_python(_content(text[first + 1 : end], indent)))
    return next(whole, None)


def _unnested(text: Sequence[str], first: int, ends: Sequence[int]) -> int | None:
    """The first end that does not close a block inside this one; without such an end the first there is."""
    depth = 0
    for number in range(first + 1, len(text)):
        if number in ends:
            if depth == 0:
                return number
            depth -= 1
        elif (inner := _opening(text[number])) and inner["info"]:
            depth += 1
    return ends[0] if ends else None


def _content(inside: Sequence[str], indent: int) -> str:
    return "".join(f"{_outdented(line, indent)}\n" for line in inside)


def _outdented(line: str, indent: int) -> str:
    margin = len(line) - len(line.lstrip(" \t"))
    return line[min(indent, margin) :]


def _tag(info: str) -> str:
    """The language of a fence: its first word, without the attributes that some renderers know."""
    words = re.split(r"[\s,:{}]+", info.strip("{} \t"))
    return words[0].lower().strip(".")
