"""The sentences that the demo knows, each with the program that answers it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PROGRAMS = Path(__file__).parent / "programs"
SALES_COLUMNS = (
    ("week", "date"),
    ("region", "text"),
    ("product", "text"),
    ("units", "whole number"),
    ("revenue", "number"),
)
"""What marks the bundled `examples/sales.csv`, however it is called where it is attached."""


@dataclass(frozen=True, slots=True)
class Task:
    """What the demo does for any of the `sentences`; `does` says it, as in “I …”.

    `mistake` is a change that lets the first try fail, and `repair` what is said when it has. A `question` has
    `choices`, of which one replaces the first in the program.
    """

    sentences: tuple[str, ...]
    program: str
    does: str
    mistake: tuple[str, str] = ("", "")
    repair: str = ""
    question: str = ""
    choices: tuple[str, ...] = ()

    def code(self, call: str, choice: str = "", *, wrong: bool = False) -> str:
        """The program; `call` reads the file, `choice` answers the question, `wrong` has the mistake in it."""
        text = _source(self.program)
        if call:
            text = text.replace('pd.read_csv("sales.csv", parse_dates=["week"])', call)
        if choice:
            text = text.replace(self.choices[0], choice)
        return text.replace(*self.mistake) if wrong else text


@dataclass(frozen=True, slots=True)
class Example:
    """A bundled data set and what can be asked about it; its `file` must be attached, if it has one."""

    title: str
    sign: str
    file: str
    tasks: tuple[Task, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """One sentence for each task."""
        return tuple(task.sentences[0] for task in self.tasks)


SALES = Example(
    "A year of sales",
    "bars",
    "sales.csv",
    (
        Task(
            ("Plot the sales by region", "Plot the revenue by region"),
            "regions",
            "draw the revenue of each region",
        ),
        Task(
            ("Show the revenue per month", "Plot the revenue per month"),
            "months",
            "draw the revenue of each month",
        ),
        Task(("Which product sells best?",), "products", "draw units and revenue of each product"),
        Task(("What drives the sales?",), "drivers", "measure what goes with the differences in revenue"),
        Task(
            ("Show one region of the sales",),
            "one_region",
            "draw the monthly revenue of one region by product",
            question="Which region: North, South, East or West?",
            choices=("North", "South", "East", "West"),
        ),
    ),
)
GOOGLE = Example(
    "Google's share price",
    "line",
    "",
    (
        Task(("Plot the Google share price",), "google", "draw Google's share price in matplotlib's sample data"),
        Task(
            ("Show me how you repair an error",),
            "google",
            "draw Google's share price, with a mistake in the first try: it asks for a column “Close”",
            mistake=('"close"', '"Close"'),
            repair="The names in this table are in lower case: I ask for “close” and send it all again.",
        ),
    ),
)
IRIS = Example(
    "Tell irises apart",
    "dots",
    "",
    (
        Task(
            ("Classify the iris flowers and show what the model looks at",),
            "iris_model",
            "train and test a random forest on scikit-learn's iris flowers",
        ),
        Task(("Plot the petals of the iris flowers",), "iris_petals", "draw scikit-learn's iris flowers"),
    ),
)
EXAMPLES = (SALES, GOOGLE, IRIS)
PROFILE = ("Profile this file", "Profile the attached file", "Profile the file")


def known(words: str) -> tuple[Example, Task] | None:
    """The task of a sentence that is known word for word; capitals and punctuation do not matter."""
    return _by_sentence().get(_normal(words))


def chosen(task: Task, words: str) -> str:
    """Which of the choices the words are; "" for none."""
    return next((choice for choice in task.choices if _normal(choice) == _normal(words)), "")


def asks_for_profile(words: str) -> bool:
    """Whether somebody asks to profile a file, and for nothing else; a file without a word says that too."""
    return _normal(words) in {"", *map(_normal, PROFILE)}


def profile_code(call: str, stem: str) -> str:
    """The program that profiles the table which `call` reads; its charts have names that begin with `stem`."""
    return _source("profile").replace('pd.read_csv("FILE")', call).replace("PROFILE", stem)


@cache
def _by_sentence() -> Mapping[str, tuple[Example, Task]]:
    return {
        _normal(sentence): (example, task)
        for example in EXAMPLES
        for task in example.tasks
        for sentence in task.sentences
    }


def _normal(words: str) -> str:
    return " ".join(re.findall(r"\w+", words.casefold()))


@cache
def _source(program: str) -> str:
    return (PROGRAMS / f"{program}.py").read_text(encoding="utf-8")
