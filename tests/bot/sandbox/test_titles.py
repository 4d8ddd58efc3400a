"""What stands above the header of a table, told by the program that looks into files; here without a container."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from bot.sandbox.driver.card import look, titles

BODY = "region,units,price\nnorth,1,2\nsouth,2,3\n"
NAMES = ["region", "units", "price"]


def seen(path: Path) -> list[tuple[int, int, list[str]]]:
    """Lines skipped, rows and columns of every table."""
    tables: list[dict[str, Any]] = look.card(str(path)).get("tables", [])
    return [(table["skipped"], table["rows"], [each["name"] for each in table["columns"]]) for table in tables]


@pytest.mark.parametrize(
    ("text", "skipped", "names"),
    [
        (BODY, 0, NAMES),
        (f"Sales report 2025\n{BODY}", 1, NAMES),
        (f"Sales report 2025,,\nprinted in May,,\n\n{BODY}", 3, NAMES),
        (f'"Sales, 2025"\n{BODY}', 1, NAMES),
        (f"Sales report\n{BODY.replace(',', ';')}", 1, NAMES),
        (f"\n\n{BODY}", 2, NAMES),
        ("Totals,\nname,value\na,1\nb,2\n", 1, ["name", "value"]),
        ("Measured\n1,2\n3,4\n5,6\n", 1, ["column 1", "column 2"]),
    ],
)
def test_lines_above_a_header_are_skipped_and_counted(
    text: str, skipped: int, names: list[str], tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text(text)
    assert [(lines, columns) for lines, _, columns in seen(tmp_path / "a.csv")] == [(skipped, names)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (",0\na,1\nb,2\n", ["Unnamed: 0", "0"]),
        ("name,\na,1\nb,2\n", ["name", "Unnamed: 1"]),
        ("a,,c\n1,2,3\n4,5,6\n", ["a", "Unnamed: 1", "c"]),
    ],
)
def test_a_header_with_gaps_is_no_title(text: str, names: list[str], tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(text)
    assert seen(tmp_path / "a.csv") == [(0, 2, names)]


def test_prose_under_a_title_is_no_table(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("To all\nHello, Bob\nBye, Ann\n")
    assert seen(tmp_path / "a.txt") == []


@pytest.mark.parametrize(
    ("rows", "skipped"),
    [
        ([["Sales report", None, None], [None] * 3, NAMES, ["north", 1, 2]], 2),
        ([[None] * 3, ["Sales report", None, None], NAMES, ["north", 1, 2]], 2),
        ([NAMES, ["north", None, None], ["south", 2, 3]], 0),
    ],
)
def test_rows_above_a_sheets_header_are_skipped_and_counted(
    rows: list[list[object]], skipped: int, tmp_path: Path
) -> None:
    path = tmp_path / "a.xlsx"
    pd.DataFrame(rows).to_excel(path, header=False, index=False)
    assert seen(path) == [(skipped, len(rows) - skipped - 1, NAMES)]


@pytest.mark.parametrize("name", ["region", "Report"])
def test_a_sheet_of_one_column_or_without_a_header_has_no_title(name: str, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    pd.DataFrame([[name], ["north"], ["south"]]).to_excel(path, header=False, index=False)
    assert seen(path) == [(0, 2, [name])]


def test_more_lines_than_a_title_has_are_none() -> None:
    assert titles.above([["x"]] * (titles.MOST + 1) + [["a", "b"]]) == 0
    assert titles.above([["x"]] * titles.MOST + [["a", "b"]]) == titles.MOST
