"""One table of sales, written in the ways in which people write tables."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

ROWS = 240


def sales() -> pd.DataFrame:
    """The truth: date, region, product, units, revenue; the same numbers every time."""
    rng = np.random.default_rng(11)
    regions = rng.choice(["Nørrebro", "Málaga", "Köln", "Lyon"], ROWS, p=[0.4, 0.3, 0.2, 0.1])
    units = rng.integers(1, 60, ROWS)
    return pd.DataFrame(
        {
            "date": pd.date_range("2024-01-01", periods=ROWS, freq="D"),
            "region": regions,
            "product": rng.choice([f"Product {n}" for n in range(1, 6)], ROWS),
            "units": units,
            "revenue": (units * rng.normal(1200.5, 150.25, ROWS)).round(2),
        }
    )


@dataclass(frozen=True)
class Case:
    """A way of writing: `write` puts it into a file called `name`."""

    id: str
    name: str
    write: Callable[[Path], None]


def _text(
    id: str,
    name: str = "sales.csv",
    *,
    sep: str = ",",
    date: str = "%Y-%m-%d",
    number: Callable[[float], str] = "{:.2f}".format,
    encoding: str = "utf-8",
    wrap: str = "{}",
) -> Case:
    def write(path: Path) -> None:
        table = sales()
        table["date"] = table["date"].dt.strftime(date)
        table["revenue"] = table["revenue"].map(number)
        path.write_bytes(wrap.format(table.to_csv(index=False, sep=sep)).encode(encoding))

    return Case(id, name, write)


def _german(value: float) -> str:
    return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))


def _strange_bytes(path: Path) -> None:
    table = sales()
    table["note"] = "\x81"
    path.write_bytes(table.to_csv(index=False).encode("latin-1"))


def _aligned(path: Path) -> None:
    table = sales()
    table["product"] = table["product"].str.replace(" ", "_")
    path.write_text(table.to_string(index=False), encoding="utf-8")


def _ragged(path: Path) -> None:
    lines = sales().to_csv(index=False).splitlines()
    lines[100:100] = ["2024-01-01,Lyon,Product 1,5,100.0,oops,too,many"] * 3
    path.write_text("\n".join(lines), encoding="utf-8")


def _quoted(path: Path) -> None:
    table = sales()
    table.insert(1, "comment", 'says "hi",\nthen; leaves')
    table.to_csv(path, index=False)


def _spaced(path: Path) -> None:
    path.write_text(sales().to_csv(index=False).replace(",", ", "), encoding="utf-8")


def _with_total(path: Path) -> None:
    table = sales()
    text = table.to_csv(index=False, sep=";", decimal=",")
    total = f"Total;;;{table['units'].sum()};{table['revenue'].sum():.2f}".replace(".", ",")
    path.write_text(f"{text}{total}\n", encoding="utf-8")


def _headless(path: Path) -> None:
    sales().to_csv(path, index=False, header=False)


def _excel(path: Path) -> None:
    sales().to_excel(path, index=False, engine="openpyxl")


def _busy_workbook(path: Path) -> None:
    with pd.ExcelWriter(path, engine="openpyxl") as book:
        pd.DataFrame({"about": ["made by accounting", "in spring"]}).to_excel(
            book, sheet_name="Read me", index=False
        )
        sales().to_excel(book, sheet_name="Sales '24", index=False, startrow=3)
        book.sheets["Sales '24"]["A1"] = "Sales of the year"


def _text_workbook(path: Path) -> None:
    table = sales()
    table["date"] = table["date"].dt.strftime("%d.%m.%Y")
    table["revenue"] = table["revenue"].map("€ {:,.2f}".format)
    table.to_excel(path, index=False, engine="openpyxl")


def _parquet(path: Path) -> None:
    sales().astype({"region": "category"}).to_parquet(path)


def _exact_parquet(path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pandas(sales())
    table = table.set_column(0, "date", table["date"].cast(pa.date32()))
    table = table.set_column(4, "revenue", table["revenue"].cast(pa.decimal128(18, 2)))
    pq.write_table(table, path)


def _records() -> list[dict[str, object]]:
    table = sales()
    table["date"] = table["date"].dt.strftime("%Y-%m-%d")
    records: list[dict[str, object]] = table.to_dict("records")
    return records


def _json(value: Callable[[], object]) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_text(json.dumps(value()), encoding="utf-8")

    return write


def _lines(path: Path) -> None:
    path.write_text("\n".join(json.dumps(record) for record in _records()), encoding="utf-8")


def _nested() -> object:
    records = [
        {
            "date": record["date"],
            "place": {"region": record["region"]},
            "sold": {"product": record["product"], "units": record["units"]},
            "revenue": record["revenue"],
            "tags": ["a", "b"],
        }
        for record in _records()
    ]
    return {"meta": {"count": len(records)}, "response": {"items": records}}


def _columns() -> object:
    table = sales()
    table["date"] = table["date"].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    return table.to_dict("list")


CASES = (
    _text("plain"),
    _text(
        "semicolons and decimal commas", sep=";", number=lambda v: f"{v:.2f}".replace(".", ","), date="%d.%m.%Y"
    ),
    _text("cp1252", encoding="cp1252", sep=";", number=_german, date="%d.%m.%y"),
    _text("tabs", "sales.tsv", sep="\t"),
    _text("bars", "sales.txt", sep="|"),
    _text("utf-8 with a mark", encoding="utf-8-sig"),
    _text("utf-16", encoding="utf-16", sep="\t"),
    _text("utf-16 without a mark", encoding="utf-16-le"),
    Case("bytes that are no cp1252", "sales.csv", _strange_bytes),
    _text("day first", date="%d/%m/%Y"),
    _text("month first", date="%m/%d/%Y"),
    _text("month first with time", date="%m/%d/%Y %I:%M %p"),
    _text("iso with zone", date="%Y-%m-%dT%H:%M:%S+02:00"),
    _text("month names", date="%d %b %Y"),
    _text("american month names", date="%b %d, %Y"),
    _text("compact german", sep=";", date="%d.%m.%Y %H:%M", number=_german),
    _text("thousands", number="{:,.2f}".format),
    _text("dollars", number="${:,.2f}".format),
    _text("euros behind", sep=";", number=lambda v: f"{_german(v)} €", encoding="cp1252"),
    _text("thousands by spaces", sep=";", number=lambda v: f"{v:,.2f}".replace(",", " ").replace(".", ",")),
    _text("swiss thousands", sep=";", number=lambda v: f"{v:,.2f}".replace(",", "'")),
    _text("titles above", sep=";", wrap="Sales report\nprinted;2025-01-01\n\n{}", number=_german),
    _text("excel's own hint", sep=";", wrap="sep=;\n{}", number=_german),
    Case("spaces after commas", "sales.csv", _spaced),
    Case("no header", "sales.csv", _headless),
    Case("aligned by spaces", "sales.txt", _aligned),
    Case("a total at the end", "sales.csv", _with_total),
    Case("too many fields", "sales.csv", _ragged),
    Case("quoted line breaks", "sales.csv", _quoted),
    Case("workbook", "sales.xlsx", _excel),
    Case("workbook with a title and two sheets", "sales.xlsx", _busy_workbook),
    Case("workbook of text", "sales.xlsx", _text_workbook),
    Case("workbook named csv", "sales.csv", _excel),
    Case("parquet", "sales.parquet", _parquet),
    Case("parquet with decimals", "sales.parquet", _exact_parquet),
    Case("parquet named csv", "sales.csv", _parquet),
    Case("json records", "sales.json", _json(_records)),
    Case("json lines", "sales.jsonl", _lines),
    Case("json inside objects", "sales.json", _json(_nested)),
    Case("json by columns", "sales.json", _json(_columns)),
    Case("json named txt", "sales.txt", _json(_records)),
)
