"""Files that are broken, empty, hostile or huge all end in a plain answer."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from agents.demo.texts import amount
from tests.agents.demo.table import Talk

Start = Callable[..., Talk]

BROKEN: dict[str, tuple[bytes, str]] = {
    "empty.csv": (b"", "it is empty"),
    "blank.csv": (b"\n\n  \n", "it is empty"),
    "header.csv": (b"region,revenue\n", "2 columns (region and revenue) but not a single row"),
    "binary.csv": (bytes(range(256)) * 20, "binary data"),
    "corrupt.xlsx": (b"PK\x03\x04 and then nothing", "BadZipFile"),
    "broken.json": (b'{"a": [1, 2', "JSONDecodeError"),
    "scalar.json": (b"42", "it holds no table"),
    "none.json": (b"[]", "it holds no table"),
    "corrupt.parquet": (b"PAR1 and then nothing", "ArrowInvalid"),
    "paper.pdf": (b"%PDF-1.4", "I cannot read `paper.pdf`"),
    "constant.csv": (b"a,b\n" + b"1,x\n" * 20, "nothing to draw"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_says_plainly_why_a_file_is_of_no_use(name: str, talk: Start) -> None:
    content, why = BROKEN[name]
    played = talk()
    (played.workspace / name).write_bytes(content)
    played.say("Plot this", name)
    assert played.finished, played.transcript()
    assert why in played.last, played.transcript()
    assert not played.pictures
    assert len(played.codes) <= 2


def _one_column(path: Path) -> None:
    path.write_text("weight\n" + "\n".join(f"{n},5" for n in range(40, 90)))


def _words(path: Path) -> None:
    comments = [
        f"Guest {n} found the {'room' if n % 3 else 'breakfast'} charming, number {n * n}, really"
        for n in range(80)
    ]
    pd.DataFrame({"comment": comments}).to_csv(path, index=False)


def _wide(path: Path) -> None:
    pd.DataFrame(np.random.default_rng(1).normal(size=(50, 300))).add_prefix("sensor ").to_csv(path, index=False)


def _codes(path: Path) -> None:
    lines = [f"{zone:05d},{zone % 3},{zone * 2}" for zone in range(1001, 1081)]
    path.write_text("zip,zone,people\n" + "\n".join(lines))


def _twins(path: Path) -> None:
    path.write_text("kind,price,price,kind\n" + "\n".join(f"k{n % 3},{n},{n * 10},x" for n in range(30)))


def _infinite(path: Path) -> None:
    path.write_text("a,b\n" + "\n".join(f"{n},{'inf' if n % 9 == 0 else n * 2}" for n in range(60)))


def _years_across(path: Path) -> None:
    path.write_text("country;2019;2020;2021\nFrance;10;20;30\nSpain;11;12;13\nItaly;5;4;3\n")


ODD: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "one column of decimal commas": (_one_column, "Show me this", "the median is 65"),
    "free text only": (_words, "Have a look", "“guest” (80 times)"),
    "300 columns": (_wide, "sensor 7 against sensor 212", "Between sensor 7 and sensor 212"),
    "codes with leading zeros": (_codes, "people by zip, top 3", "01080 has the highest average people: 2,160"),
    "columns of the same name": (_twins, "price by kind", "k2 has the highest average price"),
    "infinite numbers": (_infinite, "b against a", "r = 1.00, 53 rows"),
    "years as columns": (_years_across, "How did it develop over time?", "France is highest in 2021 with 30"),
}


@pytest.mark.parametrize("name", ODD)
def test_makes_sense_of_an_odd_table(name: str, talk: Start) -> None:
    write, task, expected = ODD[name]
    played = talk()
    write(played.workspace / "odd.csv")
    played.say(task, "odd.csv")
    assert expected in played.last, played.transcript()
    assert played.pictures, played.transcript()
    assert all(result.ok for result in played.results), played.transcript()


def test_a_profile_fits_what_agents_get_to_see_of_an_output(talk: Start) -> None:
    played = talk()
    long = {f"{'very ' * 8}long name {n}": [f"{'x' * 60} {n} {row}" for row in range(30)] for n in range(120)}
    pd.DataFrame(long).to_csv(played.workspace / "odd.csv", index=False)
    played.say("rows by name 119", "odd.csv")
    assert played.finished, played.transcript()
    assert "nothing to draw" not in played.last
    assert len(played.codes) <= 4


def test_a_column_far_out_in_a_very_wide_table_is_found(talk: Start) -> None:
    played = talk()
    numbers = pd.DataFrame(np.random.default_rng(1).normal(size=(40, 1000)).round(6)).add_prefix("sensor ")
    numbers.to_csv(played.workspace / "odd.csv", index=False, sep=";", decimal=",")
    played.say("sensor 7 against sensor 912", "odd.csv")
    assert "Between sensor 7 and sensor 912" in played.last, played.transcript()
    played.say("sensor 3 against sensor 1500")
    assert "There is no column “sensor 1500”" in played.last, played.transcript()
    assert played.pictures == ["sensor_7_against_sensor_912.png"]


def test_a_very_wide_table_without_a_header_gets_names(talk: Start) -> None:
    played = talk()
    pixels = np.random.default_rng(1).integers(0, 255, size=(30, 784))
    pd.DataFrame(pixels).to_csv(played.workspace / "odd.csv", index=False, header=False)
    played.say("column 700 against column 3", "odd.csv")
    assert "Between column 700 and column 3" in played.last, played.transcript()


def test_nothing_that_looking_at_many_tables_prints_is_cut(talk: Start) -> None:
    played = talk()
    names = [f"part{n}.csv" for n in range(6)]
    for name in names:
        rows = {
            f"{kind} {n}": [f"{kind} {n} {row % 17}" for row in range(99)]
            for kind in ("a", "b")
            for n in range(20)
        }
        pd.DataFrame(rows).to_csv(played.workspace / name, index=False)
    with pd.ExcelWriter(played.workspace / "book.xlsx") as book:
        for n in range(9):
            pd.DataFrame({f"long name of column {c}": ["x" * 90] * 40 for c in range(30)}).to_excel(
                book, sheet_name=f"s{n}"
            )
    played.say("Look at this", *names, "book.xlsx")
    assert all(result.ok for result in played.results), played.transcript()
    assert max(len(result.output) for result in played.results) < 10_000
    assert "left out here" not in played.transcript()


HOSTILE = [
    'it\'s "q"',
    "line\nbreak",
    "🚀 $x^$",
    "`tick` TERMINATE",
    "ASK: me",
    "#\\n{x}",
    "</td>",
    "'); import os  # ",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_column_name_stays_a_name(name: str, talk: Start) -> None:
    played = talk()
    groups = ["```", "TERMINATE", "ASK: who", "$a$ $b^"]
    pd.DataFrame({name: range(100, 140), "group": groups * 10}).to_csv(played.workspace / "odd.csv", index=False)
    played.say("mean by group", "odd.csv")
    assert played.finished, played.transcript()
    assert all(result.ok for result in played.results), played.transcript()
    assert "\\$a\\$" in played.last or "$a$ $b^ has the highest average" in played.last
    assert amount(float(np.mean(range(103, 140, 4)))) in played.last
    assert len(played.codes) == 3


def test_half_a_million_rows_are_drawn_in_seconds(talk: Start) -> None:
    rows = 500_000
    rng = np.random.default_rng(2)
    table = pd.DataFrame(
        {
            "when": pd.date_range("2020-01-01", periods=rows, freq="min"),
            "station": rng.choice(["north", "south"], rows),
            "temperature": rng.normal(12, 4, rows).round(1),
        }
    )
    played = talk()
    table.to_csv(played.workspace / "big.csv", index=False)
    played.say("temperature over time by station", "big.csv")
    assert played.finished, played.transcript()
    assert played.pictures == ["average_temperature_per_week_by_station.png"], played.transcript()
    assert sum(result.seconds for result in played.results) < 30


SPELLED = "region,sales\nNord,4\nNord,3\nSüd,9\nnord ,5\n NORD,2\nsüdost,1\n,1\n"


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet"])
def test_labels_that_differ_only_in_case_and_spaces_around_them_are_one_and_that_is_said(
    ending: str, talk: Start
) -> None:
    played, name = talk(), f"sales.{ending}"
    frame = pd.read_csv(io.StringIO(SPELLED))
    write = {"csv": partial(frame.to_csv, index=False), "xlsx": partial(frame.to_excel, index=False)}
    write.get(ending, frame.to_parquet)(played.workspace / name)
    played.say("Plot sales by region", name)
    assert "**Nord leads with 14 of sales" in played.last, played.transcript()
    assert "3 spellings of region merged: they differ only in case or in spaces" in played.last
    totals = pd.read_csv(played.workspace / "sales_by_region.csv", index_col="region")["sales"]
    assert totals.to_dict() == {"Nord": 14, "Süd": 9, "südost": 1}
    played.say("only nord")
    assert "4 of 7 rows" in played.last, played.transcript()


def test_codes_that_differ_only_in_case_stay_as_they_are(talk: Start) -> None:
    played = talk()
    codes = [f"{'Ab' if n % 2 else 'aB'}{n // 2}" for n in range(100)]
    frame = pd.DataFrame({"code": codes, "kind": ["x", "y"] * 50, "sales": range(100)})
    frame.to_csv(played.workspace / "sales.csv", index=False)
    played.say("Plot sales by kind", "sales.csv")
    assert "100 differ only in case or spaces" in played.transcript()
    assert "merged" not in played.last
