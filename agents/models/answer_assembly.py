"""An answer that is put together from its pieces."""

from __future__ import annotations

from typing import Any

from agents.models.http_stream import LARGEST, AnswerTooLarge
from agents.models.port import Answer, Counts, Finish, Piece, Told


class Gathering:
    """What has come of an answer so far; `told` is called with each piece."""

    def __init__(self, told: Told) -> None:
        self.finish: Finish = "unknown"
        self.usage: Counts | None = None
        self.tool_calls = False
        self._told = told
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._size = 0

    def add(self, text: Any = None, reasoning: Any = None) -> None:
        """Some more; raises TooLarge. What is no text is nothing."""
        piece = Piece(plain(text), plain(reasoning))
        self._size += len(piece.text) + len(piece.reasoning)
        if self._size > LARGEST:
            raise AnswerTooLarge
        if piece.text or piece.reasoning:
            self._text.append(piece.text)
            self._reasoning.append(piece.reasoning)
            self._told(piece)

    def answer(self) -> Answer:
        """All of it."""
        return Answer("".join(self._text), "".join(self._reasoning), self.finish, self.usage, self.tool_calls)


def plain(content: Any) -> str:
    """The text of a content as servers send it: a text, a list of parts, or nothing."""
    parts = content if isinstance(content, list) else [content]
    texts = [part.get("text") if isinstance(part, dict) else part for part in parts]
    return "".join(text for text in texts if isinstance(text, str))
