"""Which blocks the variables of an interpreter come from, and whether agents know that they are gone. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from bot.domain.audit_facts import digest, joint_digest
from bot.domain.events import CodeBlock
from bot.domain.turn_results import CodeBasis, EarlierBlock, RunResult
from bot.domain.views import PastRun

GONE = "The variables of earlier blocks are gone, for their sandbox was given up: this block began without any."

_NAMED = 3
_LINE = 80


def chain(runs: Iterable[PastRun], interpreter: str) -> tuple[EarlierBlock, ...]:
    """The blocks that ran in an interpreter since it began clean, in order, failed ones included."""
    return tuple(_in_interpreter(runs, interpreter)) if interpreter else ()


def chain_before(runs: Sequence[PastRun], turn: int, block: int) -> tuple[EarlierBlock, ...]:
    """The blocks whose variables a block found: those that ran in its interpreter before it."""
    own = next((past.results[block - 1 : block] for past in runs if past.turn == turn), ())
    found = chain(runs, own[0].interpreter) if own else ()
    return tuple(each for each in found if (each.turn, each.block) < (turn, block))


def basis(runs: Iterable[PastRun], interpreter: str) -> CodeBasis:
    """What the next code in an interpreter builds on: nothing, where all that ran in it was undone."""
    found = chain(runs, interpreter)
    if all(each.undone for each in found):
        return CodeBasis()
    return CodeBasis(interpreter, found[-_NAMED:], len(found), joint_digest([each.code for each in found]))


def believed(newest_first: Iterable[RunResult], before: str = "") -> str:
    """The interpreter whose variables agents count on after these results; empty when they know of none.

    `before` is the one that they counted on before all of these.
    """
    for result in newest_first:
        if result.variables == "lost":
            return ""
        if result.interpreter:
            return result.interpreter
    return before


def with_loss(result: RunResult, counted_on: str) -> RunResult:
    """The same, with a sentence in its note when it ran without the variables that agents counted on."""
    expected = not counted_on or not result.interpreter or result.interpreter == counted_on
    if expected:
        return result
    return replace(result, note=f"{GONE} {result.note}".rstrip())


def _in_interpreter(runs: Iterable[PastRun], interpreter: str) -> Iterator[EarlierBlock]:
    for past in runs:
        for number, (block, result) in enumerate(zip(past.blocks, past.results, strict=False), 1):
            if result.interpreter == interpreter:
                undone = result.variables in ("restored", "lost")
                yield EarlierBlock(past.turn, number, digest(block), _first_line(block), undone)


def _first_line(block: CodeBlock) -> str:
    """The first line that is neither empty nor a comment, shortened."""
    lines = [line.strip() for line in block.code.splitlines() if line.strip()]
    line = next((line for line in lines if not line.startswith("#")), next(iter(lines), ""))
    return line if len(line) <= _LINE else f"{line[: _LINE - 1]}…"
