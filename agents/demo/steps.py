"""One step of the analyst: code to run, a conclusion or a question; and the step after a failure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

from agents.demo import outcomes
from agents.demo.fences import Block
from agents.demo.repairs import Failure, repair
from agents.demo.scenes import Run, Scene

MOST_REPAIRS = 2


@dataclass(frozen=True, slots=True)
class Write:
    """Code to run; `learnt` is what the last report told, `intent` what the code is to do, in sentences."""

    intent: str
    blocks: tuple[Block, ...]
    learnt: str = ""


@dataclass(frozen=True, slots=True)
class Conclude:
    """The task is done, or cannot be."""

    text: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Only a person can say how to go on."""

    text: str
    question: str


Move: TypeAlias = Write | Conclude | Ask


def mended(scene: Scene, run: Run) -> Move:
    """After a failed run: the blocks that are left with the failing one changed, or why that is of no use."""
    report = run.report
    if report is None:
        return Write("I send the code once more.", run.blocks)
    failures = sum(1 for other in scene.runs if other.report and not other.report.ok)
    position = max(outcomes.ran(report) - 1, 0)
    if failures > MOST_REPAIRS or position >= len(run.blocks):
        return Conclude(f"{outcomes.failed(report)} I have tried {MOST_REPAIRS} changes and stop here.")
    columns = [column.name for table in scene.tables.values() for column in table.columns]
    failing = run.blocks[position]
    change = repair(Failure(failing.code, outcomes.output(report), (*scene.files, *scene.made), columns))
    if change is None or failing.language in ("sh", "bash", "shell"):
        return Conclude(f"{outcomes.failed(report)} I know no rule that would mend this.")
    blocks = (replace(failing, code=change.code), *run.blocks[position + 1 :])
    return Write(change.why, blocks, outcomes.failed(report))
