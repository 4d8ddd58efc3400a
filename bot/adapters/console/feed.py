"""What the terminal needs of a session, wherever it runs: in this process or behind the API of another."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Protocol, TypeAlias

from bot.adapters.console.asking import TerminalChoice
from bot.domain.participants import Hint
from bot.domain.views import Entry, FileView, SessionView

News: TypeAlias = Entry | SessionView | Hint
"""A new line of the thread, the session as it now stands, or who is at work."""


class Feed(Protocol):
    """A session as a terminal follows and steers it."""

    async def start(self, task: str, files: Sequence[Path], team: str | None) -> str:
        """Start a session and return its id; raises BadInput."""

    async def reply(self, session_id: str, text: str, files: Sequence[Path]) -> None:
        """Say something in a session; raises BadInput."""

    async def decide(self, session_id: str, choice: TerminalChoice) -> None:
        """Decide about a card; raises BadInput."""

    async def skip(self, session_id: str) -> Entry | None:
        """Do not show what has been said so far; returns the card about which nothing is decided yet."""

    async def stop(self, session_id: str) -> None:
        """Stop a session."""

    async def delete(self, session_id: str) -> None:
        """Delete a session; returns when nothing of it is left. Raises BadInput."""

    def news(self, session_id: str) -> AsyncGenerator[News, None]:
        """Every line of the thread that was not shown yet, and then what comes, with the session after it."""

    async def files(self, session_id: str) -> Sequence[FileView]:
        """The workspace."""

    async def read(self, session_id: str, file: FileView) -> bytes:
        """A file's bytes."""
