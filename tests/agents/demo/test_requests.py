"""What people ask of a table and how it is answered: the right rows, the right chart, or a plain no."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from agents import wording
from agents.demo.texts import amount
from tests.agents.demo.table import Runner, Talk

Start = Callable[..., Talk]


def shop() -> pd.DataFrame:
    """A year and a half of orders; the same numbers every time."""
    rng = np.random.default_rng(5)
    rows = 540
    table = pd.DataFrame(
        {
            "date": pd.date_range("2023-01-01", periods=rows, freq="D"),
            "region": rng.choice(["North", "South", "East"], rows, p=[0.5, 0.3, 0.2]),
            "product": rng.choice(["Laptop", "Phone", "Tablet", "Cable"], rows),
            "units": rng.integers(1, 40, rows),
            "price": rng.choice([9.5, 19.5, 49.0, 250.0], rows),
            "returned": rng.choice([True, False], rows, p=[0.2, 0.8]),
            "customer": [f"Customer {number}" for number in rng.integers(1, 60, rows)],
        }
    )
    table["revenue"] = (table["units"] * table["price"]).round(2)
    return table


@pytest.fixture(scope="module")
def shop_once(programs: Runner, tmp_path_factory: pytest.TempPathFactory) -> Talk:
    played = Talk(programs, tmp_path_factory.mktemp("shop"))
    shop().to_csv(played.workspace / "shop.csv", index=False)
    return played.say("revenue by region", "shop.csv")


@pytest.fixture
def sold(shop_once: Talk, tmp_path: Path) -> Talk:
    """A talk in which revenue by region has been drawn."""
    shutil.copytree(shop_once.workspace, tmp_path, dirs_exist_ok=True)
    return Talk(shop_once.runner, tmp_path, lines=list(shop_once.lines), results=list(shop_once.results))


Rows = Callable[[pd.DataFrame], "pd.Series[bool]"]
CONDITIONS: dict[str, Rows] = {
    "South only": lambda df: df["region"] == "South",
    "just the North": lambda df: df["region"] == "North",
    "only north and east": lambda df: df["region"].isin(["North", "East"]),
    "without laptops": lambda df: df["product"] != "Laptop",
    "excluding cables and phones": lambda df: ~df["product"].isin(["Cable", "Phone"]),
    "without returns": lambda df: ~df["returned"],
    "only those that were returned": lambda df: df["returned"],
    "total revenue of returned orders": lambda df: df["returned"],
    "where price > 10": lambda df: df["price"] > 10,
    "units at least 30": lambda df: df["units"] >= 30,
    "units between 5 and 10": lambda df: df["units"].between(5, 10),
    "only orders with more than 1,000 revenue": lambda df: df["revenue"] > 1000,
    "where region is East and units < 20": lambda df: (df["region"] == "East") & (df["units"] < 20),
    "only 2024": lambda df: df["date"].dt.year == 2024,
    "only the last year": lambda df: df["date"].dt.year == 2024,
    "in March": lambda df: df["date"].dt.month == 3,
    "Q2 2023": lambda df: (df["date"].dt.year == 2023) & df["date"].dt.month.isin([4, 5, 6]),
    "since March 2024": lambda df: df["date"] >= "2024-03-01",
    "before 2024": lambda df: df["date"] < "2024-01-01",
    "between 2023-03-05 and 2023-04-10": lambda df: df["date"].between("2023-03-05", "2023-04-10"),
    "the last 30 days": lambda df: df["date"] > df["date"].max() - pd.Timedelta(days=30),
    "only Customer 7": lambda df: df["customer"] == "Customer 7",
    "nur South": lambda df: df["region"] == "South",
}


@pytest.mark.parametrize("text", CONDITIONS)
def test_only_the_rows_that_are_asked_for_are_used(text: str, sold: Talk) -> None:
    sold.say(text)
    truth = shop()
    left = int(CONDITIONS[text](truth).sum())
    assert 0 < left < len(truth)
    assert f"This is about {left:,} of {len(truth):,} rows" in sold.last, sold.transcript()
    assert all(result.ok for result in sold.results), sold.transcript()


def test_conditions_add_up_and_end(sold: Talk) -> None:
    for text in ("only 2024", "without returns", "South only", "and East"):
        sold.say(text)
    truth = shop()
    kept = (truth["date"].dt.year == 2024) & ~truth["returned"] & truth["region"].isin(["South", "East"])
    assert f"This is about {kept.sum()} of 540 rows: 2024, not returned, East and South" in sold.last.replace(
        "South and East", "East and South"
    )
    sold.say("all the data")
    assert "This is about" not in sold.last
    assert amount(truth["revenue"].sum()) in sold.last


def test_conditions_are_in_the_title_and_in_the_name_of_the_file(sold: Talk) -> None:
    sold.say("revenue by product, South only, where price > 10")
    assert "Revenue by product (price > 10, South)" in sold.codes[-1]
    assert "revenue_by_product_price_10_south.png" in sold.pictures


def test_a_combination_that_no_row_meets_is_said_to_be_empty(talk: Start) -> None:
    played = talk()
    pd.DataFrame({"kind": ["a", "b"] * 20, "size": [n * n for n in range(40)], "flag": ["yes", "no"] * 20}).to_csv(
        played.workspace / "odd.csv", index=False
    )
    played.say("size by kind where kind is a and flag = no", "odd.csv")
    assert "None of the 40 rows is left" in played.last, played.transcript()
    assert not played.pictures


ANSWERS = {
    "top 2": ("totals.head(2)", "Revenue by region, top 2"),
    "bottom 2 products by revenue": ("totals.tail(2)", "Lowest of revenue are"),
    "sorted ascending": ("shown = shown[::-1]", "leads with"),
    "alphabetically": ("shown.sort_index()", "leads with"),
    "as a pie": ("ax.pie(", "leads with"),
    "compare North and South": ('isin(["North", "South"])', "Revenue per month of North"),
    "laptop vs phone over time": ('isin(["Laptop", "Phone"])', "of Laptop"),
    "compare 2023 and 2024": ("isin([2023, 2024])", "In 2024 the total revenue is"),
    "share of South": ("bar.set_alpha", "South has"),
    "percentage of returned orders by product": ("100.0 *", "percent of rows"),
    "what drives revenue?": ("target.corr(", "does not make one the cause"),
    "what drives returned": ('== "True"', "returned = True"),
    "total revenue": ('.agg("sum")', "The total revenue of 540 rows is"),
    "how many customers are there?": (".nunique()", "different values in 540 rows"),
    "which month had the most revenue?": ('freq="MS"', "The highest is"),
    "revenue by region and product as a table": ('["region", "product"]', "The table has 12 rows"),
    "the last 3 months as a pie per month": ("ax.pie(", "leads with"),
    "revenue per month by product as bars": ("stacked=True", "leads with"),
}


@pytest.mark.parametrize("text", ANSWERS)
def test_a_request_is_answered_as_asked(text: str, sold: Talk) -> None:
    sold.say(text)
    code, told = ANSWERS[text]
    assert code in sold.codes[-1], sold.transcript()
    assert told in sold.last or told in sold.transcript().rpartition("Ada\n")[2], sold.transcript()
    assert all(result.ok for result in sold.results), sold.transcript()


REFUSED = {
    "forecast revenue for next year": "I do not forecast",
    "predict the price": "I do not forecast",
    "in German labels": "I cannot translate",
    "why did revenue fall in March?": "I cannot say why",
    "3d chart of revenue by region": "no 3D",
    "draw a sankey": "a kind of chart that I do not draw",
    "send it to my boss": "the sandbox has no network",
    "only Narnia": "I do not find “Narnia”",
    "in Paris": "I do not find “Paris”",
    "share of women": "I do not find “women”",
    "only 1999": "There are no rows in those years",
    "compare 2022 and 2023": "There are no rows of 2022 to compare",
    "where units > 1000": "No row has units > 1,000",
    "revenue by banana": "no column like “banana”",
    "banana by region": "no column like “banana”",
    "average revenue by region as a pie": "do not add up",
    "revenue per week as a pie": "cannot be read",
    "what drives product": "neither",
    "price by region as a pie": "does not look like something to add up",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_cannot_be_done_is_said_and_nothing_is_drawn(text: str, sold: Talk) -> None:
    pictures = len(sold.pictures)
    sold.say(text)
    assert REFUSED[text] in sold.last, sold.transcript()
    assert len(sold.pictures) == pictures
    assert sold.finished
    sold.say("revenue by product")
    assert "leads with" in sold.last, sold.transcript()


def test_a_mild_wish_beyond_the_rules_is_remarked_on_and_the_rest_is_done(sold: Talk) -> None:
    sold.say("revenue by product with German labels")
    assert "I cannot translate" in sold.transcript()
    assert "revenue_by_product.png" in sold.pictures


def test_share_prices_can_be_bars_but_no_pie(talk: Start) -> None:
    played = talk().say("Compare Apple and Microsoft").say("as a bar chart")
    assert "ax.bar(" in played.codes[-1]
    assert "did best" in played.last
    count = len(played.codes)
    played.say("as a pie")
    assert "A pie shows the parts of a whole" in played.last
    assert len(played.codes) == count
    played.say("since 2010")
    assert "January 2010" in played.last, played.transcript()


def test_a_computation_declines_what_only_tables_have(talk: Start) -> None:
    played = talk().say("Plot sin(x)").say("as a pie chart")
    assert "Of this computation I can change" in played.last
    assert len(played.codes) == 1
    played.say("from 0 to 3")
    assert "np.linspace(0.0, 3.0" in played.codes[-1]


def test_months_by_name_keep_their_order_and_may_be_a_line(talk: Start) -> None:
    played = talk()
    pd.DataFrame({"Month": ["Jan", "Feb", "Mar", "Apr"], "Visitors": [120, 95, 180, 130]}).to_csv(
        played.workspace / "m.csv", index=False
    )
    played.say("visitors by month", "m.csv")
    assert '"Jan", "Feb", "Mar", "Apr"' in played.codes[-1]
    played.say("as a line")
    assert '"o-"' in played.codes[-1]
    played.say("per week")
    assert "ax.plot" in played.codes[-1] or "There is no column of dates" in played.last


def test_what_is_no_column_but_a_plural_counts_rows(talk: Start) -> None:
    played = talk()
    pd.DataFrame({"department": ["a", "b", "b"] * 9, "salary": range(27)}).to_csv(
        played.workspace / "staff.csv", index=False
    )
    played.say("employees by department", "staff.csv")
    assert "There is no column “employees”, so I count rows." in played.transcript()
    assert "b leads with 18 of the rows" in played.last, played.transcript()


def test_a_day_that_the_data_cover_in_part_is_no_record(talk: Start) -> None:
    played = talk()
    times = pd.date_range("2024-06-01", periods=24 * 20 + 15, freq="h")
    warmth = 20 + 5 * np.sin((times.hour - 6) * np.pi / 12)
    warmth = warmth + np.where(times.day == 7, 1.0, 0.0)
    pd.DataFrame({"time": times, "temperature": warmth}).to_csv(played.workspace / "t.csv", index=False)
    played.say("hottest day", "t.csv")
    assert "The highest is 21 (7 Jun 2024)" in played.last, played.transcript()
    assert "The data cover 21 Jun 2024 only in part" in played.last


def test_what_stood_in_the_thread_before_is_no_wish(sold: Talk) -> None:
    before = len(sold.codes)
    sold.say(f"{wording.context('Bob: only South, as a pie')}\n\nby product")
    assert len(sold.codes) == before + 1
    assert "Revenue by product" in sold.codes[-1]
    assert "South" not in sold.codes[-1]
    assert "ax.pie(" not in sold.codes[-1]
