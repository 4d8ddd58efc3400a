"""One chart: the template it is made from and what is filled in."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from agents.demo.roles import FREQUENCIES, PERIODS, adds_up, period
from agents.demo.tables import Column, Table
from agents.demo.texts import bag, label, slug
from agents.demo.wishes import Wish
from agents.demo.writing import fill, literal, program

ACCENT = "#2b6cb0"
PALETTE = [ACCENT, "#dd6b20", "#2f855a", "#c53030", "#6b46c1", "#0d9488"]
MEANS = {
    "sum": "total",
    "mean": "average",
    "median": "median",
    "count": "number",
    "nunique": "different values of",
    "max": "highest",
    "min": "lowest",
}
CYCLES = {
    "weekday": (".dt.day_name()", ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]),
    "time of day": (".dt.hour", None),
    "calendar month": (
        ".dt.month_name()",
        bag("January February March April May June July August September October November December"),
    ),
}


_MANY = frozenset(
    bag("split over_time_split stacked panels pie grouped wide differ drivers years cluster function walk shares")
)
"""Templates that use several colours."""
_TIMES = frozenset(bag("over_time over_time_split panels prices shares"))
"""Templates with dates along an axis."""


SHOWN = "show(facts)"
"""How a program that has drawn ends."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart to draw: `title` also heads its code, `before` prepares a column for it."""

    template: str
    title: str
    values: Mapping[str, object] = field(default_factory=dict)
    before: str = ""

    def code(self) -> str:
        """The lines that draw it."""
        body = fill(self.template, self.values)
        before = f"{self.before}\n" if self.before else ""
        return f"# {self.title}\n{before}{body}"


def narrowed(chart: Chart, conditions: str) -> Chart:
    """The chart with what its rows have in common in its title."""
    if not conditions:
        return chart
    title = f"{chart.title} ({conditions})"
    shown = {"TITLE": _wrapped(title)} | files(title) if "TITLE" in chart.values else {}
    if file := str(chart.values.get("FILE", "")):
        shown["FILE"] = f"{slug(title)}.{file.rpartition('.')[2]}"
    return replace(chart, title=title, values={**chart.values, **shown})


def block(load: str, charts: Sequence[Chart], wish: Wish, filters: Sequence[str] = ()) -> str:
    """The program that reads a table and draws charts of it."""
    drawn = [chart.code() for chart in charts]
    palette = [wish.colour, *PALETTE] if wish.colour else PALETTE
    used = {chart.template for chart in charts} | {"split" for chart in charts if chart.values.get("SPLIT")}
    values = {"SIZE": _size(wish), "COLORS": palette, "MANY": bool(used & _MANY), "TIMES": bool(used & _TIMES)}
    style = fill("style", values) if any("plt." in code for code in drawn) else ""
    called = [name for name in ("number", "pairs") if any(f"{name}(" in code for code in drawn)]
    helpers = [fill(name, {}) for name in (*called, "show")]
    opening = "\n".join([load, *filters, "facts = []"])
    return program(style, *helpers, opening, *drawn, SHOWN)


def totals(value: Column | None, by: Column, wish: Wish, pie: bool = False, named: Sequence[str] = ()) -> Chart:
    """Sums, or counts without a value, of the largest groups, as bars or as a ring; `named` stand out."""
    top = abs(wish.top) or (6 if pie else 10)
    rest = max(by.distinct - top, 0) if wish.top >= 0 else 0
    others, share = pie or (0 < rest <= 20 and not wish.top), value is None or value.low >= 0
    title = capital(f"{label(value.name) if value else 'Rows'} by {label(by.name)}{_ends(by, wish)}")
    values = base(wish, title)
    values |= {"SUM": value is not None, "COUNT": value is None, "SHARE": share, "PLAIN": not share}
    values |= {"OTHERS": others, "ALONE": not others, "NOTE": rest > 0 and not others, "REST": rest > 0}
    values |= _order(wish) | {"NAMED": list(named)}
    values |= {"BY": by.name, "VALUE": value.name if value else "", "TOP": top}
    return Chart(
        "pie" if pie else "totals", title, values | {"LABEL": f"{label(value.name)}, total" if value else "rows"}
    )


