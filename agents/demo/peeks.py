"""What the first look at files printed, read back: lines of text, sheets, an outline of JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

CUT = " [cut]"
"""What a line ends with that was too long to be shown."""
_LINE = re.compile(r" *([\d,]+)\| (.*)", re.DOTALL)
_TEXT = re.compile(r"([\d,]+) bytes, ([\d,]+) lines, ([\w-]+)")
_BINARY = re.compile(r"([\d,]+) bytes, not text, begins with b(.*)")
_SHEET = re.compile(r"sheet (['\"])(.*)\1, ([\d,]+) rows", re.DOTALL)
_JSON = re.compile(r"([\d,]+) bytes, (one JSON value|JSON lines)")
_INSIDE = re.compile(r"  (\[.*\]) (\w+)(?: of ([\d,]+) (\w+))?")


@dataclass(frozen=True, slots=True)
class TextPeek:
    """Some lines of a text file by their number, from 1; `count` is how many the file has."""

    path: str
    encoding: str
    count: int
    lines: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class BinaryPeek:
    """A file that is no text, with its first bytes as Python shows them."""

    path: str
    begins: str


@dataclass(frozen=True, slots=True)
class SheetPeek:
    """Some rows of a sheet by their number, from 1, cells as text; `count` is how many it has."""

    path: str
    sheet: str
    count: int
    rows: tuple[tuple[int, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Inside:
    """One value inside a JSON file: the keys that lead there, its type, its length, its items' type."""

    where: tuple[str, ...]
    kind: str
    size: int
    of: str


@dataclass(frozen=True, slots=True)
class JsonPeek:
    """The outline of a JSON file; `lines` when every line is a value of its own."""

    path: str
    lines: bool
    outline: tuple[Inside, ...] = ()


Peek: TypeAlias = TextPeek | BinaryPeek | SheetPeek | JsonPeek


@dataclass(slots=True)
class _Found:
    title: Peek
    below: list[str] = field(default_factory=list)


def read(report: str, paths: Sequence[str]) -> list[Peek]:
    """The looks at `paths` that a report shows, in its order."""
    found: list[_Found] = []
    for line in report.split("\n"):
        if title := _title(line, paths):
            found.append(_Found(title))
        elif found:
            found[-1].below.append(line)
    return [_whole(part) for part in found]


def _title(line: str, paths: Sequence[str]) -> Peek | None:
    path = next((path for path in sorted(paths, key=len, reverse=True) if line.startswith(f"{path}: ")), None)
    if path is None:
        return None
    rest = line[len(path) + 2 :]
    if text := _TEXT.fullmatch(rest):
        return TextPeek(path, text[3], _count(text[2]))
    if binary := _BINARY.fullmatch(rest):
        return BinaryPeek(path, binary[2].strip("'\""))
    if sheet := _SHEET.fullmatch(rest):
        return SheetPeek(path, _unquoted(sheet[2]), _count(sheet[3]))
    if data := _JSON.fullmatch(rest):
        return JsonPeek(path, data[2] == "JSON lines")
    return None


def _whole(found: _Found) -> Peek:
    match found.title:
        case TextPeek(path, encoding, count):
            return TextPeek(path, encoding, count, tuple(_numbered(found.below)))
        case SheetPeek(path, sheet, count):
            rows = [(number, text.split("\t")) for number, text in _numbered(found.below)]
            whole = min((len(cells) - 1 for _, cells in rows if cells[-1].endswith(CUT)), default=None)
            return SheetPeek(path, sheet, count, tuple((number, tuple(cells[:whole])) for number, cells in rows))
        case JsonPeek(path, lines):
            return JsonPeek(path, lines, tuple(filter(None, map(_inside, found.below))))
        case other:
            return other


def _numbered(lines: Sequence[str]) -> list[tuple[int, str]]:
    return [(_count(line[1]), line[2]) for line in map(_LINE.fullmatch, lines) if line]


def _inside(line: str) -> Inside | None:
    found = _INSIDE.fullmatch(line)
    if not found:
        return None
    try:
        where = tuple(str(key) for key in json.loads(found[1]))
    except ValueError:
        return None
    return Inside(where, found[2], _count(found[3] or "1"), found[4] or "")


def _count(text: str) -> int:
    return int(text.replace(",", "") or 0)


def _unquoted(text: str) -> str:
    return text.replace("\\'", "'")
