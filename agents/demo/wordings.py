"""The demo analyst's standing sentences: who it is, what it can do, how it asks."""

from __future__ import annotations

from agents.demo.dates import ISO
from agents.demo.sources import LOCAL, Source
from agents.demo.tasks import EXAMPLES, Puzzle
from agents.demo.texts import listed, said, verbatim

WHO = "*Rule-based demo: I follow rules and am no language model; the code and its results are real.*"
FAREWELL = "You are welcome. Reply here with a change, a new task or a file whenever you like."
GUESSED = "I still cannot make out what you want, so here is something I do know."

_ABLE = (
    "I read CSV, Excel, Parquet and JSON files, look at what is in them and draw charts; I know the sample data "
    "of matplotlib and scikit-learn and a few tasks of mathematics; and I run a Python block that you write."
)
_KEY = "For anything else, set a model's key (see `.env.example`) and a team of language models takes over."


def puzzle(task: Puzzle | None) -> tuple[str, str]:
    """What to say when only a person can go on, and the question."""
    choices = task.choices if task else EXAMPLES
    numbered = "\n".join(f"{number}. {choice}" for number, choice in enumerate(choices, 1))
    why = task.why if task else "hello"
    match why:
        case "no data":
            text = f"There is no data here yet: attach a file and I look at it.\n\nOr choose:\n\n{numbered}"
            return text, "Which file or which number?"
        case "no file":
            about = said(task.about) if task else ""
            return (
                f"I see no file `{about}` here: please attach it.\n\nOr choose:\n\n{numbered}",
                "Which file or number?",
            )
        case "language":
            about = said(task.about) if task else ""
            return (
                f"I can run Python and shell blocks, not `{about}`.\n\nOr choose:\n\n{numbered}",
                "What shall I do?",
            )
        case "unknown":
            return f"I do not know how to do that. {_ABLE}\n\n{numbered}\n\n{_KEY}", "Which number, or which file?"
    return f"{_ABLE}\n\n{numbered}\n\n{_KEY}", "What shall I do? A number will do, or attach a file."


def reading(source: Source) -> str:
    """How a table is written, as a sentence; "" when there is nothing to remark."""
    options, marks = source.options, {";": "semicolons", "\t": "tabs", "|": "bars", r"\s+": "spaces"}
    parts = []
    if encoding := options.get("encoding"):
        parts.append(f"the encoding is {encoding}")
    if (separator := str(options.get("sep", ""))) in marks and source.width != 1:
        parts.append(f"{marks[separator]} separate the columns")
    if source.kind == "text" and source.decimal == "," and "decimal" in options:
        parts.append("decimals have a comma")
    if skipped := options.get("skiprows") or options.get("header"):
        parts.append(
            f"{skipped} lines stand above the header" if skipped != 1 else "a line stands above the header"
        )
    if "header" in options and source.kind == "text":
        parts.append("there is no header")
    parts += [f"{said(name)} holds dates {_written(style)}" for name, style in list(source.dates.items())[:3]]
    if source.numbers:
        what = "needs" if len(source.numbers) == 1 else "need"
        parts.append(f"{listed([said(name) for name in source.numbers[:3]])} {what} cleaning to become numbers")
    if "dtype" in options:
        parts.append("codes with leading zeros stay text")
    parts += [
        f"{said(name)} has {count:,} spellings that differ only in case or spaces, which I merge"
        for name, count in list(source.labels.items())[:3]
    ]
    if source.endless:
        parts.append("there are infinite numbers, which I take to be missing")
    if source.total:
        parts.append("the last row is a total and must not be counted")
    return f"In {verbatim(source.key)} {listed(parts)}." if parts else ""


def merged(name: str, spellings: int) -> str:
    """That labels which people wrote in several ways count as one, as a sentence."""
    return f"{spellings:,} spellings of {said(name)} merged: they differ only in case or in spaces around them."


def _written(style: str) -> str:
    if style == LOCAL:
        return "with an offset, which I drop"
    style = style.removeprefix("Z")
    words = {"%d": "day", "%m": "month", "%Y": "year", "%y": "year", "%b": "month", "%B": "month"}
    if style == ISO:
        return "(ISO)"
    shown = style.split(" %H")[0].split(" %I")[0]
    for code, word in words.items():
        shown = shown.replace(code, word)
    return f"as {shown}"
