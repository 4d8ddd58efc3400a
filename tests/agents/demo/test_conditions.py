"""Spans of time, comparisons and values in words, without running anything."""

from __future__ import annotations

from datetime import datetime

import pytest

from agents.demo import comparators, limits, named_values, spans
from agents.demo.tables import Column, Table

FIRST, LAST = datetime(2022, 5, 1), datetime(2024, 8, 27)
SPANS: dict[str, tuple[str, str, str] | None] = {
    "only 2023": ("2023-01-01", "2024-01-01", "2023"),
    "revenue 2023 by region": ("2023-01-01", "2024-01-01", "2023"),
    "from 2022 to 2023": ("2022-01-01", "2024-01-01", "2022 to 2023"),
    "before 2024": ("0001-01-01", "2024-01-01", "before 2024"),
    "after March 2024": ("2024-04-01", "9999-12-31", "after March 2024"),
    "since 15.03.2024": ("2024-03-15", "9999-12-31", "since 15 Mar 2024"),
    "4 Mar 2024": ("2024-03-04", "2024-03-05", "4 Mar 2024"),
    "Jan-Mar 2024": ("2024-01-01", "2024-04-01", "January 2024 to March 2024"),
    "and only for 2023 Q2?": ("2023-04-01", "2023-07-01", "Q2 2023"),
    "2023-q4 to 2024-q1": ("2023-10-01", "2024-04-01", "Q4 2023 to Q1 2024"),
    "Q2 2023": ("2023-04-01", "2023-07-01", "Q2 2023"),
    "the first quarter of 2024": ("2024-01-01", "2024-04-01", "Q1 2024"),
    "only the last year": ("2024-01-01", "2025-01-01", "2024"),
    "over the last 3 months": ("2024-05-28", "9999-12-31", "last 3 months"),
    "letzter Monat": ("2024-08-01", "2024-09-01", "August 2024"),
    "you may march on": None,
    "the top 2000": None,
    "price > 2000": None,
    "31.31.2024": None,
    "by month": None,
}


@pytest.mark.parametrize("text", SPANS)
def test_reads_a_span_of_time(text: str) -> None:
    span = spans.find(text, FIRST, LAST)
    told = (str(span.start.date()), str(span.stop.date()), span.said) if span else None
    assert told == SPANS[text]


@pytest.mark.parametrize(
    ("text", "months"),
    [("in March", (3,)), ("Q1", (1, 2, 3)), ("November to January", (11, 12, 1)), ("May", (5,))],
)
def test_months_without_a_year_are_those_of_every_year(text: str, months: tuple[int, ...]) -> None:
    span = spans.find(text, FIRST, LAST)
    assert span
    assert span.months == months


COMPARED: dict[str, list[tuple[str, str, float]]] = {
    "where price > 10": [("price", ">", 10)],
    "unit price at least 1,000": [("unit price", ">=", 1000)],
    "price under 2k and units over 5": [("price", "<", 2000), ("units", ">", 5)],
    "more than 10 units": [("units", ">", 10)],
    "units between 5 and 10": [("units", "between", 5)],
    "5 or more units": [("units", ">=", 5)],
    "price = 9.5": [("price", "==", 9.5)],
    "over the last 3 months": [],
    "price over 3 years": [],
    "above 100": [("", ">", 100)],
    "between 2023-03-01 and 2023-05-31": [],
}


@pytest.mark.parametrize("text", COMPARED)
def test_reads_conditions_on_numbers(text: str) -> None:
    found = comparators.find(text, ["unit price", "price", "units"])
    assert [(one.column, one.sign, one.low) for one in found] == COMPARED[text]


TABLE = Table(
    "t",
    90,
    3,
    (
        Column("region", "text", 0, 3, top={"North": 50, "South": 30, "South West": 10}),
        Column("status", "text", 0, 2, top={"returned": 30, "sold": 60}),
        Column("class", "text", 0, 2, top={"A": 50, "B": 40}),
    ),
)
NAMED: dict[str, list[tuple[tuple[str, ...], str]]] = {
    "only the North": [(("North",), "kept")],
    "south west only": [(("South West",), "kept")],
    "without returns": [(("returned",), "left out")],
    "in North or South": [(("North", "South"), "kept")],
    "compare North and South": [(("North", "South"), "compared")],
    "North against South West": [(("North", "South West"), "compared")],
    "status is not sold": [(("sold",), "left out")],
    "how does North do": [(("North",), "named")],
    "class A": [(("A",), "named")],
    "a plot by class": [],
}


@pytest.mark.parametrize("text", NAMED)
def test_reads_what_is_said_about_values(text: str) -> None:
    assert [(named.values, named.part) for named in named_values.find(text, TABLE)] == NAMED[text]


@pytest.mark.parametrize(
    "text",
    ["forecast sales", "why did it fall", "a heat map", "revenue by month", "make it red", "what should we do"],
)
def test_knows_its_limits(text: str) -> None:
    assert (limits.find(text) is None) == (text in ("a heat map", "revenue by month", "make it red"))
