"""Charts that set things beside each other: what goes along with a value, years, shares; and one number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from agents.demo.charts import MEANS, Chart, averages, base, capital, files, grouped, how_of, titled
from agents.demo.named_values import Named
from agents.demo.tables import Column
from agents.demo.texts import label
from agents.demo.wishes import Wish
from agents.demo.writing import Code, literal


def drivers(target: Column, numbers: Sequence[Column], groups: Sequence[Column], wish: Wish) -> Chart:
    """How strongly each column goes along with a number, or with the commoner or true one of two values."""
    yes = "" if target.kind == "number" else _yes(target)
    subject = f"{label(target.name)} = {label(yes)}" if yes else label(target.name)
    title = f"What goes along with {subject}"
    values = base(wish, title) | {"TARGET": target.name, "NUMBER": not yes, "SHARE": bool(yes), "YES": yes}
    values |= {"NUMBERS": [column.name for column in numbers[:30] if column.name != target.name]}
    values |= {"GROUPS": [column.name for column in groups[:15] if column.name != target.name]}
    share = f"share of rows with {subject}" if yes else f"{label(target.name)}, average"
    show = Code('f"{value:.0%}"' if yes else "number(value)")
    return Chart("drivers", title, values | {"SUBJECT": subject, "LABEL": share, "SCATTER": not yes, "SHOW": show})


def _yes(target: Column) -> str:
    true = [value for value in target.top if value.casefold() in ("true", "yes", "y", "ja", "1")]
    return (true or list(target.top))[0]


def years(value: Column | None, date: Column, chosen: Sequence[int], wish: Wish, by: Column | None) -> Chart:
    """A line for each of some years over the months that they share; with groups, a bar for each of the years."""
    if by:
        where = f"df[{literal(date.name)}].dt.year"
        before = f'df = df[{where}.isin({list(chosen)})]\ndf["year"] = {where}.astype(str)'
        return replace(grouped(value, by, Column("year", "text", 0, len(chosen)), wish), before=before)
    how, name = how_of(value, wish), label(value.name) if value else "rows"
    title = titled(how, name, f"per month, {' and '.join(map(str, chosen))}")
    zero = how in ("sum", "count") and (value is None or value.low >= 0)
    values = base(wish, title) | {"DATE": date.name, "VALUE": value.name if value else date.name, "HOW": how}
    values |= {"YEARS": list(chosen), "ZERO": zero, "SUMMED": how in ("sum", "count")}
    return Chart("years", title, values | {"LABEL": f"{name}, {MEANS[how]}"})


def single(value: Column | None, wish: Wish) -> Chart:
    """One number of all rows: how many there are, how many different values, or a sum, mean or the like."""
    if value is None:
        return Chart("single", "Number of rows", {"VALUE": "", "HOW": "count", "ROWS": True})
    if value.kind == "text":
        return Chart(
            "single", f"Different {label(value.name)}", {"VALUE": value.name, "HOW": "distinct", "DISTINCT": True}
        )
    how = how_of(value, wish)
    title = capital(f"{MEANS[how]} {label(value.name)}")
    return Chart("single", title, {"VALUE": value.name, "HOW": how, "MEASURE": True})


def rate(named: Named, by: Column, wish: Wish) -> Chart:
    """In how many percent of the rows of every group a column has the values named."""
    values = " or ".join(label(value) for value in named.values)
    name = f"{label(named.column.name)} = {values}, percent of rows"
    title = f"{capital(name)} by {label(by.name)}"
    where = f"df[{literal(named.column.name)}]"
    has = f"{where}.astype(str).isin({literal(list(named.values))})"
    before = f"df[{literal(name)}] = 100.0 * {has}.where({where}.notna())"
    column = Column(name, "number", 0, 2, 0, 100)
    chart = averages(column, by, wish, "mean")
    return replace(
        chart, title=title, values={**chart.values, "TITLE": title, "LABEL": name, **files(title)}, before=before
    )
