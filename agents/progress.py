"""How far an answer that is being written is, in a few words for the thread. Pure but for its own count."""

from __future__ import annotations

from agents.models.port import Piece
from bot.text.fence_parsing import is_fence_line

_EVERY = 10
"""Lines between two words about them."""


class Progress:
    """Counts the lines of one answer while it comes."""

    def __init__(self) -> None:
        self._line = ""
        self._lines = 0
        self._code = 0
        self._in_code = False
        self._told = ""

    def hear(self, piece: Piece) -> str | None:
        """A piece more; returns what is to be said now, as in "writing code, 40 lines", if it is anything new."""
        *ended, self._line = f"{self._line}{piece.text}".split("\n")
        for line in ended:
            self._end(line)
        said = self._words(thinks=bool(piece.reasoning) and not (self._lines or self._line.strip()))
        if said == self._told:
            return None
        self._told = said
        return said

    def _end(self, line: str) -> None:
        self._lines += 1
        if is_fence_line(line):
            self._in_code = not self._in_code
        elif self._in_code:
            self._code += 1

    def _words(self, *, thinks: bool) -> str:
        if thinks:
            return "thinking"
        what, lines = ("writing code", self._code) if self._code else ("writing", self._lines)
        counted = lines // _EVERY * _EVERY
        return f"{what}, {counted} lines" if counted else what
