"""Records and timelines for tests."""

from __future__ import annotations

from typing import Any

from bot.domain.events import CodeBlock, Message
from bot.domain.participants import Person, ThreadRef
from bot.domain.posts import CodePost, OutputPost, Post
from bot.domain.turn_results import RunResult
from bot.domain.views import Entry
from bot.evaluate.record import RunRecord

_THREAD = ThreadRef("console", "", "evaluate", "1")


def record(*, task: str = "count", team: str = "analyst", **fields: Any) -> RunRecord:
    """A run that went well, but for what is given."""
    usual: dict[str, Any] = {
        "task": task,
        "kind": "total",
        "language": "en",
        "hold_out": False,
        "task_digest": f"digest of {task}",
        "team": team,
        "team_digest": f"digest of {team}",
        "setup_digest": "digest of setup",
        "model": "m1",
        "repeat": 1,
        "outcome": "finished",
        "finished": True,
        "right": True,
        "failed": (),
        "stalled": "",
        "why": "",
        "turns": 3,
        "tokens_in": 100,
        "tokens_out": 10,
        "dollars": 0.01,
        "began": 0.0,
        "seconds": 2.0,
    }
    return RunRecord(**usual | fields)


def said(text: str, who: str = "Ann") -> Message:
    """What a person said."""
    return Message(text, _THREAD, Person(who, who), text)


def code(source: str, agent: str = "analyst") -> CodePost:
    """An agent's message with a block of Python."""
    return CodePost(agent, f"I try.\n```python\n{source}\n```", (CodeBlock("python", source),))


def output(text: str = "ok", *, exit_code: int = 0, killed: Any = None) -> OutputPost:
    """What code printed."""
    return OutputPost("executor", (RunResult(exit_code, text, 0.1, killed),))


def timeline(*items: Message | Post | str) -> list[Entry]:
    """Entries in order; a text is what a person says."""
    return [
        Entry(seq, float(seq), said(item) if isinstance(item, str) else item) for seq, item in enumerate(items, 1)
    ]
