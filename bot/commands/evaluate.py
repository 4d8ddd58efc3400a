"""`roundtable evaluate`: tasks with checks, for any teams and models, and what came of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

from rich.console import Console

from agents.models.choice import choose as choose_model
from agents.spec import TEAMS
from bot.commands import temporary_engine
from bot.domain.errors import OperatorError
from bot.evaluate import folders, report
from bot.evaluate.cases import Part, choose
from bot.evaluate.compare import Comparison, compare, pairs_of
from bot.evaluate.execution import carry_out
from bot.evaluate.progress_display import ProgressDisplay, table
from bot.evaluate.record import EvaluationArm, RunRecord, as_json
from bot.evaluate.records import RecordFile
from bot.evaluate.run_conversation import play
from bot.evaluate.run_matrix import EvaluationRun, runs
from bot.evaluate.setup_digest import setup_digest
from bot.evaluate.summary import ArmSummary, requirements, summaries, unmet
from bot.evaluate.teams import copied, gather
from bot.evaluate.transcript import file_name, transcript
from bot.files import private
from bot.settings import Settings

EVALS = Path(__file__).parents[2] / "evals"
"""The tasks that come with Roundtable."""

_OTHER: Mapping[Part, str] = {"shown": "Held out", "held out": "Not held out"}


@dataclass(frozen=True, slots=True)
class EvaluateOptions:
    """What to evaluate: which tasks, with which teams and models, so often, so many at a time, kept where."""

    places: Sequence[str] = ()
    teams: Sequence[str] = ()
    models: Sequence[str] = ()
    repeat: int = 1
    parallel: int | None = None
    out: Path | None = None
    compare: tuple[str, str] | None = None
    require: Sequence[str] = ()
    part: Part = "shown"


async def evaluate(settings: Settings, order: EvaluateOptions, console: Console, *, as_json: bool) -> int:
    """Run what is not recorded yet, report all of it, and return 1 when a requirement is not met, else 0."""
    required = requirements(order.require)
    chosen = choose(order.places, EVALS, order.part)
    models = [temporary_engine.checked(model) for model in order.models] or [str(choose_model(settings))]
    teams = gather(order.teams or [settings.roundtable_team], TEAMS, TEAMS.parent.glob("*.md"))
    pairs = pairs_of([EvaluationArm(team.given, model) for team, model in product(teams, models)], order.compare)
    planned = runs(chosen.cases, teams, models, order.repeat, setup_digest(settings, TEAMS.parent))
    if not planned:
        raise OperatorError("None of these tasks is for any of these teams.")
    out = order.out or _new_folder(settings)
    print_line = partial(print, flush=True) if as_json else _nothing
    with temporary_engine.held(out):
        work = folders.own(out / "work")
        folders.own(out / report.WRONG)
        room = temporary_engine.TemporaryEngine(settings, work, copied(teams, work), planned, order.parallel)
        records = RecordFile(out / "runs.jsonl")
        if chosen.other:
            console.print(f"{_OTHER[order.part]} and not run: {chosen.other} of the tasks that are meant.")
        await _carry_out(planned, records, room, console, print_line)
        found = [_as_named(records.found[run.key], run) for run in planned]
        folders.remove(work)
    summed = summaries(found)
    compared = [comparison for pair in pairs if (comparison := compare(found, *pair))]
    values = report.values(summed, compared)
    _write(out, report.markdown(found, summed, compared), values, report.shown_wrong(found))
    print_line(json.dumps({"report": values}))
    _show(summed, compared, console)
    console.print(f"The report is {out / 'report.md'}; {out / 'runs.jsonl'} has every run.", soft_wrap=True)
    lacking = unmet(summed, required)
    for sentence in lacking:
        console.print(f"Not met: {sentence}.", style="red", markup=False, soft_wrap=True)
    return 1 if lacking else 0


def _new_folder(settings: Settings) -> Path:
    """A folder in the work directory, which stays its owner's alone."""
    for folder in (settings.roundtable_work_dir, evaluations := settings.roundtable_work_dir / "evaluations"):
        private.make_folder(folder)
    return evaluations / f"{datetime.now():%Y-%m-%dT%H-%M-%S}"


async def _carry_out(
    planned: Sequence[EvaluationRun],
    records: RecordFile,
    room: temporary_engine.TemporaryEngine,
    console: Console,
    print_line: Callable[[str], None],
) -> None:
    """Play what is not recorded yet, a model after the other."""
    todo = [run for run in planned if run.key not in records.found]
    there = [records.found[run.key] for run in planned if run.key in records.found]
    _announce(todo, there, console)
    with ProgressDisplay(console, len(planned), there) as board:

        def done(run: EvaluationRun, record: RunRecord) -> None:
            board.done(run, record)
            print_line(json.dumps({"run": _without_posts(record)}))

        for model in dict.fromkeys(run.model for run in todo):
            settings = temporary_engine.settings_for(room, model)
            async with temporary_engine.sessions(settings, room.teams) as sessions:
                await carry_out(
                    [run for run in todo if run.model == model],
                    partial(play, sessions=sessions, patience=temporary_engine.patience(settings)),
                    records,
                    at_once=settings.roundtable_sessions_at_once,
                    begun=board.begun,
                    done=done,
                )


def _announce(todo: Sequence[EvaluationRun], there: Sequence[RunRecord], console: Console) -> None:
    kept = f", {len(there)} more are recorded already" if there else ""
    tokens = sum(run.case.task.budget.tokens for run in todo)
    console.print(f"{len(todo)} runs{kept}. They may use up to {tokens:,} tokens.", soft_wrap=True)


def _write(out: Path, text: str, values: Mapping[str, Any], wrong: Sequence[RunRecord]) -> None:
    (out / "report.md").write_text(text, encoding="utf-8")
    (out / "report.json").write_text(json.dumps(values) + "\n", encoding="utf-8")
    folder = folders.empty(out / report.WRONG)
    for record in wrong:
        (folder / file_name(record)).write_text(transcript(record), encoding="utf-8")


def _show(summed: Sequence[ArmSummary], compared: Sequence[Comparison], console: Console) -> None:
    console.print(table(summed))
    for comparison in compared:
        console.print(comparison.said, markup=False, soft_wrap=True)


def _as_named(record: RunRecord, run: EvaluationRun) -> RunRecord:
    """A record under the names that its team and task have now."""
    task = run.case.task
    return replace(record, team=run.team.given, task=task.name, hold_out=task.hold_out)


def _without_posts(record: RunRecord) -> dict[str, Any]:
    return {name: value for name, value in as_json.dump_python(record, mode="json").items() if name != "entries"}


def _nothing(_line: str) -> None:
    return None
