"""What the analyst does next, whatever the task."""

from __future__ import annotations

from agents.demo import charts, computations, facts, findings, outcomes, samples, tabular, wordings
from agents.demo.charts import Chart
from agents.demo.fences import Block
from agents.demo.scenes import Run, Scene
from agents.demo.sources import load
from agents.demo.steps import Ask, Conclude, Move, Write, mended
from agents.demo.tasks import Computed, Declined, Farewell, Mishap, OwnCode, Puzzle, Tabular
from agents.demo.writing import fill

MOST_RUNS = 6
"""Programs for one task; one that needs more is not understood."""


def next_move(scene: Scene) -> Move:
    """The move that the scene calls for."""
    last = scene.last
    if last and last.report and outcomes.killed(last.report):
        return _after_kill(scene, last)
    match scene.task:
        case OwnCode(blocks):
            move = _to_the_end(scene, Write("I run your code as it is.", blocks))
        case Tabular() as task:
            move = tabular.next_step(scene, task)
        case Computed(name, text, wish):
            code = charts.block("", [computations.chart(name, text, wish)], wish)
            move = _to_the_end(scene, Write(computations.intent(name), (Block("python", code),)))
        case Mishap():
            move = _to_the_end(scene, _first_try(scene.task))
        case Farewell():
            move = Conclude(wordings.FAREWELL)
        case Declined(text):
            move = Conclude(text)
        case Puzzle() | None as task:
            move = Ask(*wordings.puzzle(task))
    if isinstance(move, Write) and len(scene.runs) >= MOST_RUNS:
        return Conclude(f"After {len(scene.runs)} programs I am no further and stop here.")
    return move


def _after_kill(scene: Scene, run: Run) -> Move:
    """What was interrupted is sent again, once; what went beyond a limit is not."""
    assert run.report
    why = outcomes.killed(run.report)
    if why in ("interrupted", "lost") and len(scene.runs) < 3:
        return Write("I run it again.", run.blocks, outcomes.failed(run.report))
    return Conclude(outcomes.failed(run.report))


def _to_the_end(scene: Scene, start: Write) -> Move:
    """One program, mended where it fails, then its outcome."""
    last = scene.last
    if last is None or last.report is None:
        return start
    if not last.report.ok:
        return mended(scene, last)
    told = findings.finding(facts.read(last.report.text), None)
    if not told:
        return Conclude(outcomes.succeeded(last.report, last.blocks[-1].code))
    return Conclude("\n\n".join(filter(None, [told, outcomes.files(last.report, last.blocks[-1].code)])))


def _first_try(task: Mishap) -> Write:
    google = samples.named("google")
    opening = f"{load(samples.source(google))}\n{fill('first_try', {})}"
    chart: Chart = samples.special(google, task.wish)[0]
    code = charts.block(opening, [chart], task.wish)
    intent = (
        "I draw Google's share price and, since you want to see an error, take its dates to be written as "
        "day/month/year without looking first. If that is wrong, I read the traceback and change the code."
    )
    return Write(intent, (Block("python", code),))
