"""What programs print, as a terminal would be left with it, and without repetitions. Pure."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

_SLICE = 50_000
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]{0,256}(?:\x07|\x1b\\)?|[@-_])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_UP = re.compile(r"(\n|\x1b\[\d{0,3}A)")
_MOST_MOVES = 200_000
"""An output with more movements than this keeps its lines."""

_WARNING = re.compile(r"\S.*:\d+: \w*Warning: .*")
_SOURCE = re.compile(r"  \S")
_LONGEST_WARNING = 12
_SAME_LINES = 10
"""Fewer equal lines in a row may be a table or a drawing."""


def readable(output: bytes) -> str:
    """What a terminal would be left with, as valid text: no escapes, no control characters but tab and newline.

    A warning is told once, and many equal lines in a row are one, with their number. The slowest megabyte takes
    about a second; it is done in slices, so that other threads run in between.
    """
    lines = _cleaned(output).split("\n")
    return "\n".join(_with_counts(_with_warnings_once(lines)))


def _cleaned(output: bytes) -> str:
    text = output.decode("utf-8", "replace")
    if "\x1b" in text:
        text = _after_moves(text)
        slices = (text[start : start + _SLICE] for start in range(0, len(text), _SLICE))
        text = "".join(_ESCAPE.sub("", part) for part in slices)
    if "\r" in text:
        text = "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
    return _CONTROL.sub("", text)


def _after_moves(text: str) -> str:
    """The text after its movements up, as by bars below each other: what is written there takes a line's place."""
    pieces = _UP.split(text)
    if len(pieces) > _MOST_MOVES or "A" not in {piece[-1:] for piece in pieces[1::2]}:
        return text
    lines, row, is_at_start = [""], 0, True
    for piece in pieces:
        if piece == "\n":
            row, is_at_start = row + 1, True
            if row == len(lines):
                lines.append("")
        elif _UP.fullmatch(piece):
            row = max(0, row - int(piece[2:-1] or 1))
        elif piece:
            is_at_start = (is_at_start or piece.startswith("\r")) and piece.strip("\r") != ""
            lines[row], is_at_start = piece if is_at_start else lines[row] + piece, False
    return "\n".join(lines)


def _with_counts(lines: Sequence[str]) -> Iterator[str]:
    """Many equal lines in a row as one with their number."""
    for line, group in itertools.groupby(lines):
        count = sum(1 for _ in group)
        if count < _SAME_LINES:
            yield from itertools.repeat(line, count)
        else:
            yield from [f"{line} (×{count:,})"] if line else ["", ""]


def _with_warnings_once(lines: Sequence[str]) -> Sequence[str]:
    """Each warning where it comes first, with the number of times that it comes."""
    kept: list[str] = []
    places: dict[tuple[str, ...], int] = {}
    counts: dict[int, int] = {}
    number = 0
    while number < len(lines):
        warning = _warning(lines, number)
        place = places.get(warning)
        if warning and place is not None:
            counts[place] += 1
        else:
            if warning:
                places[warning], counts[len(kept)] = len(kept), 1
            kept += warning or lines[number : number + 1]
        number += len(warning) or 1
    for place, count in counts.items():
        if count > 1:
            kept[place] += f" (×{count:,})"
    return kept


def _warning(lines: Sequence[str], first: int) -> tuple[str, ...]:
    """The lines of the warning that begins there, up to the line of code that it quotes; empty for none."""
    if "Warning: " not in lines[first] or not _WARNING.match(lines[first]):
        return ()
    for number in range(first + 1, min(first + _LONGEST_WARNING, len(lines))):
        if _SOURCE.match(lines[number]):
            return tuple(lines[first : number + 1])
        if _WARNING.match(lines[number]):
            break
    return (lines[first],)
