"""What is to be done: the closed union of tasks, and which of them a person's message sets."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from agents.demo import casting, choosing, computations, limits, samples, unmet, wishes
from agents.demo.fences import Block
from agents.demo.tables import Table
from agents.demo.transcript import Asked
from agents.demo.wishes import DRAW, Wish


@dataclass(frozen=True, slots=True)
class Tabular:
    """Charts of tables: of files in the workspace, or of a sample.

    `met` is the last wish before this one that could be met, to go back to from one that cannot. `pasted` is the
    text of a table that stood in the message, to be saved first; `guessed`: nobody asked for just this.
    """

    files: tuple[str, ...] = ()
    sample: str = ""
    wish: Wish = field(default_factory=Wish)
    met: Wish = field(default_factory=Wish)
    pasted: str = ""
    guessed: bool = False


@dataclass(frozen=True, slots=True)
class Computed:
    """A small computation; `text` holds the sentences that set its numbers, newest first."""

    name: str
    text: str
    wish: Wish = field(default_factory=Wish)


@dataclass(frozen=True, slots=True)
class OwnCode:
    """A person's own blocks, to be run as they are."""

    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Mishap:
    """Show how an error is repaired: the Google prices with their dates read wrongly at first."""

    wish: Wish = field(default_factory=Wish)


@dataclass(frozen=True, slots=True)
class Farewell:
    """A person said thanks."""


@dataclass(frozen=True, slots=True)
class Declined:
    """Something that cannot be done to the subject at hand; `text` says so."""

    text: str


@dataclass(frozen=True, slots=True)
class Puzzle:
    """Nothing to do until a person says more; `choices` are what a number in the answer stands for."""

    why: Literal["hello", "unknown", "no data", "no file", "language"]
    choices: tuple[str, ...]
    text: str = ""
    about: str = ""


Task: TypeAlias = Tabular | Computed | OwnCode | Mishap | Farewell | Declined | Puzzle
Subject: TypeAlias = Tabular | Computed | Mishap
"""A task that a later message can change."""

EXAMPLES = (
    "Plot the Google share price in matplotlib's sample data",
    "Classify the iris flowers and show what the model looks at",
    "Plot sin(x) and cos(x) from 0 to 2 pi",
    "Show me how you repair an error",
)
VIEWS = ("Show it over time", "Compare the groups as bars", "Show the distribution", "Show the correlations")

_THANKS = re.compile(
    r"\W*(?:(?:many |ok |okay |great |perfect |cool |super )*(?:thanks|thank you|thx|ty|cheers|danke|vielen dank)|"
    r"great|perfect|awesome|nice|wonderful|cool|super|well done|good job|bye|no|nothing|that'?s (?:all|it))"
    r"(?:[\s,!.:)]+(?:anyway|for (?:the|your|all) \w+|for that|a lot|so much|very much|all|everyone|"
    r"that was (?:great|all)|bye|thanks|thank you|job|work|schön))*\W*",
    re.IGNORECASE,
)
_ONWARD = re.compile(
    r"\W*(?:please )?(?:go on|go ahead|continue|carry on|proceed|ok|okay|yes|weiter|do it|go)\W*(?:please)?\W*",
    re.I,
)
_ANY = re.compile(
    r"\W*(?:yes|ok|okay|sure|any|whatever|you choose|surprise me|anything|both|all|go|ja|egal)\W*(?:please)?\W*",
    re.I,
)
_HELP = re.compile(
    r"\W*(?:hi|hello|hey|hallo|help|hilfe|moin)\b.{0,20}|"
    r".*\b(?:what can you do|who are you|how do(?:es)? (?:you|this|it) work|what are you|are you (?:a|an|real)|"
    r"was kannst du|wer bist du)\b.*",
    re.IGNORECASE | re.DOTALL,
)
_MISHAP = re.compile(
    r"\b(?:show|demo\w*|see|watch|how)\b.{0,60}\b(?:repair|fix|correct|mend|recover|self-correct|handle)\w*.{0,40}"
    r"\b(?:errors?|mistakes?|bugs?|failures?|itself|yourself)\b|\b(?:repair|error) (?:loop|demo)\b|\bself-correct",
    re.IGNORECASE,
)
_FILE = re.compile(r"\b[\w.-]+\.(?:csv|tsv|txt|xlsx?|parquet|json[l]?|ndjson)\b", re.IGNORECASE)
PASTED = "pasted.csv"
"""Where a table from a message is saved."""
_LONGEST = 5000
"""Characters of a message that are looked at for words."""
_RUNS = frozenset({"python", "py", "python3", "sh", "bash", "shell"})


