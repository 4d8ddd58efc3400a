"""What the audit keeps: a closed union of small values. No text that people, agents or programs wrote is in them.

They stay when a session is deleted, so there is nothing in them that would have to be deleted with it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bot.domain.events import CodeBlock
from bot.domain.participants import Person, ThreadRef
from bot.domain.posts import Scope, Unit
from bot.domain.turn_results import Killed, RunResult

ROUNDTABLE = Person("", "Roundtable")
"""Who did what no person and no agent did."""
NOWHERE = ThreadRef("", "", "", "")
"""Where what is about no thread is done."""


@dataclass(frozen=True, slots=True)
class Started:
    """A person opened a session with a team or, `again`, went on with one that had ended."""

    team: str
    again: bool = False
    kind: Literal["start"] = "start"


@dataclass(frozen=True, slots=True)
class Ended:
    """The session ended."""

    outcome: str
    kind: Literal["end"] = "end"


@dataclass(frozen=True, slots=True)
class Paused:
    """The session waits until a time (epoch seconds), or without one for a person."""

    until: float | None
    kind: Literal["pause"] = "pause"


@dataclass(frozen=True, slots=True)
class Halted:
    """A person told the team to stop."""

    kind: Literal["stop"] = "stop"


@dataclass(frozen=True, slots=True)
class Muted:
    """A person told the team not to listen or, `muted` off, to listen again."""

    muted: bool
    kind: Literal["mute"] = "mute"


@dataclass(frozen=True, slots=True)
class TurnedDown:
    """What a person asked for was refused: `asked` is the kind of the event, `why` the sentence they got."""

    asked: str
    why: str
    kind: Literal["refusal"] = "refusal"


@dataclass(frozen=True, slots=True)
class CodeSent:
    """The code of a turn is about to be sent to the sandbox: the SHA-256 of every block, as `digest` makes it."""

    turn: int
    code: tuple[str, ...]
    kind: Literal["code"] = "code"


@dataclass(frozen=True, slots=True)
class BlockRan:
    """How one block ended, and the SHA-256 of the files it made or changed."""

    exit_code: int
    killed: Killed | None
    seconds: float
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CodeRan:
    """The code of a turn ran: the blocks that were sent, and one result a block up to the first that failed."""

    turn: int
    code: tuple[str, ...]
    results: tuple[BlockRan, ...]
    kind: Literal["run"] = "run"


Choice: TypeAlias = (
    Literal["approve", "approve all", "reject", "edit", "drop"]
    | Literal["answer", "expire", "lapse", "go on", "finish"]
)


@dataclass(frozen=True, slots=True)
class DecisionMade:
    """A person decided on code, or dropped it by an order, or answered, or let the team go on or finish.

    Or nobody came until the card expired, or it lapsed: there was room again, or the variables that approved code
    builds on were gone. `code` is the SHA-256 that the card showed, if it showed any, `edited` that of the code
    which takes its place, `about` the kind of card that was answered, expired or lapsed without there being code,
    `builds_on` the SHA-256 of the earlier code whose variables the code finds.
    """

    decision: Choice
    code: str = ""
    edited: str = ""
    about: Literal["", "question", "budget", "check"] = ""
    builds_on: str = ""
    kind: Literal["decision"] = "decision"


@dataclass(frozen=True, slots=True)
class BudgetRaised:
    """A person raised a cap: `cap` is what it bounds, `unit` what it counts."""

    cap: Scope
    unit: Unit
    old: float
    new: float
    kind: Literal["budget"] = "budget"


@dataclass(frozen=True, slots=True)
class Erased:
    """A session was deleted, with this many rows and workspace files, on request or because of its age."""

    why: Literal["asked", "age"]
    rows: int
    files: int
    kind: Literal["deletion"] = "deletion"


@dataclass(frozen=True, slots=True)
class RulesRead:
    """The file with the rules was read again; one with a mistake is not in force."""

    in_force: bool
    kind: Literal["policy"] = "policy"


@dataclass(frozen=True, slots=True)
class Disbelieved:
    """A model's server reported tokens that cannot be: this many count for the agent's call instead."""

    turn: int
    agent: str
    model: str
    tokens: int
    kind: Literal["usage"] = "usage"


@dataclass(frozen=True, slots=True)
class ModelReplaced:
    """A model did not answer when an agent asked it: its fallback answers from this turn to the session's end."""

    turn: int
    agent: str
    model: str
    fallback: str
    kind: Literal["fallback"] = "fallback"


Fact: TypeAlias = (
    Started
    | Ended
    | Paused
    | Halted
    | Muted
    | TurnedDown
    | CodeSent
    | CodeRan
    | DecisionMade
    | BudgetRaised
    | Erased
    | RulesRead
    | Disbelieved
    | ModelReplaced
)

KINDS = (
    *("start", "end", "pause", "stop", "mute", "refusal"),
    *("code", "run", "decision", "budget", "deletion", "policy", "usage", "fallback"),
)


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One row: who did what, where and when (epoch seconds); `session` is "" where there was none."""

    id: int
    at: float
    session: str
    thread: ThreadRef
    who: Person
    what: Fact


def digest(block: CodeBlock) -> str:
    """The SHA-256 of a block's code in UTF-8, in hex."""
    return hashlib.sha256(block.code.encode("utf-8", "surrogatepass")).hexdigest()


def code_digest(blocks: Sequence[CodeBlock]) -> str:
    """The SHA-256 in hex of a block's code; of several blocks, that of their digests, a line each."""
    return joint_digest([digest(block) for block in blocks])


def joint_digest(each: Sequence[str]) -> str:
    """The SHA-256 in hex that stands for those of several blocks; the same for a single one."""
    return each[0] if len(each) == 1 else hashlib.sha256("\n".join(each).encode()).hexdigest()


def code_ran(turn: int, blocks: Sequence[CodeBlock], results: Sequence[RunResult]) -> CodeRan:
    """What the audit keeps of a run."""
    ran = (
        BlockRan(
            result.exit_code, result.killed, round(result.seconds, 3), tuple(file.digest for file in result.files)
        )
        for result in results
    )
    return CodeRan(turn, tuple(map(digest, blocks)), tuple(ran))
