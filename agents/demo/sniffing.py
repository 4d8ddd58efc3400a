"""From a first look to a way of reading: separators, decimal marks, where the header stands, what is a date."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from agents.demo import dates
from agents.demo.peeks import CUT, JsonPeek, SheetPeek, TextPeek
from agents.demo.sources import Source
from agents.demo.tables import Table
from agents.demo.writing import Code

_SEPARATORS = ";\t|,"
_DECIMAL = re.compile(r"-?(?:0([.,])\d+|(?:\d+|\d{1,3}(?:[.,' ]\d{3})+)([.,])(?!\d{3}$)\d+)")
_TOTAL = re.compile(r"(grand )?total|sum|summe|gesamt\w*", re.IGNORECASE)

Rows = list[tuple[int, list[str]]]
"""Rows that are not blank, each with the number of the line it ends on."""


def text_source(peek: TextPeek) -> Source | None:
    """How to read a text table, or None when the file holds nothing."""
    lines = [(number, line) for number, line in peek.lines if line.strip()]
    if not lines:
        return None
    separator = _separator(lines)
    rows = _rows(lines, separator)
    width = _width(rows)
    top = _top([row for _, row in rows])
    header, body = rows[top][1], [row for _, row in rows[top + 1 :] if len(row) == width]
    options: dict[str, object] = {"sep": separator} if separator != "," else {}
    options |= {"encoding": peek.encoding} if peek.encoding != "utf-8-sig" else {}
    if top:
        options["skiprows"] = rows[top - 1][0]
    if _headless(header, body):
        header, body = [f"column {number}" for number in range(1, width + 1)], [header, *body]
        cut = any(line.endswith(CUT) for _, line in lines)
        options |= {"header": None} if cut else {"header": None, "names": header}
    elif len(header) > 1 and all(name.startswith(" ") for name in header[1:]):
        options["skipinitialspace"] = True
        header = [name.strip() for name in header]
    columns = dict(zip(_mangled(header), zip(*body, strict=True), strict=False))
    return _with_columns(Source(peek.path, peek.path, "text", options, width=width), columns, separator)


def _with_columns(source: Source, columns: Mapping[str, Sequence[str]], separator: str) -> Source:
    decimal = _decimal((cell for cells in columns.values() for cell in cells), separator)
    options = dict(source.options)
    if decimal == ",":
        options["decimal"] = decimal
    codes = {name for name, cells in columns.items() if any(re.fullmatch(r"0\d+", cell.strip()) for cell in cells)}
    if codes:  # a leading zero would be lost
        options["dtype"] = {name: Code("str") for name in columns if name in codes}
    open_columns = {name: cells for name, cells in columns.items() if name not in codes}
    total = any(cells and _TOTAL.fullmatch(cells[-1].strip()) for cells in columns.values())
    return mended(replace(source, options=options, decimal=decimal, total=total), open_columns)


def mended(source: Source, columns: Mapping[str, Sequence[str]], as_text: bool = False) -> Source:
    """The source with the conversions that these values of its columns call for.

    `as_text`: the columns are known to hold text even where it looks like plain numbers.
    """
    found, numbers = dict(source.dates), list(source.numbers)
    for name, cells in columns.items():
        values = [cell.strip() for cell in cells if cell.strip()]
        if style := dates.date_format(values, day_first=source.decimal == ","):
            found[name] = ("Z" if dates.has_zone(values) else "") + style
        elif name not in numbers and _needs_mending(values, source.decimal, as_text):
            numbers.append(name)
    return replace(source, dates=found, numbers=tuple(numbers))


def other_dates(source: Source, table: Table) -> Source:
    """The source with day and month exchanged where the profile shows that most dates could not be read."""
    found = dict(source.dates)
    for name, style in source.dates.items():
        column = table.column(name)
        if column and column.missing > 0.35 * table.rows and (other := _SWAPPED.get(style[:5])):
            found[name] = other + style[5:]
    return replace(source, dates=found)


_SWAPPED = {f"%d{mark}%m": f"%m{mark}%d" for mark in "./-"} | {f"%m{mark}%d": f"%d{mark}%m" for mark in "./-"}


def sheet_source(peek: SheetPeek) -> Source | None:
    """How to read a sheet, or None when it is empty."""
    rows = [(number, list(cells)) for number, cells in peek.rows if any(cells)]
    if not rows:
        return None
    top = _top([row for _, row in rows])
    options: dict[str, object] = {"sheet_name": peek.sheet}
    if rows[top][0] > 1:
        options["header"] = rows[top][0] - 1
    total = any(_TOTAL.fullmatch(cell.strip()) for cell in rows[-1][1]) and rows[-1][0] == peek.count
    return Source(f"{peek.path}, sheet {peek.sheet}", peek.path, "excel", options, total=total)


def json_source(peek: JsonPeek) -> Source | None:
    """How to make a table of a JSON file: its longest list of records, or what else it offers; None if nothing."""
    options: dict[str, object] = {"lines": peek.lines}
    records = [value for value in peek.outline if value.kind == "list" and value.of == "dict"]
    if records:
        options |= {"where": max(records, key=lambda value: value.size).where, "shape": "records"}
        return Source(peek.path, peek.path, "json", options)
    rows = [
        value for value in peek.outline if value.kind == "list" and value.of in ("list", "int", "float", "str")
    ]
    whole = next((value for value in peek.outline if value.where == ()), None)
    if whole is None or not whole.size or whole.kind not in ("list", "dict"):
        return None
    if whole.kind == "dict" and whole.of == "dict":
        options["shape"] = "index"
    elif rows:
        options["shape"] = "rows"
    else:
        options["shape"] = "records"
    return Source(peek.path, peek.path, "json", options)


def _separator(lines: Sequence[tuple[int, str]]) -> str:
    texts = [line for _, line in lines]
    if (
        len(texts) > 2
        and "," not in texts[0]
        and all(re.fullmatch(r"\s*-?\d+,\d+\s*", text) for text in texts[1:])
    ):
        return ";"  # one column of decimal commas
    regular = {separator: _regular(_rows(lines, separator)) for separator in _SEPARATORS}
    best = max(regular, key=lambda separator: regular[separator])
    if regular[best]:
        return best
    widths = Counter(len(text.split()) for text in texts)
    width, count = widths.most_common(1)[0]
    aligned = width > 1 and count > 2 and count >= 0.8 * len(texts) and not any('"' in text for text in texts)
    numbers = sum(dates.is_number(cell) for text in texts[1:] for cell in text.split())
    return r"\s+" if aligned and numbers >= 0.3 * width * count else ","


def _rows(lines: Sequence[tuple[int, str]], separator: str) -> Rows:
    """The cells of every line; where lines were cut, as many of all of them as are whole in each."""
    cut = {number for number, line in lines if line.endswith(CUT)}
    lines = [(number, _closed(line) if number in cut else line) for number, line in lines]
    if separator == r"\s+":
        rows = [(number, line.split()) for number, line in lines]
    else:
        reader = csv.reader((line.replace("\r", " ") + "\n" for _, line in lines), delimiter=separator)
        rows = [(lines[reader.line_num - 1][0], row) for row in reader if any(cell.strip() for cell in row)]
    whole = min((max(len(row) - 1, 1) for number, row in rows if number in cut), default=None)
    return [(number, row[:whole]) for number, row in rows]


def _closed(line: str) -> str:
    """A line that was cut, its last quote closed."""
    line = line.removesuffix(CUT)
    return line + '"' * (line.count('"') % 2)


def _width(rows: Rows) -> int:
    return Counter(len(row) for _, row in rows).most_common(1)[0][0]


def _regular(rows: Rows) -> int:
    width = _width(rows)
    count = sum(len(row) == width for _, row in rows)
    return count if width > 1 and count >= 0.5 * len(rows) else 0


def _top(rows: Sequence[Sequence[str]]) -> int:
    """The first row that is as full as rows usually are: the header. Titles above a table are not."""
    width = Counter(map(len, rows)).most_common(1)[0][0]
    full = [i for i, row in enumerate(rows) if sum(bool(cell.strip()) for cell in row[1:]) >= 0.7 * (width - 1)]
    return full[0] if full else 0


def _headless(header: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Whether the first row is data: it comes again, or half of its cells are of the sort of those below."""
    alike = len(header) if list(header) in map(list, body) else 0
    for position, cell in enumerate(header):
        below = [row[position] for row in body if len(row) > position and row[position].strip()]
        year = re.fullmatch(r"(19|20)\d\d", cell.strip())
        alike += bool(_sort(cell) and not year and all(_sort(other) == _sort(cell) for other in below[:10]))
    return alike >= 0.5 * len(header)


def _sort(cell: str) -> str:
    return "date" if dates.date_format([cell]) else "number" if dates.is_number(cell) else ""


def _decimal(cells: Iterable[str], separator: str) -> str:
    marks = Counter(
        mark[mark.lastindex or 0] for cell in cells if (mark := _DECIMAL.fullmatch(cell.strip(" %€$£")))
    )
    return marks.most_common(1)[0][0] if marks else "," if separator == ";" else "."


def _needs_mending(values: Sequence[str], decimal: str, as_text: bool) -> bool:
    plain = re.compile(rf"[-+]?\d+({re.escape(decimal)}\d+)?([eE][-+]?\d+)?")
    numbers = [value for value in values if dates.is_number(value)]
    coded = any(re.match(r"0\d", value) for value in values)
    if coded or not values or len(numbers) < 0.9 * len(values):
        return False
    return as_text or not all(plain.fullmatch(value) for value in numbers)


def _mangled(names: Sequence[str]) -> list[str]:
    """The names pandas gives to columns without one, and to all but the first of the same name."""
    result: list[str] = []
    for position, name in enumerate(names):
        given, number = name or f"Unnamed: {position}", 0
        while (unique := f"{given}.{number}" if number else given) in result:
            number += 1
        result.append(unique)
    return result