def _ends(by: Column, wish: Wish) -> str:
    if not wish.top or abs(wish.top) >= by.distinct:
        return ""
    return f", top {wish.top}" if wish.top > 0 else f", lowest {-wish.top}"


def _order(wish: Wish) -> dict[str, object]:
    order: dict[str, object] = {"UP": wish.sort == "up", "ALPHABET": wish.sort == "name"}
    return order | {"BEST": wish.top >= 0, "WORST": wish.top < 0}


def averages(value: Column, by: Column, wish: Wish, how: str) -> Chart:
    """A mean, median, maximum or minimum of every group, beside that of all rows."""
    title = f"{MEANS[how].capitalize()} {label(value.name)} by {label(by.name)}{_ends(by, wish)}"
    values = base(wish, title) | {
        "BY": by.name,
        "VALUE": value.name,
        "HOW": how,
        "TOP": abs(wish.top) or 12,
    }
    return Chart("averages", title, values | _order(wish) | {"LABEL": f"{label(value.name)}, {MEANS[how]}"})


def over_time(table: Table, value: Column | None, date: Column, wish: Wish, split: Column | None = None) -> Chart:
    """A value through time, or the number of rows; a line for each of the largest groups of `split`."""
    values, title = _in_time(value, date, wish, coarse=split is not None)
    if values["RAW"] and value and date.distinct < table.rows - date.missing:
        title = titled(str(values["HOW"]), label(value.name), f"per {label(date.name)}")
        values |= {
            "EVERY": label(date.name),
            "TITLE": title,
            "LABEL": f"{label(value.name)}, {MEANS[str(values['HOW'])]}",
        } | files(title)
    if split:
        title = f"{title} by {label(split.name)}"
        values |= {"SPLIT": split.name, "TOP": min(abs(wish.top) or 6, 12), "TITLE": title} | files(title)
        summed = values["HOW"] in ("sum", "count") and (value is None or value.low >= 0)
        return Chart(
            "stacked" if wish.chart == "bar" and summed else "over_time_split", title, values | {"SUM": summed}
        )
    zero = values["HOW"] in ("sum", "count") and not wish.log and (value is None or value.low >= 0)
    return Chart("over_time", title, values | {"ZERO": zero, "DATE": date.name})


def bars_in_time(value: Column | None, date: Column, wish: Wish) -> Chart:
    """A bar for every period of time."""
    values, title = _in_time(value, date, wish, coarse=True)
    labels = periods(date, str(values["EVERY"])) <= 14
    return Chart("bars_in_time", title, values | {"LABELS": labels})


def parts_of_time(value: Column | None, date: Column, wish: Wish) -> Chart:
    """A ring with a part for every period."""
    name, count = wish.every, int(periods(date, wish.every)) + 2
    chart = totals(value, Column(name, "text", 0, count), replace(wish, top=count), pie=True)
    before = f'df[{literal(name)}] = df[{literal(date.name)}].dt.to_period("{PERIODS[name]}").astype(str)'
    return replace(chart, values={**chart.values, "INORDER": True}, before=before)


def periods(date: Column, every: str) -> float:
    """How many periods a column of dates spans."""
    return date.days / _LENGTHS[every]


def panels(chosen: Sequence[Column], date: Column, wish: Wish) -> Chart:
    """Several values through the same time, one panel each."""
    values, _ = _in_time(chosen[0], date, wish, coarse=True)
    how = wish.how or ("sum" if all(adds_up(column) for column in chosen) else "mean")
    title = capital(f"{' and '.join(label(column.name) for column in chosen)} per {values['EVERY']}")
    values |= {"VALUES": [column.name for column in chosen], "HOW": how, "TITLE": title} | files(title)
    return Chart("panels", title, values)


