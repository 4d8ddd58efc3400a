"""The first rows of a table that code wrote."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from bot.adapters.web.view.templates import macros

ROWS = 20
COLUMNS = 30
CELL = 120
READ = 64_000

_T = macros("table.html")


@dataclass(frozen=True, slots=True)
class Cell:
    """One field, cut to a length that a page can show."""

    text: str
    number: bool


def preview(path: Path, name: str) -> Markup | None:
    """A CSV or TSV file's first rows; None when it does not read as a table. Blocking."""
    try:
        with path.open("rb") as file:
            data = file.read(READ + 1)
    except OSError:
        return None
    whole = len(data) <= READ
    rows = parse(data[:READ], whole)
    return render(rows, name, whole) if rows else None


def parse(data: bytes, whole: bool) -> list[list[str]]:
    """At most a header and ROWS + 1 rows; none for what is no text. A last row that was cut off is left out."""
    if not whole:
        data = data[: data.rfind(b"\n") + 1]
    if b"\0" in data:
        return []
    text = _decoded(data)
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)):
            if row:
                rows.append(row)
            if len(rows) == ROWS + 2:
                break
    except csv.Error:
        return []
    return rows


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _delimiter(text: str) -> str:
    """The separator that splits every one of the first lines into the most fields."""
    lines = [line for line in text[:8000].splitlines()[:6] if line.strip()]
    return max(",;\t|", key=lambda mark: min((line.count(mark) for line in lines), default=0))


def render(rows: list[list[str]], name: str, whole: bool) -> Markup:
    """The table; says so when there are more rows or columns."""
    width = max(len(row) for row in rows)
    columns = min(width, COLUMNS)
    body = rows[1 : ROWS + 1]
    numbers = {column for column in range(columns) if _numeric([row[column] for row in body if column < len(row)])}
    left_out = []
    if len(rows) > ROWS + 1 or not whole:
        left_out.append(f"the first {len(body)} rows")
    if width > columns:
        left_out.append(f"{columns} of {width} columns")
    html: Markup = _T.preview(
        name,
        head=_cells(rows[0], columns, numbers),
        body=[_cells(row, columns, numbers) for row in body],
        note=", ".join(left_out).capitalize(),
    )
    return html


def _cells(row: list[str], columns: int, numbers: set[int]) -> list[Cell]:
    padded = (row + [""] * columns)[:columns]
    return [Cell(_cut(text), index in numbers) for index, text in enumerate(padded)]


def _cut(text: str) -> str:
    return text if len(text) <= CELL else text[: CELL - 1] + "…"


def _numeric(cells: list[str]) -> bool:
    try:
        return bool([float(cell.replace(",", ".")) for cell in cells if cell.strip()])
    except ValueError:
        return False
