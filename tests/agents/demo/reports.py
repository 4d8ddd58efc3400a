"""What programs of the demo print, without running them whole."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Mapping, Sequence
from typing import Any

from agents.demo.writing import fill


def profiled(columns: Sequence[Mapping[str, Any]], rows: int = 10, table: str = "sales.csv") -> str:
    """The profile of a table whose columns hold that."""
    return "\n".join([f"{table}: {rows:,} rows, {len(columns):,} columns", *map(_column, columns)])


def _column(column: Mapping[str, Any]) -> str:
    count = f"{column['missing']:>8,} missing {column['distinct']:>9,} distinct"
    match column["kind"]:
        case "number":
            holds = f"  {column['low']:,.10g} to {column['high']:,.10g}, mean {column['mean']:,.8g}"
        case "date":
            holds = f"  {column['first']} to {column['last']}"
        case "text":
            holds = "".join(f"\n      {text!r} {number:,}x" for text, number in column["top"].items())
        case _:
            holds = ""
    return f"  {column['name']!r:<28} {column['kind']:<6} {count}{holds}"


def shown(facts: Sequence[Mapping[str, Any]]) -> str:
    """The key figures as the programs' own helper prints them."""
    helper: dict[str, Any] = {}
    exec(fill("show", {}), helper)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        helper["show"](facts)
    return printed.getvalue()
