"""However a table is written, the analyst reads the same numbers out of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agents.demo import charts, tables
from agents.demo.texts import amount, percent
from tests.agents.demo.files import CASES, Case, sales
from tests.agents.demo.table import Talk

DRAWN = {
    "plain",
    "cp1252",
    "utf-16",
    "iso with zone",
    "a total at the end",
    "workbook of text",
    "json inside objects",
    "parquet with decimals",
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_profiles_the_same_table_however_it_is_written(case: Case, talk: Callable[..., Talk]) -> None:
    played = talk()
    case.write(played.workspace / case.name)
    played.hear("Plot revenue over time by region, monthly", case.name)
    shown = played.until_drawing().transcript()
    table = next(t for t in reversed(tables.read(shown)) if t.rows > 2)
    truth = sales()
    columns = {column.name.rpartition(".")[2]: column for column in table.columns}
    if case.id == "no header":
        columns = dict(zip(truth, table.columns, strict=True))
    assert table.rows == len(truth), shown
    assert columns["date"].kind == "date", shown
    assert (columns["date"].first[:10], columns["date"].last[:10]) == ("2024-01-01", "2024-08-27"), shown
    assert columns["region"].top == truth["region"].value_counts().to_dict(), shown
    for name in ("units", "revenue"):
        told = [columns[name].mean, columns[name].low, columns[name].high]
        assert told == pytest.approx([truth[name].mean(), truth[name].min(), truth[name].max()]), shown
    assert all(column.missing == 0 for name, column in columns.items() if name != "note"), shown
    assert charts.SHOWN in played.codes[-1], shown
    assert len(played.codes) <= case.programs, shown


@pytest.mark.parametrize("case", [case for case in CASES if case.id in DRAWN], ids=lambda case: case.id)
def test_finds_the_same_numbers_however_the_table_is_written(case: Case, talk: Callable[..., Talk]) -> None:
    played = talk()
    case.write(played.workspace / case.name)
    played.say("Plot revenue over time by region, monthly", case.name)
    shown = played.transcript()
    truth = sales()
    totals = truth.groupby("region")["revenue"].sum().sort_values(ascending=False)
    first = truth[truth["region"] == totals.index[0]].set_index("date")["revenue"].resample("MS").sum()
    assert played.finished, shown
    assert f"**{totals.index[0]} leads with {amount(totals.iloc[0])} of" in played.last, shown
    assert percent(totals.iloc[0], totals.sum()) in played.last, shown
    assert f"{totals.index[-1]} with {amount(totals.iloc[-1])}" in played.last, shown
    assert f"{amount(first.iloc[0])} (January 2024) to {amount(first.iloc[-2])} (July 2024)" in played.last, shown
    assert "August 2024 only in part" in played.last, shown
    assert [name.endswith("region.png") for name in played.pictures] == [True], shown
    assert len(played.codes) <= case.programs, shown
