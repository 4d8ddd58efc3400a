"""The same analyst in several voices: product manager, coder and reviewer of the crew."""

from __future__ import annotations

from agents.demo import outcomes
from agents.demo.scenes import Scene
from agents.demo.steps import Conclude, Move, Write
from agents.demo.tasks import Computed, Mishap, OwnCode, Tabular
from agents.demo.texts import plural, said, verbatim

TO_CODER = "**coder**, please go ahead."


def product_manager(move: Move, scene: Scene) -> str | None:
    """The task restated as points to check, or None when there is nothing to hand over."""
    if not isinstance(move, Write):
        return None
    points = "\n".join(f"- {point}" for point in _points(scene))
    return f"{_restated(scene)} It is done when:\n\n{points}\n\n{TO_CODER}"


def coder(move: Move, scene: Scene) -> str | None:
    """What the coder says when there is nothing to write."""
    if not isinstance(move, Conclude):
        return None
    went = "has run" if (last := scene.last) and last.report and last.report.ok else "came to no result"
    return f"The program {went}; **reviewer**, please check."


def reviewer(move: Move, scene: Scene) -> str | None:
    """What the reviewer says of the last program, or None when there is none to speak of."""
    report = scene.last.report if scene.last else None
    match move:
        case Write() if report is None:
            return f"Nothing has been run for this yet. {TO_CODER}"
        case Write() if report and not report.ok:
            return f"Not accepted. {outcomes.failed(report)} **coder**, please mend it."
        case Write(learnt=learnt):
            return " ".join(filter(None, ["Checked: the program ended well.", learnt, _ON]))
        case Conclude(text) if report and report.ok:
            made = f" and made {plural(len(report.files), 'file')}" if report.files else ""
            return (
                f"Accepted: the program ended well{made}; the numbers are those it printed.\n\n{text}\n\nTERMINATE"
            )
    return None


_ON = "**coder**, please take the next step."


def _restated(scene: Scene) -> str:
    match scene.task:
        case Tabular(files=files) if files and all(
            path in {s.path for s in scene.sources.values()} for path in files
        ):
            return f"The work on {', '.join(verbatim(path) for path in files)} goes on with a new wish."
        case Tabular(files=files) if files:
            return f"The task is to find out what {', '.join(verbatim(path) for path in files)} has to say."
        case Tabular(sample=sample):
            return f"The task is to look into the sample data “{said(sample)}”."
        case Computed(name=name):
            return f"The task is a computation: {said(name)}."
        case OwnCode(blocks):
            return f"The task is to run {len(blocks)} block(s) of code as given."
        case _:
            return "The task is to draw the Google share price and to mend what fails on the way."


def _points(scene: Scene) -> list[str]:
    match scene.task:
        case Tabular(wish=wish):
            asked = next((said(text, 120) for text in reversed(wish.texts) if text.strip()), "")
            return [
                "every column has been looked at: type, gaps, range;",
                f"the charts answer what was asked (“{asked}”);"
                if asked
                else "the charts give a fair first overview;",
                "titles, units and axis labels can be read without the code;",
                "the finding quotes only numbers that the program printed.",
            ]
        case OwnCode():
            return ["the code has run unchanged;", "its outcome is told, errors included."]
        case Mishap():
            return ["the error is shown as it happened;", "the changed program runs and draws the chart."]
        case _:
            return ["the picture has a title and labels;", "the numbers quoted come from the program."]
