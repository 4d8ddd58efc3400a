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
_MOST_FENCES, _ENDS_TRIED, _LONGEST_PROGRAM = 200, 20, 100_000
"""A text with more lines that look like fences, and a longer program, are read as Markdown reads them."""
_FENCE = re.compile(r"[ \t]*(```|~~~)")
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
    plain = sum(1 for line in text if _FENCE.match(line)) > _MOST_FENCES
    number = 0
    while number < len(text):
        opened = _opening(text[number])
        if opened is None:
            number += 1
            continue
        fence = _block(text, number, opened, plain=plain)
        yield fence
        number = fence.after


def _opening(line: str) -> re.Match[str] | None:
    opened = _OPEN.fullmatch(line)
    # Backticks further on make it code within a line of prose.
    return None if opened is None or ("`" in opened["info"] and opened["fence"][0] == "`") else opened


def _block(text: Sequence[str], first: int, opened: re.Match[str], *, plain: bool) -> Fence:
    tag, indent = _tag(opened["info"]), len(opened["indent"])
    close = re.compile(rf"[ \t]*{opened['fence'][0]}{{{len(opened['fence'])},}}[ \t]*")
    end = _whole_python(text, first, indent, close) if tag in _PYTHON and not plain else None
    if end is None:
        end = next(_ends(text, first, close), None) if plain else _unnested(text, first, close)
    last = len(text) - (not text[-1]) if end is None else end
    after = len(text) if end is None else end + 1
    return Fence(tag, _content(text[first + 1 : last], indent), first, after, end is not None)


def _ends(text: Sequence[str], first: int, close: re.Pattern[str]) -> Iterator[int]:
    """The lines that could close a block."""
    return (number for number in range(first + 1, len(text)) if close.fullmatch(text[number]))


def _whole_python(text: Sequence[str], first: int, indent: int, close: re.Pattern[str]) -> int | None:
    """The first end before which the block is a whole program; fences are no Python outside strings."""
    for end in islice(_ends(text, first, close), _ENDS_TRIED):
        code = _content(text[first + 1 : end], indent)
        if len(code) > _LONGEST_PROGRAM:
            return None
        if is_python(code):
            return end
    return None


def _unnested(text: Sequence[str], first: int, close: re.Pattern[str]) -> int | None:
    """The first end that does not close a block inside this one; without such an end the first there is."""
    depth = 0
    for number in range(first + 1, len(text)):
        if close.fullmatch(text[number]):
            if depth == 0:
                return number
            depth -= 1
        elif (inner := _opening(text[number])) and inner["info"]:
            depth += 1
    return next(_ends(text, first, close), None)


def _content(inside: Sequence[str], indent: int) -> str:
    return "".join(f"{_outdented(line, indent)}\n" for line in inside)


def _outdented(line: str, indent: int) -> str:
    margin = len(line) - len(line.lstrip(" \t"))
    return line[min(indent, margin) :]


def _tag(info: str) -> str:
    """The language of a fence: its first word, without the attributes that some renderers know."""
    words = re.split(r"[\s,:{}]+", info.strip("{} \t"))
    return words[0].lower().strip(".")
