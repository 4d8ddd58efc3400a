"""What a turn brings: words, code, results of runs, what it used, and how it changed the state of its team."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from bot.domain.events import CodeBlock
from bot.domain.workspace_files import Artifact

Killed: TypeAlias = Literal[
    "time", "memory", "output", "disk", "stopped", "interrupted", "lost", "language", "rejected"
]
"""What ended a program from outside; one that was rejected never began."""

Variables: TypeAlias = Literal["", "kept", "restored", "lost"]
"""What became of a session's variables in a run: the block's are kept, those from before it are back, or all are
gone; empty when the run had nothing to do with them."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """What one code block did in the sandbox.

    `output` is stdout and stderr as they came, valid text, capped. `killed` says what ended the program from
    outside, if anything did; the exit code is then of no meaning. `note` is a sentence for the agents.
    `full_output` is the path in the workspace under which a long output can be read, "" for a short one; `files`
    has it too. `image` is the digest of the image it ran in, if it did. `interpreter` names the interpreter of the
    session that a Python block ran in, whose `variables` it has used and changed.
    """

    exit_code: int
    output: str
    seconds: float
    killed: Killed | None = None
    note: str = ""
    files: tuple[Artifact, ...] = ()
    removed: tuple[str, ...] = ()
    full_output: str = ""
    image: str = ""
    interpreter: str = ""
    variables: Variables = ""

    @property
    def ok(self) -> bool:
        return self.exit_code == 0 and self.killed is None

    @property
    def is_unseen(self) -> bool:
        """It was not observed to its end: how long it ran (`seconds` is 0) and what it printed are not known."""
        return self.killed in ("interrupted", "stopped") and not self.seconds


@dataclass(frozen=True, slots=True)
class EarlierBlock:
    """A Python block that ran in an interpreter: its turn, its number there from 1, and its first line of code.

    `code` is the SHA-256 of its code. What one that was `undone` did to variables was taken back.
    """

    turn: int
    block: int
    code: str
    line: str
    undone: bool = False


@dataclass(frozen=True, slots=True)
class CodeBasis:
    """The variables that code finds: those that `count` earlier blocks have left in an interpreter, if any.

    `blocks` are the last of these, in order; `digest` is the SHA-256 of the code of all.
    """

    interpreter: str = ""
    blocks: tuple[EarlierBlock, ...] = ()
    count: int = 0
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """An agent spoke, and wrote no code; the team goes on."""

    text: str
    kind: Literal["said"] = "said"


@dataclass(frozen=True, slots=True)
class Code:
    """An agent wrote code; `text` is the whole message, fences included."""

    text: str
    blocks: tuple[CodeBlock, ...]
    kind: Literal["code"] = "code"


@dataclass(frozen=True, slots=True)
class Ran:
    """The executor ran code: one result a block, none after the first that failed."""

    results: tuple[RunResult, ...]
    kind: Literal["ran"] = "ran"


@dataclass(frozen=True, slots=True)
class Asks:
    """An agent needs a person; `text` is what it said before the question."""

    text: str
    question: str
    kind: Literal["asks"] = "asks"


@dataclass(frozen=True, slots=True)
class Finished:
    """An agent finished the task; `text` comes without the word TERMINATE."""

    text: str
    kind: Literal["finished"] = "finished"


@dataclass(frozen=True, slots=True)
class Answered:
    """Words that need nothing more: the team's answer, and the session rests until a person replies."""

    text: str
    kind: Literal["answered"] = "answered"


@dataclass(frozen=True, slots=True)
class Unfinished:
    """Words that lead nowhere, also after the agents were told what to do: the session rests for a person."""

    text: str
    kind: Literal["unfinished"] = "unfinished"


What: TypeAlias = Said | Code | Ran | Asks | Finished | Answered | Unfinished


SELECTOR, SUMMARY = "selector", "summary"
"""Who pays for calls that no agent makes: to choose who speaks next, and to sum old turns up."""


@dataclass(frozen=True, slots=True)
class Usage:
    """One attempt at a model call. `estimated`: what it used is not known, so the figures are its worst case.

    `disbelieved`: the server reported figures that cannot be.

    `agent` is who pays for it: an agent of the team, SELECTOR or SUMMARY.
    `cache_read` and `cache_written`: those of the prompt's tokens that have prices of their own.
    """

    agent: str
    model: str
    prompt_tokens: int
    completion_tokens: int
    estimated: bool = False
    cache_read: int = 0
    cache_written: int = 0
    disbelieved: bool = False

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens


@dataclass(frozen=True, slots=True)
class TookOver:
    """A model did not answer when `agent` asked it; to the session's end its `fallback` answers in its place."""

    agent: str
    model: str
    fallback: str


@dataclass(frozen=True, slots=True)
class ListDelta:
    """How one list of a team's state grew: keep the first `keep` items, then append the blobs named."""

    keep: int
    append: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StateDelta:
    """What one turn changed in a team's state, of a size that does not grow with the conversation.

    `skeleton` is the state as JSON with every list of messages left out, `lists` maps such a list's path to its
    change, `blobs` maps the SHA-256 of each new item to its JSON.
    """

    skeleton: str
    lists: Mapping[str, ListDelta]
    blobs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TurnResult:
    """What one turn brought. `who` is the agent's name as the team spec has it."""

    who: str
    what: What
    delta: StateDelta
    usage: Sequence[Usage] = ()
    took_over: Sequence[TookOver] = ()