def ordered(value: Column | None, by: Column, wish: Wish, order: Sequence[str] = ()) -> Chart:
    """A bar for every value of a column that has an order of its own, like years, or the one that is given."""
    how, name = how_of(value, wish), label(value.name) if value else "rows"
    title = titled(how, name, f"by {label(by.name)}")
    values = base(wish, title) | {"BY": by.name, "VALUE": value.name if value else by.name}
    values |= {"HOW": how, "LABELS": by.distinct <= 14, "LABEL": f"{name}, {MEANS[how]}", "ORDER": list(order)}
    values |= {"LINE": wish.chart == "line", "BARS": wish.chart != "line"}
    values |= {"SORT": wish.sort in ("up", "down"), "UP": wish.sort == "up"}
    return Chart("columns", title, values)


def cycle(value: Column | None, date: Column, wish: Wish) -> Chart:
    """A bar for every weekday, hour of the day or calendar month."""
    ending, order = CYCLES[wish.every]
    how, name = how_of(value, wish), label(value.name) if value else "rows"
    title = titled(how, name, f"by {wish.every}")
    values = base(wish, title) | {"BY": wish.every, "VALUE": value.name if value else wish.every}
    values |= {"HOW": how, "LABELS": True, "LABEL": f"{name}, {MEANS[how]}", "ORDER": order}
    values |= {"LINE": wish.chart == "line", "BARS": wish.chart != "line"}
    values |= {"SORT": wish.sort in ("up", "down"), "UP": wish.sort == "up"}
    before = f"df[{literal(wish.every)}] = df[{literal(date.name)}]{ending}"
    return Chart("columns", title, values, before)


def grouped(value: Column | None, by: Column, split: Column, wish: Wish) -> Chart:
    """Bars for every pair of two groupings."""
    how, name = how_of(value, wish), label(value.name) if value else "rows"
    title = titled(how, name, f"by {label(by.name)} and {label(split.name)}")
    values = base(wish, title) | {"BY": by.name, "SPLIT": split.name, "HOW": how}
    values |= {"VALUE": value.name if value else "", "COUNT": value is None, "MEASURE": value is not None}
    return Chart("grouped", title, values | {"LABEL": f"{name}, {MEANS[how]}", "SPLIT_LABEL": label(split.name)})


def histogram(table: Table, value: Column, wish: Wish) -> Chart:
    """How the values of a column are distributed."""
    title = f"Distribution of {label(value.name)}"
    bins = max(10, min(50, int((table.rows - value.missing) ** 0.5)))
    return Chart(
        "histogram",
        title,
        base(wish, title) | {"VALUE": value.name, "BINS": bins, "LABEL": label(value.name)},
    )


def boxes(value: Column, by: Column, wish: Wish) -> Chart:
    """The spread of a value in every group."""
    title = f"Spread of {label(value.name)} by {label(by.name)}"
    values = base(wish, title) | {"VALUE": value.name, "BY": by.name, "TOP": abs(wish.top) or 12}
    return Chart("boxes", title, values | {"LABEL": label(value.name)})


def scatter(table: Table, x: Column, y: Column, wish: Wish, split: Column | None = None) -> Chart:
    """Two values against each other, with a straight line through them."""
    title = capital(f"{label(y.name)} against {label(x.name)}")
    values = base(wish, title) | {
        "X": x.name,
        "Y": y.name,
        "XLABEL": label(x.name),
        "YLABEL": label(y.name),
    }
    rated = max(x.distinct, y.distinct) <= 12 and table.rows > 30
    values |= {
        "ALPHA": 0.6 if table.rows < 1000 else 0.25,
        "ONE": split is None and not rated,
        "BUBBLES": split is None and rated,
        "SPLIT": split.name if split else "",
    }
    return Chart("scatter", title, values)


def wide(years: Sequence[Column], by: Column, wish: Wish) -> Chart:
    """A line for every group through columns that are years."""
    title = f"By {label(by.name)}, {label(years[0].name)} to {label(years[-1].name)}"
    values = base(wish, title) | {
        "YEARS": [column.name for column in years],
        "BY": by.name,
        "TOP": abs(wish.top) or 8,
    }
    return Chart("wide", title, values)


