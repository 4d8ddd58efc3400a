"""The report of an evaluation, in Markdown and as JSON values: pure. What is held out is counted, never shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from bot.evaluate.compare import Comparison
from bot.evaluate.record import RunRecord
from bot.evaluate.summary import BLAMED, ArmSummary
from bot.evaluate.transcript import file_name

WRONG = "wrong"
"""The folder beside the report that has the transcripts of runs which are not right."""

_HEAD = (
    "| team | model | runs | finished | right (95 % interval) | stalled by model, product, limit | turns "
    "| tokens in | tokens out | dollars | seconds |\n|---|---|---|---|---|---|---|---|---|---|---|"
)


def markdown(records: Sequence[RunRecord], summed: Sequence[ArmSummary], compared: Sequence[Comparison]) -> str:
    """The whole report."""
    parts = ["# Evaluation", _arms(summed)]
    if compared:
        parts += ["## Compared", *(_plain(comparison.said) for comparison in compared)]
    if len({record.kind for record in records}) > 1:
        parts += ["## Right by kind", _kinds(records, summed)]
    if wrong := shown_wrong(records):
        parts += ["## Not right", "\n".join(map(_wrong, wrong))]
    return "\n\n".join(parts) + "\n"


def shown_wrong(records: Sequence[RunRecord]) -> list[RunRecord]:
    """The runs that are not right and may be looked at."""
    return [record for record in records if not record.right and not record.hold_out]


def values(summed: Sequence[ArmSummary], compared: Sequence[Comparison]) -> dict[str, Any]:
    """The figures of the report."""
    arms = [asdict(summary) | {"stalled": dict(summary.stalled)} for summary in summed]
    return {"arms": arms, "compared": [asdict(comparison) for comparison in compared]}


def _cells(summary: ArmSummary) -> tuple[str, ...]:
    low, high = summary.right_interval
    return (
        summary.arm.team,
        summary.arm.model,
        str(summary.runs),
        f"{summary.share('finished'):.0%}",
        f"{summary.share('right'):.0%} ({low:.0%} to {high:.0%})",
        ", ".join(str(summary.stalled.get(by, 0)) for by in BLAMED),
        f"{summary.turns:g}",
        f"{summary.tokens_in:,.0f}",
        f"{summary.tokens_out:,.0f}",
        "unknown" if summary.dollars is None else f"{summary.dollars:.4f}",
        f"{summary.seconds:.1f}",
    )


def _arms(summed: Sequence[ArmSummary]) -> str:
    return "\n".join([_HEAD, *(_row(_cells(summary)) for summary in summed)])


def _kinds(records: Sequence[RunRecord], summed: Sequence[ArmSummary]) -> str:
    arms = [summary.arm for summary in summed]
    kinds = sorted({record.kind for record in records})
    rows = [["kind", *map(str, arms)], ["---"] * (1 + len(arms))]
    for kind in kinds:
        mine = [[record.right for record in records if record.kind == kind and record.arm == arm] for arm in arms]
        rows.append([kind, *(f"{sum(each)} of {len(each)}" for each in mine)])
    return "\n".join(map(_row, rows))


def _wrong(record: RunRecord) -> str:
    stalled = f"; stalled by the {record.stalled}: {record.why}" if record.stalled else ""
    run = f"{record.task}, {record.arm}, repeat {record.repeat}"
    return f"- [{_plain(run)}]({WRONG}/{file_name(record)}): {_plain('; '.join(record.failed) + stalled)}"


def _row(row: Sequence[str]) -> str:
    return f"| {' | '.join(map(_plain, row))} |"


def _plain(text: str) -> str:
    """Text of models and files on one line that Markdown takes for nothing else."""
    line = " ".join(text.split())
    for mark in "\\`*_[]<>|":
        line = line.replace(mark, f"\\{mark}")
    return line
