"""Tables: sheets, columns, types, what is missing, and the first rows."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from . import titles

if TYPE_CHECKING:
    import pandas as pd

Card = dict[str, Any]

SHEETS = 20
COLUMNS = 100
ROWS = 3
CELL = 60
SAMPLE = 500
MISSING = {"nan", "NaT", "None", "<NA>"}


def workbook(path: str) -> Card:
    """Every sheet of an Excel workbook."""
    import pandas as pd  # noqa: PLC0415  (preloaded where this runs)

    with pd.ExcelFile(path, engine="openpyxl") as book:
        names = [str(name) for name in book.sheet_names]
        return {
            "tables": [sheet(book, name) for name in names[:SHEETS]],
            "more_tables": max(0, len(names) - SHEETS),
        }


def sheet(book: pd.ExcelFile, name: str) -> Card:
    """One sheet, without the rows that stand above its header."""
    import pandas as pd  # noqa: PLC0415

    top = pd.read_excel(book, sheet_name=name, header=None, nrows=titles.MOST + 1)
    rows = top.itertuples(index=False, name=None)
    skipped = titles.above([[cell(value) for value in row] for row in rows])
    return table(name, pd.read_excel(book, sheet_name=name, skiprows=skipped), skipped)


def parquet(path: str) -> Card:
    """A Parquet file."""
    import pandas as pd  # noqa: PLC0415

    return several([("", pd.read_parquet(path))])


def arrow(path: str) -> Card:
    """An Arrow or Feather file."""
    import pandas as pd  # noqa: PLC0415

    return several([("", pd.read_feather(path))])


def sqlite(path: str) -> Card:
    """Every table of an SQLite database, which is opened read-only."""
    import pandas as pd  # noqa: PLC0415

    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as database:
        found = database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        )
        names = [str(name) for (name,) in found]
        quoted = {name: '"' + name.replace('"', '""') + '"' for name in names[:SHEETS]}
        frames = [(name, pd.read_sql_query(f"SELECT * FROM {table}", database)) for name, table in quoted.items()]  # noqa: S608
    return several(frames) | {"more_tables": max(0, len(names) - SHEETS)}


def several(frames: Iterable[tuple[str, pd.DataFrame]]) -> Card:
    return {"tables": [table(name, frame) for name, frame in frames]}


def table(name: str, frame: pd.DataFrame, skipped: int = 0) -> Card:
    """One table as JSON values; so many lines above its header were skipped."""
    shown = frame.iloc[:, :COLUMNS]
    return {
        "name": name,
        "rows": len(frame),
        "skipped": skipped,
        "columns": [column(str(title), shown.iloc[:, place]) for place, title in enumerate(shown.columns)],
        "more_columns": frame.shape[1] - shown.shape[1],
        "first": [[cell(value) for value in row] for row in shown.head(ROWS).itertuples(index=False, name=None)],
    }


def column(title: str, values: pd.Series[Any]) -> Card:
    return {"name": title[:CELL], "type": kind(values), "nulls": int(values.isna().sum())}


def kind(values: pd.Series[Any]) -> str:
    """The type of a column, in words for people."""
    from pandas.api import types  # noqa: PLC0415

    checks = {
        "yes or no": types.is_bool_dtype,
        "whole number": types.is_integer_dtype,
        "number": types.is_numeric_dtype,
        "date": types.is_datetime64_any_dtype,
    }
    found = next((name for name, check in checks.items() if check(values.dtype)), "")
    return found or kind_of_objects(values.dropna().head(SAMPLE))


def kind_of_objects(sample: pd.Series[Any]) -> str:
    import pandas as pd  # noqa: PLC0415

    if sample.empty:
        return "empty"
    if not sample.map(lambda value: isinstance(value, str)).all():
        names = {type(value).__name__ for value in sample}
        return "date" if names <= {"date", "datetime", "Timestamp"} else "mixed" if len(names) > 1 else names.pop()
    dates = pd.to_datetime(sample, errors="coerce", format="mixed")
    has_digits = sample.str.contains(r"\d").all()
    return "date" if has_digits and dates.notna().all() else "text"


def cell(value: object) -> str:
    text = " ".join(str(value).split())
    if text in MISSING:
        return ""
    return text if len(text) <= CELL else text[: CELL - 1] + "…"
