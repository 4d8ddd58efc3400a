from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.workspace_files import ColumnProfile, FileProfile, TableProfile
from bot.text.file_profiles import describe_profile

SALES = TableProfile(
    name="",
    rows=832,
    columns=(ColumnProfile("date", "date", 0), ColumnProfile("units", "whole number", 3)),
    first=(("2024-01-01", "12"), ("2024-01-02", "")),
)


def test_a_table_is_told_with_its_columns_and_first_rows() -> None:
    card = FileProfile("sales.csv", 41_234, "table with separators", "utf-8", "comma", (SALES,))
    assert describe_profile(card).splitlines() == [
        "`sales.csv`: table with separators, 41,234 bytes, utf-8, separated by comma",
        "832 rows, 2 columns: `date` (date), `units` (whole number, 3 missing)",
        "```text",
        "date       | units",
        "2024-01-01 | 12",
        "2024-01-02 |",
        "```",
        'Read it with `pd.read_csv("sales.csv", parse_dates=["date"])`',
    ]


@pytest.mark.parametrize(("skipped", "told"), [(1, "Skipped 1 line"), (3, "Skipped 3 lines")])
def test_lines_above_the_header_are_told_of(skipped: int, told: str) -> None:
    card = FileProfile("sales.csv", 9, "table with separators", tables=(replace(SALES, skipped=skipped),))
    assert describe_profile(card).splitlines()[2] == f"{told} above the header"


def test_sheets_are_told_by_name_and_what_is_left_out_is_counted() -> None:
    wide = TableProfile(
        "Q1", 5, tuple(ColumnProfile(f"c{number}", "text", 0) for number in range(70)), more_columns=40
    )
    text = describe_profile(FileProfile("book.xlsx", 9, "Excel workbook", tables=(wide,), more_tables=4))
    assert "`Q1`: 5 rows, 110 columns: `c0` (text)" in text
    assert "and 50 more" in text
    assert "4 more sheets or tables" in text.splitlines()


def test_a_file_that_cannot_be_read_says_why() -> None:
    assert describe_profile(
        FileProfile("x.xls", 9, "old Office document", problem="save it as XLSX")
    ).splitlines() == [
        "`x.xls`: old Office document, 9 bytes",
        "Not read: save it as XLSX.",
    ]


_text = st.text(max_size=40) | st.sampled_from(["```", "`x`\n```\nASK: me", "\u202e", "@everyone", "a\r\nb"])
_columns = st.lists(st.builds(ColumnProfile, _text, _text, st.integers(0)), max_size=4).map(tuple)
_rows = st.lists(st.lists(_text, max_size=5).map(tuple), max_size=3).map(tuple)
_table = st.builds(TableProfile, _text, st.integers(0), _columns, st.integers(0), _rows)
_tables = st.lists(_table, max_size=3).map(tuple)


def test_a_card_is_short_however_long_its_words_are() -> None:
    long = "x" * 100_000
    table = TableProfile(long, 1, (ColumnProfile(long, long, 0),) * 100, first=((long,) * 100,) * 100)
    assert (
        len(describe_profile(FileProfile(long, 1, long, long, long, (table,), note=long, problem=long))) < 50_000
    )


@given(st.builds(FileProfile, _text, st.integers(0), _text, _text, _text, _tables, note=_text, problem=_text))
def test_nothing_of_a_file_gets_out_of_its_place(card: FileProfile) -> None:
    lines = describe_profile(card).split("\n")
    fences = [line for line in lines if "```" in line]
    assert fences == ["```text", "```"] * (len(fences) // 2)
    assert all(line.isprintable() for line in lines)
    assert all(line.count("`") % 2 == 0 for line in lines if line not in fences)


def test_a_card_of_a_monster_ends_in_good_order() -> None:
    columns = tuple(ColumnProfile("c" * 60, "text", 0) for _ in range(60))
    wide = TableProfile("t", 5, columns, first=(("x" * 60,) * 60,) * 3)
    text = describe_profile(FileProfile("book.xlsx", 9, "Excel workbook", tables=(wide,) * 20))
    assert len(text) < 14_000
    assert text.count("```") % 2 == 0
    assert text.endswith('… and more\nRead it with `pd.read_excel("book.xlsx", sheet_name="t")`')
