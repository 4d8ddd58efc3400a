"""What a profile printed for people, read back: a table's columns and what they hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from agents.demo.printed import QUOTED, digits, unquoted


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `low`, `high` and `mean` of numbers, `first` and `last` of dates, `top` counts texts.

    `alike`: so many of its `distinct` texts differ from another only in case or in spaces around them.
    """

    name: str
    kind: Literal["number", "date", "text", "empty"]
    missing: int
    distinct: int
    alike: int = 0
    low: float = 0
    high: float = 0
    mean: float = 0
    first: str = ""
    last: str = ""
    top: Mapping[str, int] = field(default_factory=dict)

    @property
    def years(self) -> tuple[int, int] | None:
        """The first and the last year of a column of dates."""
        found = [re.match(r"\d{4}", text) for text in (self.first, self.last)]
        return (int(found[0][0]), int(found[1][0])) if found[0] and found[1] else None

    @property
    def days(self) -> float:
        """How many days a column of dates spans."""
        try:
            return (datetime.fromisoformat(self.last) - datetime.fromisoformat(self.first)).total_seconds() / 86400
        except ValueError:
            return 0


@dataclass(frozen=True, slots=True)
class Table:
    """A profiled table; `table` is the key of its source. Of its `width` columns, `others` are only named."""

    table: str
    rows: int
    width: int
    columns: tuple[Column, ...]
    others: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """What its columns are called, those that are only named included."""
        return [*(column.name for column in self.columns), *self.others]

    def kind(self, kind: str) -> list[Column]:
        """Its columns of one kind, in order."""
        return [column for column in self.columns if column.kind == kind]

    def column(self, name: str) -> Column | None:
        """The column of that name."""
        return next((column for column in self.columns if column.name == name), None)


_ADAPTER = TypeAdapter(Table)


_TABLE = re.compile(r"^(.+): ([\d,]+) rows, ([\d,]+) columns\n((?:  .*(?:\n|\Z))*)", re.MULTILINE)
_COLUMN = re.compile(
    rf"  ({QUOTED}) +(number|date|text|empty) +([\d,]+) missing +([\d,]+) distinct"
    r"(?: \(([\d,]+) differ only in case or spaces\))?(?:  (.*))?"
)
_NUMBER = re.compile(r"(\S+) to (\S+), mean (\S+)")


def read(report: str) -> list[Table]:
    """The profiles a report shows; what is none, is not whole, or cannot be true, is passed over."""
    tables = []
    for title, rows, width, body in _TABLE.findall(report):
        lines = body.replace("\n      ", "  ").split("\n")  # values stand below their column
        columns = [found for line in lines if (found := _COLUMN.fullmatch(line))]
        others = next((line for line in lines if line.startswith("  also: ")), None)
        if others is None and len(columns) != int(digits(width)):
            continue
        shape = {"table": unquoted(title), "rows": digits(rows), "width": digits(width)}
        named = [unquoted(name) for name in re.findall(QUOTED, others or "")]
        try:
            table = _ADAPTER.validate_python(shape | {"columns": list(map(_column, columns)), "others": named})
        except ValidationError:
            continue
        if all(0 <= column.missing <= table.rows for column in table.columns):
            tables.append(table)
    return tables


def _column(found: re.Match[str]) -> dict[str, object]:
    name, kind, missing, distinct, alike, holds = found.groups(default="")
    column: dict[str, object] = {"name": unquoted(name), "kind": kind}
    column |= {"missing": digits(missing), "distinct": digits(distinct), "alike": digits(alike or "0")}
    if kind == "number" and (numbers := _NUMBER.fullmatch(holds)):
        return column | dict(zip(("low", "high", "mean"), map(digits, numbers.groups()), strict=True))
    if kind == "date":
        first, _, last = holds.partition(" to ")
        return column | {"first": first, "last": last}
    counted = re.findall(rf"({QUOTED}) ([\d,]+)x", holds)
    return column | {"top": {unquoted(text): digits(count) for text, count in counted}}