def heat(chosen: Sequence[Column], wish: Wish) -> Chart:
    """How every two of several values go together."""
    title = "Correlations"
    return Chart("heat", title, base(wish, title) | {"COLUMNS": [column.name for column in chosen[:20]]})


def differ(chosen: Sequence[Column], by: Column, wish: Wish) -> Chart:
    """In what groups differ: the means of every value, and the two that tell them apart best."""
    title = f"How the groups of {label(by.name)} differ"
    values = base(wish, title) | {"NUMBERS": [column.name for column in chosen[:40]], "BY": by.name}
    return Chart("differ", title, values)


def common_words(column: Column, wish: Wish) -> Chart:
    """The commonest words of a column of free text."""
    title = f"Commonest words in {label(column.name)}"
    return Chart("words", title, base(wish, title) | {"COLUMN": column.name})


def table_file(value: Column, by: Sequence[Column], wish: Wish) -> Chart:
    """Sums, means and counts of every group as a file."""
    title = capital(f"{label(value.name)} by {' and '.join(label(column.name) for column in by)}")
    ending = wish.file or "csv"
    values = {
        "VALUE": value.name,
        "BY": [column.name for column in by],
        "HOW": how_of(value, wish),
        "FILE": f"{slug(title)}.{ending}",
    }
    return Chart("table", title, values | {"CSV": ending == "csv", "XLSX": ending == "xlsx"})


_LENGTHS = {"": 1, "hour": 1 / 24, "day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}


def _in_time(value: Column | None, date: Column, wish: Wish, coarse: bool) -> tuple[dict[str, object], str]:
    how = how_of(value, wish)
    every = wish.every if wish.every in FREQUENCIES else period(date, how in ("sum", "count"))
    if date.kind != "date":
        every = ""
    elif coarse and not every:
        steps = ((4, "hour"), (62, "day"), (400, "week"), (3700, "month"))
        every = next((name for days, name in steps if date.days <= days), "year")
    name = label(value.name) if value else "rows"
    title = titled(how, name, f"per {every}") if every else capital(f"{name} over time")
    values = base(wish, title) | {
        "VALUE": value.name if value else date.name,
        "NAME": value.name if value else "",
        "HOW": how,
        "EVERY": every,
    }
    values |= {
        "FREQ": FREQUENCIES.get(every, ""),
        "PERIOD": PERIODS.get(every, ""),
        "RAW": not every,
        "WHOLE": how in ("count", "nunique") and not wish.log,
        "TICKS": 7 if PERIODS.get(every) == "D" else 12,
        "DATE": date.name,
    }
    return values | {"LABEL": name if not every else f"{name}, {MEANS[how]}"}, title


def how_of(value: Column | None, wish: Wish) -> str:
    if value is None:
        return "count"
    return wish.how or ("sum" if adds_up(value) else "mean")


def titled(how: str, name: str, rest: str) -> str:
    return capital(f"{name} {rest}" if how in ("sum", "count") else f"{MEANS[how]} {name} {rest}")


def capital(title: str) -> str:
    """A title that begins with a capital, unless its first word has its own way, like iPhone."""
    return title[0].upper() + title[1:] if title.partition(" ")[0].islower() else title


def base(wish: Wish, title: str) -> dict[str, object]:
    values: dict[str, object] = {
        "TITLE": _wrapped(title),
        "COLOR": wish.colour or ACCENT,
        "LOG": bool(wish.log),
        "WIDTH": _size(wish)[0],
    }
    return values | files(title)


def _wrapped(title: str) -> str:
    return "\n".join(textwrap.wrap(title, 70)) or title


def files(title: str) -> dict[str, object]:
    return {"PNG": f"{slug(title)}.png", "CSV": f"{slug(title)}.csv"}


def _size(wish: Wish) -> tuple[float, float]:
    scale = wish.scale or 1
    return round(9 * scale, 1), round(5 * scale, 1)