def runnable(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """The blocks the sandbox can run; one without a language counts when it is Python."""
    written = [block for block in blocks if block.code.strip()]
    return tuple(b for b in written if b.language in _RUNS or (not b.language and _is_python(b.code)))


def hear(
    asked: Asked, task: Task | None, subject: Subject | None, files: Sequence[str], tables: Sequence[Table]
) -> Task | None:
    """The task after a message, or None when it changes nothing.

    `subject` is the last task with something to show, `files` are those attached so far, `tables` what is
    known of the subject's data.
    """
    asked = _chosen(replace(asked, text=asked.text[:_LONGEST]), task)
    if own := runnable(asked.blocks):
        return OwnCode(own)
    if asked.files:
        return Tabular(asked.files, wish=_wish(asked.text, asked.files, task))
    if pasted := next((block.code for block in asked.blocks if _is_table(block)), ""):
        return Tabular((PASTED,), wish=_wish(asked.text, (), task), pasted=pasted)
    if task and _ONWARD.fullmatch(asked.text):
        return None
    if task and _THANKS.fullmatch(asked.text):
        return Farewell()
    new = _set(asked, files) if not _stays(asked.text, subject, tables) else None
    return new or _changed(asked.text, subject, tables) or _puzzle(asked, task, subject)


def _chosen(asked: Asked, task: Task | None) -> Asked:
    """The message, or the choice that it stands for when it answers a question with a number."""
    if not isinstance(task, Puzzle) or asked.blocks or asked.files:
        return asked
    number = re.fullmatch(r"\D{0,20}([1-9])\D{0,20}", asked.text)
    if number and int(number[1]) <= len(task.choices):
        return replace(asked, text=task.choices[int(number[1]) - 1])
    return replace(asked, text=task.choices[0]) if _ANY.fullmatch(asked.text) and task.choices else asked


def _set(asked: Asked, files: Sequence[str]) -> Task | None:
    """The new task a message sets by naming what it is about."""
    text = asked.text
    if _MISHAP.search(text):
        return Mishap()
    named = tuple(name for name in files if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE))
    if named:
        return Tabular(named, wish=_wish(text, named, None))
    if missing := _FILE.search(text):
        return Puzzle("no file", EXAMPLES, text, missing[0])
    if found := computations.find(text):
        return Computed(found.name, text, wishes.parse(text))
    if sample := samples.find(text):
        return Tabular(sample=sample.name, wish=wishes.parse(text))
    return None


def _stays(text: str, subject: Subject | None, tables: Sequence[Table]) -> bool:
    """Whether a message that may sound like a new task speaks of the columns at hand."""
    if not isinstance(subject, Tabular) or _MISHAP.search(text):
        return False
    return (
        bool(subject.files) and not _FILE.search(text) and any(casting.speaks_of(table, text) for table in tables)
    )


def _changed(text: str, subject: Subject | None, tables: Sequence[Table]) -> Task | None:
    """The subject as a message changes it, or None when it says nothing about it."""
    wish = wishes.parse(text)
    match subject:
        case Tabular() if wish or limits.find(text) or any(_concerns(table, text) for table in tables):
            renewed = any(casting.complete(table, text) for table in tables)
            merge = wishes.renewed if renewed else wishes.merged
            met = choosing.met(tables, subject.wish, subject.met) if tables else subject.wish
            return replace(subject, wish=merge(met, wish), met=met, guessed=False)
        case Tabular() if DRAW.search(text):
            return replace(subject, wish=Wish(texts=(text,)), guessed=False)
        case Computed() if (limit := limits.find(text)) or not _computable(wish):
            sentence = f"{limit.sentence} " if limit else ""
            return Declined(f"{sentence}{_COMPUTED}")
        case Computed() if wish or re.search(r"\d", text):
            return Computed(subject.name, f"{text}\n{subject.text}", wishes.merged(subject.wish, wish))
        case Mishap() if wish:
            return Tabular(sample="google", wish=wish)
    return None


_COMPUTED = (
    "Of this computation I can change the numbers, the colour and the scale: "
    "for instance “from 0 to 20”, “in red” or “log scale”."
)


def _computable(wish: Wish) -> bool:
    """Whether a wish asks nothing of a computation that only charts of tables have."""
    plain = wish.chart in ("", "line", "histogram") and not wish.sort and not wish.share
    return plain and not wish.every and not wish.how and not wish.file


def _concerns(table: Table, text: str) -> bool:
    return casting.speaks_of(table, text) or unmet.asks(table, text)


def _puzzle(asked: Asked, task: Task | None, subject: Subject | None) -> Task:
    """A question to the person; the second time in a row an example instead, so that nobody is asked for ever."""
    if isinstance(task, Puzzle) and not _HELP.fullmatch(asked.text):
        if isinstance(subject, Tabular):
            return replace(subject, wish=Wish(texts=(asked.text,)), guessed=True)
        return Tabular(sample="google", guessed=True)
    if asked.blocks:
        return Puzzle("language", EXAMPLES, about=asked.blocks[0].language)
    if _HELP.fullmatch(asked.text) or not asked.text.strip():
        return Puzzle("hello", EXAMPLES)
    if isinstance(subject, Tabular):
        return Puzzle("unknown", VIEWS)
    wanting = bool(DRAW.search(asked.text) or wishes.parse(asked.text))
    return Puzzle("no data" if wanting else "unknown", EXAMPLES, asked.text)


def _wish(text: str, files: Sequence[str], task: Task | None) -> Wish:
    """The wish in a message, the names of its files left out: they are no columns."""
    for name in files:
        text = re.sub(re.escape(name), " ", text, flags=re.IGNORECASE)
    wish = wishes.parse(text)
    waited = isinstance(task, Puzzle) and task.why in ("no data", "no file")
    return wishes.merged(wishes.parse(task.text), wish) if isinstance(task, Puzzle) and waited else wish


def _is_table(block: Block) -> bool:
    """Whether a block in a message is a small table: as many separators in every line."""
    lines = [line for line in block.code.splitlines() if line.strip()][:200]
    if block.language not in ("", "csv", "tsv", "text", "txt") or len(lines) < 3 or len(block.code) > 50_000:
        return False
    return any(len({line.count(mark) for line in lines}) == 1 and mark in lines[0] for mark in ";\t|,")


def _is_python(code: str) -> bool:
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return any(not isinstance(node, ast.Expr) or isinstance(node.value, ast.Call) for node in tree.body)
