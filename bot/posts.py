"""What Roundtable shows in a thread: a closed union of values, rendered by each adapter in its own way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from bot.events import Artifact, CodeBlock, RunResult


@dataclass(frozen=True, slots=True)
class AgentPost:
    """An agent's prose, in Markdown. Untrusted text. `final`: with it the team has finished; the result."""

    agent: str
    text: str
    final: bool = False
    kind: Literal["agent"] = "agent"


@dataclass(frozen=True, slots=True)
class CodePost:
    """An agent's message with code in it; `text` is the whole Markdown, `blocks` what will be run."""

    agent: str
    text: str
    blocks: tuple[CodeBlock, ...]
    kind: Literal["code"] = "code"


@dataclass(frozen=True, slots=True)
class OutputPost:
    """What the code printed and how it ended, one result a block."""

    agent: str
    results: tuple[RunResult, ...]
    kind: Literal["output"] = "output"


@dataclass(frozen=True, slots=True)
class FilesPost:
    """Files that code made or changed, to be attached."""

    agent: str
    files: tuple[Artifact, ...]
    kind: Literal["files"] = "files"


@dataclass(frozen=True, slots=True)
class QuestionPost:
    """An agent asks; the session waits for a reply in the thread."""

    agent: str
    text: str
    question: str
    kind: Literal["question"] = "question"


@dataclass(frozen=True, slots=True)
class StatusPost:
    """One sentence from Roundtable itself to the people in the thread."""

    text: str
    kind: Literal["status"] = "status"


@dataclass(frozen=True, slots=True)
class SummaryPost:
    """How the session ended. `outcome` decides colours and exit codes, `text` is the sentence to show.

    `seconds`, `turns`, `tokens` and `cost` (US dollars, None when a price is unknown) count since the session
    was last opened.
    """

    outcome: Literal["finished", "stopped", "limit", "failed"]
    text: str
    seconds: float
    turns: int
    tokens: int
    cost: float | None
    kind: Literal["summary"] = "summary"


Post: TypeAlias = AgentPost | CodePost | OutputPost | FilesPost | QuestionPost | StatusPost | SummaryPost


@dataclass(frozen=True, slots=True)
class Part:
    """One message or one upload on a platform: the unit of delivery, of order and of reading back.

    `id` is unique and stable across restarts, so that the platform can be asked for it; `body` is JSON
    that only the adapter which rendered it understands. `memo` is what the adapter noted while delivering it.
    """

    id: str
    session: str
    body: str
    memo: str = ""
