"""Fenced blocks in what models write: where each begins and ends, even when the code itself has fences.

The code on an approval card, the code that runs and the prose around it come from the same blocks.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.text.languages import canonical

_NEWLINE = re.compile(r"\r\n?|\n")
"""What Markdown counts as the end of a line; Python knows more, and would number the lines in another way."""
_OPEN = re.compile(r"(?P<indent>[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?)(?P<fence>`{3,}|~{3,})(?P<info>.*)")
_BLANK_LINES = re.compile(r"\n{3,}")
_MOST_FENCES = 200
"""A text with more lines that look like fences is read as Markdown reads it."""
_EFFORT = 200_000
"""Characters of one text that are tried as Python at most; what comes after that is read as Markdown reads it."""
MARKS = ("```", "~~~")
"""A text with none of these has no block."""


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


def is_fence_line(line: str) -> bool:
    """Whether a line looks as if it opened or closed a block."""
    return _opening(line) is not None


def prose(text: str) -> str:
    """A text without its blocks, and without fences that are left over."""
    all_lines, kept, position = lines(text), list[str](), 0
    for fence in fences(text):
        kept += all_lines[position : fence.first]
        position = fence.after
    kept += all_lines[position:]
    return _BLANK_LINES.sub("\n\n", "\n".join(line for line in kept if not is_fence_line(line))).strip()


def closed_spans(text: str) -> list[tuple[int, int]]:
    """Where each closed block begins and ends, fences included, as places in the text."""
    starts = [0, *(newline.end() for newline in _NEWLINE.finditer(text)), len(text)]
    return [
        (starts[fence.first], starts[min(fence.after, len(starts) - 1)]) for fence in fences(text) if fence.closed
    ]


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
            warnings.simplefilter("ignore")  # Warnings about a model's code are not for this process.
            return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _fences(text: Sequence[str]) -> Iterator[Fence]:
    plain = sum(1 for line in text if line.lstrip(" \t").startswith(MARKS)) > _MOST_FENCES
    effort = _Effort(0 if plain else _EFFORT)
    number = 0
    while number < len(text):
        opened = _opening(text[number])
        if opened is None:
            number += 1
            continue
        fence = _block(text, number, opened, effort)
        number = fence.after
        # A surplus closing fence opens nothing.
        if fence.closed or fence.code.strip():
            yield fence


def _opening(line: str) -> re.Match[str] | None:
    opened = _OPEN.fullmatch(line)
    # Backticks further on make it code within a line of prose.
    return None if opened is None or ("`" in opened["info"] and opened["fence"][0] == "`") else opened


def _block(text: Sequence[str], first: int, opened: re.Match[str], effort: _Effort) -> Fence:
    tag = _tag(opened["info"].strip())
    is_tagged_python = canonical(tag) == "python"
    mark = _Mark(opened["fence"], len(opened["indent"]))
    end = _whole_python(text, first, mark, effort) if is_tagged_python else None
    if end is None:
        end = _unnested(text, first, mark) if effort.left else next(_ends(text, first, mark), None)
    if end is not None:
        return Fence(tag, _content(text[first + 1 : end], mark.indent), first, end + 1, closed=True)
    closed = _loosely_closed(text, first, mark, effort) if is_tagged_python else None
    if closed is not None:
        code, after = closed
        return Fence(tag, code, first, after, closed=True)
    last = len(text) - (not text[-1])
    return Fence(tag, _content(text[first + 1 : last], mark.indent), first, len(text), closed=False)


class _Effort:
    """What is left of the characters that may be tried."""

    def __init__(self, left: int) -> None:
        self.left = left

    def is_python(self, code: str) -> bool:
        """Whether a text is Python, as long as there is something left."""
        self.left = max(0, self.left - len(code))
        return bool(self.left) and is_python(code)


class _Mark:
    """What a block begins with: its fence, and how far that is indented."""

    def __init__(self, fence: str, indent: int) -> None:
        self.indent = indent
        self.close = re.compile(rf"[ \t]*{fence[0]}{{{len(fence)},}}[ \t]*")
        self.closes_line = re.compile(rf"(?P<code>.*?){fence[0]}{{{len(fence)},}}(?P<words>.*)")


def _ends(text: Sequence[str], first: int, mark: _Mark) -> Iterator[int]:
    """The lines that could close a block."""
    return (number for number in range(first + 1, len(text)) if mark.close.fullmatch(text[number]))


def _whole_python(text: Sequence[str], first: int, mark: _Mark, effort: _Effort) -> int | None:
    """The first end before which the block is a whole program; fences are no Python outside strings."""
    for end in _ends(text, first, mark):
        if not effort.left:
            return None
        if effort.is_python(_content(text[first + 1 : end], mark.indent)):
            return end
    return None


def _loosely_closed(text: Sequence[str], first: int, mark: _Mark, effort: _Effort) -> tuple[str, int] | None:
    """A whole program whose closing fence has words around it, and the line after it."""
    for number in range(first + 1, len(text)):
        closing = mark.closes_line.fullmatch(text[number])
        if closing is None or not effort.left:
            continue
        code = _content([*text[first + 1 : number], closing["code"]], mark.indent)
        if code.strip() and effort.is_python(code):
            return code.rstrip() + "\n", number + 1
    return None


def _unnested(text: Sequence[str], first: int, mark: _Mark) -> int | None:
    """The first end that does not close a block inside this one; without such an end the first there is."""
    depth = 0
    for number in range(first + 1, len(text)):
        if mark.close.fullmatch(text[number]):
            if depth == 0:
                return number
            depth -= 1
        elif (inner := _opening(text[number])) and inner["info"].strip():
            depth += 1
    return next(_ends(text, first, mark), None)


def _content(inside: Sequence[str], indent: int) -> str:
    return "".join(f"{_outdented(line, indent)}\n" for line in inside)


def _outdented(line: str, indent: int) -> str:
    margin = len(line) - len(line.lstrip(" \t"))
    return line[min(indent, margin) :]


def _tag(info: str) -> str:
    """The language of a fence: its first word, without the attributes that some renderers know."""
    words = re.split(r"[\s,:{}]+", info.strip("{} \t"))
    return words[0].lower().strip(".")
