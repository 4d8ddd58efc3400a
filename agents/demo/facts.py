"""The key figures that a chart's program printed for people, read back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError

from agents.demo.printed import digits, texts


def _digits(value: object) -> object:
    return digits(value) if isinstance(value, str) else value


Count: TypeAlias = Annotated[int, BeforeValidator(_digits)]
Number: TypeAlias = Annotated[float, BeforeValidator(_digits)]
Pair: TypeAlias = tuple[str, Number]
"""A group or a time, and its value."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums (counts when `value` is empty) of groups, largest first.

    `named` were asked for, and stand at `places`; or the `least` were.
    """

    chart: Literal["totals"]
    value: str
    by: str
    groups: Count
    all: Number
    top: tuple[Pair, ...]
    bottom: tuple[Pair, ...]
    least: tuple[Pair, ...] = ()
    named: tuple[Pair, ...] = ()
    places: tuple[Count, ...] = ()


@dataclass(frozen=True, slots=True)
class Averages:
    """Means or the like of groups, highest first, beside that of all rows."""

    chart: Literal["averages"]
    value: str
    by: str
    how: str
    groups: Count
    overall: Number
    top: tuple[Pair, ...]
    bottom: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class OverTime:
    """A series: its first and last two points, its three highest and lowest; `of` names one of several."""

    chart: Literal["over_time"]
    value: str
    date: str
    how: str
    every: str
    points: Count
    start: tuple[Pair, ...]
    end: tuple[Pair, ...]
    top: tuple[Pair, ...]
    bottom: tuple[Pair, ...]
    of: str = ""


@dataclass(frozen=True, slots=True)
class Columns:
    """Bars in an order of their own."""

    chart: Literal["columns"]
    value: str
    by: str
    how: str
    groups: Count
    top: tuple[Pair, ...]
    bottom: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Grouped:
    """Values for pairs of groups."""

    chart: Literal["grouped"]
    value: str
    by: str
    split: str
    how: str
    top: tuple[tuple[str, str, Number], ...]
    bottom: tuple[tuple[str, str, Number], ...]


@dataclass(frozen=True, slots=True)
class Histogram:
    """How values are spread; `far` counts those beyond 1.5 times the middle half's width."""

    chart: Literal["histogram"]
    value: str
    rows: Count
    mean: Number
    sum: Number
    quarters: tuple[Number, Number, Number]
    low: Number
    high: Number
    far: Count


@dataclass(frozen=True, slots=True)
class Boxes:
    """Medians of groups, and the widest middle half."""

    chart: Literal["boxes"]
    value: str
    by: str
    groups: Count
    top: tuple[Pair, ...]
    bottom: tuple[Pair, ...]
    widest: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Scatter:
    """Two values against each other."""

    chart: Literal["scatter"]
    x: str
    y: str
    rows: Count
    r: Number
    slope: Number


@dataclass(frozen=True, slots=True)
class Heat:
    """The strongest correlations."""

    chart: Literal["heat"]
    columns: Count
    top: tuple[tuple[str, str, Number], ...]


@dataclass(frozen=True, slots=True)
class Drivers:
    """What goes along with a value, the strongest first; `high` and `low` are its means where that are groups.

    `share`: the value is how often something is so, from 0 to 1.
    """

    chart: Literal["drivers"]
    target: str
    rows: Count
    share: bool
    top: tuple[tuple[str, Literal["number", "groups"], Number], ...]
    high: tuple[Pair, ...] = ()
    low: tuple[Pair, ...] = ()


@dataclass(frozen=True, slots=True)
class Years:
    """A value in years, over those `months` of all `of` that each of them has."""

    chart: Literal["years"]
    value: str
    how: str
    months: Count
    of: Count
    top: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Single:
    """One number of all rows."""

    chart: Literal["single"]
    value: str
    how: str
    rows: Count
    result: Number


@dataclass(frozen=True, slots=True)
class Words:
    """The commonest words of a text."""

    chart: Literal["words"]
    column: str
    words: Count
    top: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class TableFile:
    """A table that was written to a file."""

    chart: Literal["table"]
    value: str
    by: str
    how: str
    groups: Count
    file: str
    top: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A task over sample data or mathematics, whose program says itself what there is to say."""

    chart: Literal["in_words"]
    headline: str
    points: tuple[str, ...] = ()


Fact: TypeAlias = (
    Totals
    | Averages
    | OverTime
    | Columns
    | Grouped
    | Histogram
    | Boxes
    | Scatter
    | Heat
    | Drivers
    | Years
    | Single
    | Words
    | TableFile
    | Told
)
_ADAPTER: TypeAdapter[Fact] = TypeAdapter(Annotated[Fact, Field(discriminator="chart")])
_RESULT = re.compile(r"^Result: ([a-z ]+)\n((?:  .*\n?)*)", re.MULTILINE)


def read(report: str) -> list[Fact]:
    """The facts a report shows; what is none, or has nothing to tell, is passed over."""
    facts: list[Fact] = []
    for chart, body in _RESULT.findall(report):
        try:
            facts.append(_ADAPTER.validate_python({"chart": chart.replace(" ", "_"), **_fields(body)}))
        except ValidationError:
            continue
    return [fact for fact in facts if _tells(fact)]


def _fields(body: str) -> dict[str, object]:
    """What stands behind every name, and in the lists below."""
    fields: dict[str, object] = {}
    items: list[object] = []
    for line in body.split("\n"):
        if line.startswith("    "):
            cells = texts(line)
            items.append(cells if len(cells) > 1 else "".join(cells))
        elif named := re.fullmatch(r"  (\w+):(?: (.+))?", line):
            items = []
            fields[named[1]] = "".join(texts(named[2])) if named[2] else items
    return fields


def _tells(fact: Fact) -> bool:
    """Whether a fact has the values that its sentences need."""
    match fact:
        case OverTime(points=points, start=start, end=end, top=top, bottom=bottom):
            return bool(top and bottom and start and end) and (points < 2 or len(start) == len(end) == 2)
        case Totals(top=top, bottom=bottom) | Averages(top=top, bottom=bottom) | Columns(top=top, bottom=bottom):
            return bool(top and bottom)
        case Boxes(top=top, bottom=bottom, widest=widest):
            return bool(top and bottom and widest)
        case Grouped(top=pairs, bottom=bottom):
            return bool(pairs and bottom)
        case Heat(top=strongest):
            return bool(strongest)
        case Words(top=top) | TableFile(top=top) | Drivers(top=top):
            return bool(top)
        case Years(top=years):
            return len(years) > 1
        case Told(headline=headline):
            return bool(headline.strip())
    return True
