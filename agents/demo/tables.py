"""What a profile printed, read back: a table's columns and what they hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from pydantic import TypeAdapter, ValidationError


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `low`, `high` and `mean` of numbers, `first` and `last` of dates, `top` counts texts."""

    name: str
    kind: Literal["number", "date", "text", "empty"]
    missing: int
    distinct: int
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


def read(report: str) -> list[Table]:
    """The profiles a report shows; a line that is none, or cannot be true, is passed over."""
    tables = []
    for line in re.findall(r"^PROFILE (\{.*\})$", report, re.MULTILINE):
        try:
            table = _ADAPTER.validate_json(line)
        except ValidationError:
            continue
        if all(0 <= column.missing <= table.rows and column.distinct >= 0 for column in table.columns):
            tables.append(table)
    return tables
