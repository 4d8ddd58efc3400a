"""The call that reads a file as its card says."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.workspace_files import ColumnProfile, FileProfile, TableProfile
from bot.text.pandas_calls import reading_call

WEEKS = TableProfile(
    "", 1, (ColumnProfile("week", "date", 0), ColumnProfile("n", "number", 0)), first=(("2025-01-06", "1"),)
)
TAGE = TableProfile(
    "", 1, (ColumnProfile("Tag", "date", 0), ColumnProfile("Frist", "date", 0)), first=(("06.01.2025", ""),)
)
BETRAG = TableProfile("", 2, (ColumnProfile("Betrag", "date", 0),), first=(("12,25",), ("9,00",)))
NAMELESS = TableProfile("", 1, tuple(ColumnProfile(f"column {n}", "number", 0) for n in (1, 2)), 1)
RAGGED = "some lines have more fields than the others and are not counted"


def _csv(separator: str, encoding: str, *row: str, skipped: int = 0) -> FileProfile:
    table = TableProfile("", 1, first=(row,), skipped=skipped)
    return FileProfile("a.csv", 9, "table with separators", encoding, separator, (table,))


@pytest.mark.parametrize(
    ("card", "call"),
    [
        (_csv("comma", "utf-8", "1.5"), 'pd.read_csv("a.csv")'),
        (_csv("semicolon", "cp1252", "1,5"), 'pd.read_csv("a.csv", sep=";", decimal=",", encoding="cp1252")'),
        (
            _csv("semicolon", "utf-8", "1.234,5"),
            'pd.read_csv("a.csv", sep=";", decimal=",", thousands=".")',
        ),
        (
            FileProfile("a.csv", 9, "table with separators", "utf-8", "comma", (WEEKS,)),
            'pd.read_csv("a.csv", parse_dates=["week"])',
        ),
        (
            FileProfile("a.csv", 9, "table with separators", "utf-8", "semicolon", (TAGE,)),
            'pd.read_csv("a.csv", sep=";", parse_dates=["Tag", "Frist"], dayfirst=True)',
        ),
        (_csv("comma", "utf-8", "1,234", "2,500"), 'pd.read_csv("a.csv", thousands=",")'),
        (_csv("comma", "utf-8", "1,234.50", "950,000"), 'pd.read_csv("a.csv", thousands=",")'),
        (_csv("comma", "utf-8", "1,5"), 'pd.read_csv("a.csv")'),
        (_csv("semicolon", "utf-8", "1.234,50", "1.5"), 'pd.read_csv("a.csv", sep=";", decimal=",")'),
        (_csv("semicolon", "utf-8", "1,234", "1,5"), 'pd.read_csv("a.csv", sep=";", decimal=",")'),
        (
            FileProfile("a.csv", 9, "table with separators", "utf-8", "semicolon", (BETRAG,)),
            'pd.read_csv("a.csv", sep=";", decimal=",")',
        ),
        (
            FileProfile("a.csv", 9, "table with separators", "utf-8", "comma", (NAMELESS,)),
            'pd.read_csv("a.csv", names=[f"column {n}" for n in range(1, 4)])',
        ),
        (
            FileProfile("a.csv", 9, "table with separators", "utf-8", "comma", (WEEKS,), note=RAGGED),
            'pd.read_csv("a.csv", parse_dates=["week"], on_bad_lines="skip")',
        ),
        (_csv("tab", "utf-16", "x"), 'pd.read_csv("a.csv", sep="\\t", encoding="utf-16")'),
        (_csv("comma", "utf-8", "x", skipped=2), 'pd.read_csv("a.csv", skiprows=2)'),
        (
            FileProfile(
                "a.xlsx", 9, "Excel workbook", tables=(TableProfile("Mai", 1, skipped=1), TableProfile("Juni", 1))
            ),
            'pd.read_excel("a.xlsx", sheet_name="Mai", skiprows=1)',
        ),
        (FileProfile("a.xlsx", 9, "Excel workbook", tables=(TableProfile("Mai", 1),)), 'pd.read_excel("a.xlsx")'),
        (
            FileProfile("a.parquet", 9, "Parquet table", tables=(TableProfile("", 1),)),
            'pd.read_parquet("a.parquet")',
        ),
        (FileProfile("a.json", 9, "JSON", tables=(TableProfile("", 1),)), 'pd.read_json("a.json")'),
        (
            FileProfile("a.jsonl", 9, "JSON, one value a line", tables=(TableProfile("", 1),)),
            'pd.read_json("a.jsonl", lines=True)',
        ),
        (FileProfile("a.json", 9, "JSON", note="an object with 2 keys"), ""),
        (FileProfile("a.png", 9, "PNG picture"), ""),
        (FileProfile("a.xlsx", 9, "Excel workbook", problem="it cannot be read"), ""),
    ],
)
def test_the_call_says_what_the_card_says(card: FileProfile, call: str) -> None:
    assert reading_call(card) == call


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_call_names_its_file_whatever_the_name(path: str) -> None:
    call = ast.parse(reading_call(FileProfile(path, 1, "Parquet table")), mode="eval").body
    assert isinstance(call, ast.Call)
    assert ast.literal_eval(call.args[0]) == path
