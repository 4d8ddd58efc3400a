"""One attack, what it left as evidence, and the ways to judge that."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bot.domain.turn_results import Killed, RunResult

Group: TypeAlias = Literal["escape", "exhaust", "confuse", "persist"]


@dataclass(frozen=True, slots=True)
class AttackEvidence:
    """What became of an attack.

    `files` are the paths that were kept; `later` is a program that runs in the same sandbox next, which lists the
    processes it sees and what the attack may have planted; `elsewhere` is the same look in another session's sandbox;
    `seconds` is from the start of the attack to its result, `stall` the longest time that the bot's event loop was blocked.
    """

    result: RunResult
    files: Sequence[str]
    later: RunResult
    elsewhere: RunResult
    seconds: float
    stall: float


Holds: TypeAlias = Callable[[AttackEvidence], bool]


@dataclass(frozen=True, slots=True)
class Attack:
    """An attack: code, and whether the sandbox held. With `stop_after` a person stops it after so many seconds.

    `before` is a Python block that runs first, so that the attack is one in an interpreter that has a copy.
    """

    group: Group
    name: str
    code: str
    holds: Holds
    language: str = "python"
    timeout: float = 10
    stop_after: float | None = None
    before: str = ""


def prints(*lines: str) -> Holds:
    """It ended well and printed exactly these lines."""
    return lambda evidence: evidence.result.ok and evidence.result.output.splitlines() == list(lines)


def shows(text: str) -> Holds:
    """Its output has this text in it."""
    return lambda evidence: text in evidence.result.output


def lacks(text: str) -> Holds:
    """It ran, and its output has nothing like this in it."""
    return lambda evidence: evidence.result.killed is None and text not in evidence.result.output


def all_lines(*endings: str) -> Holds:
    """It printed lines, each of which ends like one of these."""
    return lambda evidence: (
        bool(lines := evidence.result.output.splitlines()) and all(line.endswith(endings) for line in lines)
    )


def killed(why: Killed, within: float = 60) -> Holds:
    """It was killed for this, in time, and the bot was told."""
    return lambda evidence: evidence.result.killed == why and evidence.seconds < within


def notes(text: str) -> Holds:
    """The agents are told this."""
    return lambda evidence: text in evidence.result.note


def keeps(*paths: str) -> Holds:
    """Exactly these files left the sandbox."""
    return lambda evidence: sorted(evidence.files) == sorted(paths)


def alone_later(evidence: AttackEvidence) -> bool:
    """The next program worked, and saw no process but its own and the interpreter's two, which stand still."""
    seen = re.search(r"^processes: 3, stopped: [012]$", evidence.later.output, re.MULTILINE)
    return evidence.later.ok and seen is not None


def unseen_elsewhere(evidence: AttackEvidence) -> bool:
    """Another session sees nothing of it."""
    return evidence.elsewhere.ok and "planted" not in evidence.elsewhere.output


def both(*holds: Holds) -> Holds:
    """All of them."""
    return lambda evidence: all(each(evidence) for each in holds)
