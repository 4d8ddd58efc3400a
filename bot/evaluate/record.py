"""One run of an evaluation as it is stored: what it was, how it went, and all that was said."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from pydantic import TypeAdapter

from bot.domain.posts import OutputPost
from bot.domain.turn_results import RunResult
from bot.domain.views import Entry
from bot.evaluate.stalls import By

Key: TypeAlias = tuple[str, str, str, str, int]
"""What makes two runs the same: digests of task, team's file and setup, the model, the number of the repeat."""

_KEPT = 4_000
"""The characters of a program's output that are kept from either end."""


@dataclass(frozen=True, slots=True)
class EvaluationArm:
    """What tasks are run with: a team, by the name it was given, and a model."""

    team: str
    model: str

    def __str__(self) -> str:
        return f"{self.team} with {self.model}"


@dataclass(frozen=True, slots=True)
class RunRecord:
    """How one run went.

    `finished`: it came to an answer; `right`: every check holds, `failed` are those that do not. `stalled` says by
    whom, "" for none, and `why`. `dollars` is None when a price is unknown; `began` is in epoch seconds.
    """

    task: str
    kind: str
    language: str
    hold_out: bool
    task_digest: str
    team: str
    team_digest: str
    setup_digest: str
    model: str
    repeat: int
    outcome: str
    finished: bool
    right: bool
    failed: tuple[str, ...]
    stalled: By | str
    why: str
    turns: int
    tokens_in: int
    tokens_out: int
    dollars: float | None
    began: float
    seconds: float
    entries: tuple[Entry, ...] = field(default=(), repr=False)

    @property
    def key(self) -> Key:
        return (self.task_digest, self.team_digest, self.setup_digest, self.model, self.repeat)

    @property
    def arm(self) -> EvaluationArm:
        return EvaluationArm(self.team, self.model)

    @property
    def tokens(self) -> int:
        return self.tokens_in + self.tokens_out


as_json: TypeAdapter[RunRecord] = TypeAdapter(RunRecord)


def name(key: Key) -> str:
    """A short name for a run, the same every time."""
    return hashlib.sha256(repr(key).encode()).hexdigest()[:16]


def shortened(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """A timeline whose outputs have lost their middles."""
    return tuple(_shortened(entry) for entry in entries)


def _shortened(entry: Entry) -> Entry:
    if not isinstance(entry.item, OutputPost):
        return entry
    return replace(entry, item=replace(entry.item, results=tuple(map(_cut, entry.item.results))))


def _cut(result: RunResult) -> RunResult:
    output = result.output
    if len(output) <= 2 * _KEPT:
        return result
    left_out = len(output) - 2 * _KEPT
    middle = f"\n… {left_out:,} characters are left out …\n"
    return replace(result, output=f"{output[:_KEPT]}{middle}{output[-_KEPT:]}")
