"""The record of a run, from what is known of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from bot.domain.views import Entry
from bot.evaluate import checks, stalls
from bot.evaluate.checks import Made
from bot.evaluate.eval_tasks import Wanted
from bot.evaluate.record import RunRecord, shortened
from bot.evaluate.run_matrix import EvaluationRun
from bot.evaluate.said_in_session import talk
from bot.evaluate.stalls import Cut, Stall


@dataclass(frozen=True, slots=True)
class RunEvidence:
    """How a run went: its timeline, the numbers of what people said in it, and what it left and used.

    `cut` says why it was stopped, `refused` what was not taken of its task; `began` is in epoch seconds.
    """

    outcome: str
    cut: Cut
    entries: Sequence[Entry]
    said: Sequence[int]
    files: Sequence[Made]
    turns: int
    tokens_in: int
    tokens_out: int
    dollars: float | None
    began: float
    seconds: float
    refused: str = ""


def judged(run: EvaluationRun, seen: RunEvidence) -> RunRecord:
    """The record of a run."""
    task = run.case.task
    stalled = _stalled(seen)
    failed = _failed(task.wanted, seen)
    return RunRecord(
        task=task.name,
        kind=task.kind,
        language=task.language,
        hold_out=task.hold_out,
        task_digest=run.case.digest,
        team=run.team.given,
        team_digest=run.team.digest,
        setup_digest=run.setup,
        model=run.model,
        repeat=run.repeat,
        outcome=seen.outcome,
        finished=seen.outcome in stalls.ANSWERED and not seen.cut,
        right=not failed and not seen.cut,
        failed=tuple(failed),
        stalled=stalled.by if stalled else "",
        why=stalled.why if stalled else "",
        turns=seen.turns,
        tokens_in=seen.tokens_in,
        tokens_out=seen.tokens_out,
        dollars=seen.dollars,
        began=seen.began,
        seconds=seen.seconds,
        entries=shortened(seen.entries),
    )


def _stalled(seen: RunEvidence) -> Stall | None:
    if seen.refused:
        return Stall("product", seen.refused)
    return stalls.stall(seen.entries, seen.outcome, seen.cut)


def _failed(wanted: Wanted, seen: RunEvidence) -> list[str]:
    days = _days(seen.began, seen.began + seen.seconds)
    try:
        return checks.failed(wanted, talk(seen.entries, seen.said), seen.files, seen.outcome, days)
    except Exception as error:
        # What a model says and makes must not end the other runs.
        return [f"checks: they cannot be made: {type(error).__name__}: {error}"]


def _days(*moments: float) -> list[date]:
    """The dates at these moments, here and, as a sandbox has it, in UTC."""
    here = {datetime.fromtimestamp(moment).astimezone().date() for moment in moments}
    return sorted(here | {datetime.fromtimestamp(moment, UTC).date() for moment in moments})
