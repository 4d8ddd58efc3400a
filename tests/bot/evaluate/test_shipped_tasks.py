"""The tasks that come with Roundtable: of every kind, and with figures that are right."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from bot.commands.evaluate import EVALS
from bot.evaluate.cases import choose
from bot.evaluate.eval_tasks import EvalTask

TASKS: Mapping[str, EvalTask] = {case.task.name: case.task for case in choose((), EVALS, "all").cases}
FILES = EVALS / "files"


def sales() -> Any:
    return pd.read_csv(EVALS.parent / "examples" / "sales.csv")


def orders() -> Any:
    return pd.read_csv(FILES / "auftraege.csv", sep=";", decimal=",", thousands=".", dtype={"Datum": str})


def shops() -> Any:
    return pd.read_csv(FILES / "boutiques.csv", sep=";", decimal=",")


def customers() -> Any:
    return pd.read_csv(FILES / "clientes.csv", encoding="latin-1")


def weather() -> Any:
    return pd.read_csv(FILES / "weather_zh.csv")


def trips() -> Any:
    return pd.read_parquet(FILES / "trips.parquet")


def staff(sheet: str = "People") -> Any:
    return pd.read_excel(FILES / "staff.xlsx", sheet_name=sheet)


def ledger() -> Any:
    rows = pd.read_csv(FILES / "ledger.csv", skiprows=3)
    rows = rows[rows["Date"] != "Total"]
    digits = rows["Amount"].str.replace(r"[^\d.]", "", regex=True).astype(float)
    return digits.where(~rows["Amount"].str.startswith("("), -digits).groupby(rows["Category"]).sum()


def respondents() -> Any:
    rows = pd.read_csv(FILES / "survey.csv").drop_duplicates()
    return pd.to_numeric(rows["age"], errors="coerce")


def readings() -> Any:
    found = json.loads((FILES / "sensors.json").read_text())
    return pd.DataFrame(
        [(each["sensor"], reading["value"]) for each in found["sensors"] for reading in each["readings"]],
        columns=["sensor", "value"],
    )


def errors() -> Any:
    return re.findall(r'"GET (\S+) HTTP/1.1" 500 ', (FILES / "access.log").read_text())


def by(rows: Any, key: str, value: str) -> Any:
    return rows.groupby(key)[value].sum()


def over_budget() -> list[float]:
    spent = by(staff(), "department", "salary") - staff("Budgets").set_index("department")["budget"]
    return sorted(spent[spent > 0])


def stock_value() -> float:
    rows = pd.read_csv(FILES / "stock.csv").merge(pd.read_csv(FILES / "prices.csv"), how="left")
    assert rows[rows["price"].isna()]["sku"].unique().tolist() == ["SKU-012"]
    return float((rows["quantity"] * rows["price"]).sum())


def weights() -> list[float]:
    rows = pd.read_csv(FILES / "shipments.csv").set_index("shipment")["weight_kg"]
    possible = rows.between(0, 60)
    return [*rows[~possible].index, rows[possible].mean()]


def units(**where: str) -> int:
    rows = sales()
    for column, value in where.items():
        rows = rows[rows[column] == value]
    return int(rows["units"].sum())


def primes(below: int) -> list[int]:
    return [n for n in range(2, below) if all(n % d for d in range(2, math.isqrt(n) + 1))]


FIGURES: Mapping[str, Callable[[], list[float]]] = {
    "units-by-product": lambda: [by(sales(), "product", "units").max()],
    "rows-and-weeks": lambda: [len(sales()), sales()["week"].nunique()],
    "notebook-share": lambda: [by(sales(), "product", "revenue")["Notebook"] / sales()["revenue"].sum() * 100],
    "best-week": lambda: [by(sales(), "week", "revenue").max()],
    "missing-revenue": lambda: [sales()["revenue"].isna().sum()],
    "salary-by-department": lambda: [staff().groupby("department")["salary"].mean().max()],
    "over-budget": over_budget,
    "trips-by-rider": lambda: [
        *trips()["rider"].value_counts()[["member", "guest"]],
        *trips().groupby("rider")["minutes"].mean()[["member", "guest"]],
    ],
    "stock-value": lambda: [stock_value()],
    "energy-month": lambda: [pd.read_csv(FILES / "energy.csv").set_index("site").sum().max()],
    "umsatz-nach-region": lambda: [by(sales(), "region", "revenue").max()],
    "ventas-por-producto": lambda: [by(sales(), "product", "revenue").max()],
    "ventes-par-boutique": lambda: list(by(shops(), "Boutique", "Chiffre d'affaires")),
    "zui-gao-qi-wen": lambda: [weather()["最高气温"].max()],
    "gao-wen-tian-shu": lambda: [
        (weather()[weather()["城市"] == city]["最高气温"] > 35).sum() for city in ("上海", "北京", "广州", "成都")
    ],
    "chart-trip-lengths": lambda: [trips()["minutes"].median()],
    "diagramm-artikel": lambda: [by(orders(), "Artikel", "Menge").max()],
    "grafico-por-region": lambda: [units(region="West")],
    "camembert-boutiques": lambda: [
        by(shops(), "Boutique", "Chiffre d'affaires")["Lyon"] / shops()["Chiffre d'affaires"].sum() * 100
    ],
    "jiang-shui-tu": lambda: [by(weather(), "城市", "降水量").max()],
    "ledger-by-category": lambda: [ledger().sum(), *ledger()[["Materials", "Tools", "Software"]]],
    "survey-age": lambda: [len(respondents()), respondents().mean(), respondents().isna().sum()],
    "log-errors": lambda: [len(errors())],
    "sensor-means": lambda: [
        *readings().groupby("sensor")["value"].mean()[["attic", "cellar", "garage", "kitchen"]],
        readings()["value"].isna().sum(),
    ],
    "impossible-weights": weights,
    "offene-auftraege": lambda: list(orders()[orders()["Status"] == "offen"]["Betrag"].agg(["count", "sum"])),
    "clientes-por-ciudad": lambda: [
        *customers()["Ciudad"].value_counts(),
        by(customers(), "Ciudad", "Compras")["Málaga"],
    ],
    "then-the-same-for-east": lambda: [units(product="Headphones", region=region) for region in ("South", "East")],
    "then-a-chart": lambda: [sales()[sales()["week"].str.startswith("2025-12")]["revenue"].sum()],
    "then-thanks": lambda: [(trips()["km"] > 10).sum()],
    "dann-ohne-stornierte": lambda: [
        orders()["Betrag"].sum(),
        orders()[orders()["Status"] != "storniert"]["Betrag"].sum(),
    ],
    "puis-la-moyenne": lambda: [shops()[shops()["Boutique"] == "Lyon"]["Chiffre d'affaires"].mean()],
    "two-people": lambda: [units(), units(product="Tablet"), units(product="Monitor")],
    "second-person-corrects": lambda: [staff()["salary"].mean(), staff()["salary"].median()],
    "which-two-columns": lambda: [sales()["units"].corr(sales()["revenue"])],
    "which-currency": lambda: [sales()["revenue"].sum() * 0.90],
    "welcher-kunde": lambda: [by(orders(), "Kunde", "Betrag")["Gasthof Löwen"]],
    "que-ciudad": lambda: [by(customers(), "Ciudad", "Compras")["Logroño"]],
    "no-needless-question": lambda: list(
        by(sales(), "product", "units")[["Headphones", "Monitor", "Notebook", "Tablet"]]
    ),
    "mental-arithmetic": lambda: [17 * 23],
    "first-twenty-primes": lambda: [sum(primes(100)[:20]), primes(100)[19]],
    "two-dice": lambda: [100 / 6],
    "compound-interest": lambda: [2500 * (1 + 0.032 / 12) ** 84],
    "fakultaet": lambda: [len(str(math.factorial(100))), sum(map(int, str(math.factorial(100))))],
    "zhi-shu": lambda: [len(primes(1001)), primes(1001)[-1]],
}


def test_every_task_with_figures_is_computed_here() -> None:
    assert FIGURES.keys() == {name for name, task in TASKS.items() if task.wanted.figures}


@pytest.mark.parametrize("name", FIGURES)
def test_the_figures_of_a_task_are_right(name: str) -> None:
    wanted = TASKS[name].wanted.figures
    computed = [float(value) for value in FIGURES[name]()]
    assert len(wanted) == len(computed)
    for figure, value in zip(wanted, computed, strict=True):
        # What is wanted is rounded as its task asks: the right figure must be met with room to spare.
        assert abs(figure.value - value) <= (figure.tolerance * 0.99 + 1e-6)


@pytest.mark.parametrize(
    ("name", "word", "winner"),
    [
        ("units-by-product", "headphones", lambda: by(sales(), "product", "units").idxmax()),
        ("best-week", "2025-02-10", lambda: by(sales(), "week", "revenue").idxmax()),
        ("salary-by-department", "sales", lambda: staff().groupby("department")["salary"].mean().idxmax()),
        ("energy-month", "2025-03", lambda: pd.read_csv(FILES / "energy.csv").set_index("site").sum().idxmax()),
        ("umsatz-nach-region", "south", lambda: by(sales(), "region", "revenue").idxmax()),
        ("ventas-por-producto", "notebook*", lambda: by(sales(), "product", "revenue").idxmax()),
        ("ventes-par-boutique", "lyon", lambda: by(shops(), "Boutique", "Chiffre d'affaires").idxmax()),
        ("zui-gao-qi-wen", "上海", lambda: weather().loc[weather()["最高气温"].idxmax(), "城市"]),
        ("zui-gao-qi-wen", "2025-07-21", lambda: weather().loc[weather()["最高气温"].idxmax(), "日期"]),
        ("chart-revenue-by-region", "east", lambda: by(sales(), "region", "revenue").idxmin()),
        (
            "chart-units-per-month",
            "2025-03",
            lambda: sales()["units"].groupby(sales()["week"].str[:7]).sum().idxmax(),
        ),
        ("diagramm-artikel", "zucker", lambda: by(orders(), "Artikel", "Menge").idxmax()),
        ("jiang-shui-tu", "北京", lambda: by(weather(), "城市", "降水量").idxmax()),
        ("log-errors", "/checkout", lambda: Counter(errors()).most_common(1)[0][0]),
        ("puis-la-moyenne", "décembre", lambda: by(shops(), "Mois", "Chiffre d'affaires").idxmax()),
    ],
)
def test_the_words_of_a_task_are_right(name: str, word: str, winner: Callable[[], str]) -> None:
    wanted = TASKS[name].wanted
    assert word in {each for words in wanted.words for each in words.any_of} | {each.day for each in wanted.dates}
    assert winner().casefold() == word.strip("*")


def test_there_are_tasks_of_every_kind_and_in_five_languages() -> None:
    tasks = TASKS.values()
    assert len(tasks) >= 40
    assert {task.language for task in tasks} >= {"en", "de", "es", "fr", "zh"}
    assert {task.kind for task in tasks} >= {
        *("total", "count", "chart", "repair", "follow-up", "two people", "question", "refusal", "chat", "date"),
        *("file", "computation", "join", "share"),
    }
    assert {Path(file).suffix for task in tasks for file in task.files} >= {
        *(".csv", ".xlsx", ".json", ".parquet", ".log")
    }
    assert any(not task.files for task in tasks)
    assert any(reply.who != "Ann" for task in tasks for reply in task.replies)


def test_a_third_is_held_out_by_the_digest_of_the_name() -> None:
    held = {task.name for task in TASKS.values() if task.hold_out}
    assert held == {name for name in TASKS if int(hashlib.sha256(name.encode()).hexdigest(), 16) % 3 == 1}
    assert 0.25 <= len(held) / len(TASKS) <= 0.4
    assert held == {case.task.name for case in choose([str(EVALS / "hold_out.toml")], EVALS, "all").cases}


def test_files_of_tasks_are_small() -> None:
    assert all(path.stat().st_size < 100_000 for path in FILES.iterdir())
