"""The call of pandas that reads a file, by its profile. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from bot.domain.workspace_files import FileProfile, TableProfile

_SEPARATORS: Mapping[str, str] = {"comma": ",", "semicolon": ";", "tab": "\\t", "bar": "|"}
_DECIMAL_COMMA = re.compile(r"[-+]?(\d{1,3}(\.\d{3})+|\d+),\d+")
_GROUPED_BY_DOTS = re.compile(r"[-+]?\d{1,3}(\.\d{3})+(,\d+)?")
_GROUPED_BY_COMMAS = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?")
_DOTTED = re.compile(r"[-+]?\d+\.\d+")
_RAGGED = "some lines have more fields than the others and are not counted"
"""What a profile notes of a file that pandas would refuse."""
_DAY_FIRST = re.compile(r"\d{1,2}\.\d{1,2}\.\d{4}(\s.*)?")


def reading_call(card: FileProfile) -> str:
    """Such as `pd.read_csv("a.csv", sep=";")`; empty when the file is no table, or its profile has a problem."""
    if card.problem:
        return ""
    arguments = ", ".join([_quoted(card.path), *_arguments(card)])
    match card.kind:
        case "table with separators":
            return f"pd.read_csv({arguments})"
        case "Excel workbook" if card.tables:
            return f"pd.read_excel({arguments})"
        case "Parquet table":
            return f"pd.read_parquet({arguments})"
        case "JSON" if card.tables:
            return f"pd.read_json({arguments})"
        case "JSON, one value a line" if card.tables:
            return f"pd.read_json({arguments}, lines=True)"
        case _:
            return ""


def _arguments(card: FileProfile) -> Iterator[str]:
    table = card.tables[0] if card.tables else TableProfile("", 0)
    match card.kind:
        case "table with separators":
            if card.separator != "comma":
                yield f'sep="{_SEPARATORS.get(card.separator, card.separator)}"'
            yield from _numbers(card.separator, table)
            if dates := [name for place, name in _dates(table) if not _are_numbers(table, place)]:
                yield f"parse_dates=[{', '.join(map(_quoted, dates))}]"
                if _has(table, _DAY_FIRST):
                    yield "dayfirst=True"
            if table.columns and _is_nameless(table):
                yield f'names=[f"column {{n}}" for n in range(1, {len(table.columns) + table.more_columns + 1})]'
            if card.note == _RAGGED:
                yield 'on_bad_lines="skip"'
            if card.encoding not in ("", "utf-8"):
                yield f"encoding={_quoted(card.encoding)}"
        case "Excel workbook" if len(card.tables) + card.more_tables > 1:
            yield f"sheet_name={_quoted(table.name)}"
    if table.skipped and card.kind in ("table with separators", "Excel workbook"):
        yield f"skiprows={table.skipped}"


def _is_nameless(table: TableProfile) -> bool:
    """Whether the columns have the names that a profile gives to those without any."""
    return all(column.name == f"column {number}" for number, column in enumerate(table.columns, 1))


def _dates(table: TableProfile) -> Iterator[tuple[int, str]]:
    return ((place, column.name) for place, column in enumerate(table.columns) if column.type == "date")


def _are_numbers(table: TableProfile, place: int) -> bool:
    """Whether a column has numbers with a decimal comma, which pandas can read as dates."""
    cells = [row[place].strip() for row in table.first if place < len(row)]
    return any(cells) and all(_DECIMAL_COMMA.fullmatch(cell) for cell in cells if cell)


def _numbers(separator: str, table: TableProfile) -> Iterator[str]:
    """How numbers are written, where the cells leave no doubt: a comma that separates cells is no decimal mark."""
    if _has(table, _GROUPED_BY_COMMAS) and not _has(table, _DECIMAL_COMMA, but=_GROUPED_BY_COMMAS):
        yield 'thousands=","'
    elif separator != "comma" and _has(table, _DECIMAL_COMMA):
        yield 'decimal=","'
        if _has(table, _GROUPED_BY_DOTS) and not _has(table, _DOTTED, but=_GROUPED_BY_DOTS):
            yield 'thousands="."'


def _has(table: TableProfile, form: re.Pattern[str], but: re.Pattern[str] | None = None) -> bool:
    cells = (cell.strip() for row in table.first for cell in row)
    return any(form.fullmatch(cell) and not (but and but.fullmatch(cell)) for cell in cells)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # What JSON writes between quotes, Python reads as it stands.
