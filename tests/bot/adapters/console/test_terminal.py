"""What a terminal does with what is typed at a card."""

from __future__ import annotations

import io
import sys
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from rich.console import Console

from bot.adapters.console.asking import TerminalChoice
from bot.adapters.console.feed import News
from bot.adapters.console.terminal import WAITS, Terminal
from bot.domain.errors import BadInput
from bot.domain.events import CodeBlock
from bot.domain.participants import Person, ThreadRef
from bot.domain.posts import ApprovalPost
from bot.domain.views import Entry, FileView, SessionView

CARD = ApprovalPost("coder", (CodeBlock("python", "x()\n"),), "d1", "q1")
WAITING = SessionView(
    "s1",
    ThreadRef("console", "", "terminal", "1"),
    "pair",
    "Go",
    Person("1", "Ann"),
    "waiting",
    None,
    1,
    1,
    1,
    1,
    0,
)


@dataclass
class Waits:
    """A session whose card waits, and goes on waiting; `chosen` is what was decided."""

    chosen: list[TerminalChoice] = field(default_factory=list)

    async def news(self, session_id: str) -> AsyncGenerator[News, None]:
        yield Entry(1, 1.0, CARD)
        yield WAITING

    async def decide(self, session_id: str, choice: TerminalChoice) -> None:
        if choice.verdict == "edit" and not choice.blocks:
            raise BadInput("There is no code in the edit.")
        self.chosen.append(choice)

    async def start(self, task: str, files: Sequence[Path], team: str | None) -> str:
        raise NotImplementedError

    async def reply(self, session_id: str, text: str, files: Sequence[Path]) -> None:
        raise NotImplementedError

    async def skip(self, session_id: str) -> Entry | None:
        return None

    async def stop(self, session_id: str) -> None:
        raise NotImplementedError

    async def delete(self, session_id: str) -> None:
        raise NotImplementedError

    async def files(self, session_id: str) -> Sequence[FileView]:
        return ()

    async def read(self, session_id: str, file: FileView) -> bytes:
        raise NotImplementedError


async def _types(monkeypatch: pytest.MonkeyPatch, *lines: str) -> tuple[Waits, str, int]:
    """Type lines at the card; returns the session, what was shown, and the exit code."""
    feed, shown = Waits(), io.StringIO()
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
    code = await Terminal(feed, Console(file=shown, width=200)).follow("s1")
    return feed, shown.getvalue(), code


@pytest.mark.parametrize(
    ("name", "data", "blocks"),
    [
        ("fix.sh", b"ls\n", (CodeBlock("bash", "ls\n"),)),
        ("fix.py", b"\xef\xbb\xbfx = '```'\n", (CodeBlock("python", "x = '```'\n"),)),
        (
            "fix.md",
            b"First\n```sh\nls\n```\nthen\n```python\ny()\n```\n",
            (CodeBlock("bash", "ls\n"), CodeBlock("python", "y()\n")),
        ),
        ("fix", b"y()", (CodeBlock("python", "y()\n"),)),
    ],
)
async def test_a_file_of_an_edit_is_read_as_an_attached_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, data: bytes, blocks: tuple[CodeBlock, ...]
) -> None:
    (tmp_path / name).write_bytes(data)
    feed, _, _ = await _types(monkeypatch, f"edit {tmp_path / name}")
    assert [(choice.verdict, choice.blocks) for choice in feed.chosen] == [("edit", blocks)]


async def test_a_file_without_code_decides_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "open.md").write_text("```python\nx()\n", encoding="utf-8")
    (tmp_path / "picture.py").write_bytes(b"\x89PNG\xff")
    typed = [f"edit {tmp_path / name}" for name in ("open.md", "picture.py", "none.py")]
    feed, shown, code = await _types(monkeypatch, *typed, "")
    assert (feed.chosen, code) == ([], WAITS)
    assert "There is no code in the edit." in shown
    assert shown.count("cannot be read as text; nothing was decided.") == 2
    assert shown.count("Run it?") == 4
