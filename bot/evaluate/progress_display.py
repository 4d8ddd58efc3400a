"""The progress of an evaluation: a live table on a terminal, else a line a run."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from bot.evaluate.record import RunRecord
from bot.evaluate.run_matrix import EvaluationRun
from bot.evaluate.summary import BLAMED, ArmSummary, summaries

_COLUMNS = ("team", "model", "runs", "finished", "right", "stalled m/p/l", "turns", "tokens in", "out", "$", "s")
_SHOWN = 6


class ProgressDisplay:
    """Shows runs as they begin and end; `records` are those that exist already."""

    def __init__(self, console: Console, total: int, records: Sequence[RunRecord]) -> None:
        self._console = console
        self._total = total
        self._records = list(records)
        self._under_way: list[EvaluationRun] = []
        self._live = Live(console=console, get_renderable=self._shown, refresh_per_second=4, transient=True)

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._console.is_terminal:
            self._live.stop()

    def begun(self, run: EvaluationRun) -> None:
        """A run has begun."""
        self._under_way.append(run)

    def done(self, run: EvaluationRun, record: RunRecord) -> None:
        """A run has ended."""
        self._under_way.remove(run)
        self._records.append(record)
        if not self._console.is_terminal:
            self._console.print(_line(record), soft_wrap=True)

    def _shown(self) -> Group:
        names = [_name(run.case.task.name, hidden=run.case.task.hold_out) for run in self._under_way[:_SHOWN]]
        more = f" and {len(self._under_way) - _SHOWN} more" if len(self._under_way) > _SHOWN else ""
        under_way = f"{len(self._records)} of {self._total} runs; now: {', '.join(names)}{more}"
        return Group(table(summaries(self._records)), Text(under_way, "dim"))


def table(summed: Sequence[ArmSummary]) -> Table:
    """One row an arm; m/p/l: stalled by the model, the product, a limit."""
    shown = Table(*_COLUMNS, box=None, pad_edge=False, header_style="bold")
    for summary in summed:
        shown.add_row(*map(Text, _row(summary)))
    return shown


def _row(summary: ArmSummary) -> tuple[str, ...]:
    return (
        summary.arm.team,
        summary.arm.model,
        str(summary.runs),
        f"{summary.share('finished'):.0%}",
        f"{summary.share('right'):.0%}",
        "/".join(str(summary.stalled.get(by, 0)) for by in BLAMED),
        f"{summary.turns:g}",
        f"{summary.tokens_in:,.0f}",
        f"{summary.tokens_out:,.0f}",
        "?" if summary.dollars is None else f"{summary.dollars:.2f}",
        f"{summary.seconds:.0f}",
    )


def _line(record: RunRecord) -> Text:
    how = "right" if record.right else "stalled" if record.stalled else "wrong"
    whose = f" by the {record.stalled}" if record.stalled else ""
    task = _name(record.task, hidden=record.hold_out)
    return Text(
        f"{how:7}{whose} {task}, {record.arm}, repeat {record.repeat}: "
        f"{record.turns} turns, {record.tokens:,} tokens, {record.seconds:.1f} s"
    )


def _name(task: str, *, hidden: bool) -> str:
    return "a held-out task" if hidden else task
