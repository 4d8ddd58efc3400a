"""However a table is written, the analyst reads the same numbers out of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agents.demo.texts import amount, percent
from tests.agents.demo.files import CASES, Case, sales
from tests.agents.demo.table import Talk


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
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
