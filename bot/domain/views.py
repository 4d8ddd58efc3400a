"""What readers see of a session: values the store returns to the page, the API and the terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from bot.domain.events import CodeBlock, InboxEvent
from bot.domain.participants import Person, ThreadRef
from bot.domain.posts import Post
from bot.domain.turn_results import EarlierBlock, RunResult
from bot.domain.workspace_files import Artifact

Status: TypeAlias = Literal["running", "waiting", "paused", "ended"]
"""running: the team works; waiting: for a person's answer; paused: for the sandbox or the model; ended."""


@dataclass(frozen=True, slots=True)
class SessionView:
    """One session as it is now; times are epoch seconds, `cost` US dollars, None when a price is unknown."""

    id: str
    thread: ThreadRef
    team: str
    title: str
    starter: Person
    status: Status
    outcome: str | None
    created: float
    updated: float
    turns: int
    tokens: int
    cost: float | None
    wake_at: float | None = None
    """When a paused session tries again by itself; None when only a message wakes it."""


@dataclass(frozen=True, slots=True)
class OpenThread:
    """A thread to catch up with: `since` is the newest message taken in there, as the platform names it, or ""."""

    thread: ThreadRef
    since: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a thread: what a person did or what Roundtable posted. `seq` counts up within a session."""

    seq: int
    at: float
    item: InboxEvent | Post


@dataclass(frozen=True, slots=True)
class FileView:
    """A file in a session's workspace; `attached` by a person, else made by code in turn `turn`."""

    file: Artifact
    turn: int
    attached: bool


@dataclass(frozen=True, slots=True)
class Version:
    """A file as it was once, and where it came from: attached (`block` 0), or made by a block of code (from 1).

    `code` and `inputs` are SHA-256 of the block and of the whole workspace before it, `image` is the sandbox's;
    `model` wrote the block, "" where a person changed it. `builds_on` are the blocks whose variables it found.
    """

    file: Artifact
    turn: int
    block: int
    code: str = ""
    inputs: str = ""
    image: str = ""
    model: str = ""
    builds_on: tuple[EarlierBlock, ...] = ()


@dataclass(frozen=True, slots=True)
class PastRun:
    """The code that a turn sent to the sandbox, and one result for each block that was run."""

    turn: int
    blocks: tuple[CodeBlock, ...]
    results: tuple[RunResult, ...]


@dataclass(frozen=True, slots=True)
class Spend:
    """What one agent has used in a session."""

    agent: str
    model: str
    calls: int
    tokens: int
    cost: float | None
