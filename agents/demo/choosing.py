"""Which charts answer a wish, given what a table holds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from agents.demo import charts, roles
from agents.demo.charts import Chart
from agents.demo.tables import Column, Table
from agents.demo.texts import moment, said
from agents.demo.wishes import BY, Wish, parse
from agents.demo.words import Mention, mentions, numbered
from agents.demo.writing import literal

MOST = 3
"""Charts in one block."""

_BY = re.compile(rf"\b{BY}", re.IGNORECASE)
_CHART_NAMES = re.compile(
    r"\b(?:bar|line|pie|scatter|box|column|area)[ -]?(?:chart|plot|graph|diagram)s?\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to draw of a table, after which filters; `notes` are said before, `refusal` instead."""

    charts: tuple[Chart, ...] = ()
    filters: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class _Cast:
    """The columns a wish names, or that suit it, by the part they play."""

    table: Table
    wish: Wish
    values: tuple[Column, ...]
    by: tuple[Column, ...]
    date: Column | None

    @property
    def value(self) -> Column | None:
        """What is measured first."""
        if self.wish.how == "count":
            return None
        return self.values[0] if self.values else next(iter(roles.measures(self.table)), None)

    @property
    def group(self) -> Column | None:
        """What to group by when nothing was named."""
        return self.by[0] if self.by else next(iter(roles.groups(self.table)), None)


def choose(table: Table, wish: Wish) -> Plan:
    """At most three charts for a wish; without one, an overview."""
    filters, refusal, filtered = filters_of(table, wish)
    if refusal:
        return Plan(refusal=refusal)
    if unknown := numbered(wish.texts[-1] if wish.texts else "", table.names):
        return Plan(refusal=f"There is no column “{said(unknown[0])}” in {said(table.table)}.")
    cast = _cast(table, wish, filtered)
    notes = _notes(cast)
    drawn = _asked(cast) or _overview(cast)
    if not drawn:
        return Plan(refusal=f"I found nothing to draw in {said(table.table)}: {_poverty(table)}")
    unique = {chart.title: chart for chart in drawn}
    return Plan(tuple(unique.values())[:MOST], filters, notes)


def speaks_of(table: Table, text: str) -> bool:
    """Whether a message names a column of the table, or one of its commonest values."""
    return bool(_mentions(table, text) or mentions(text, table.others) or _values_named(table, text))


def _mentions(table: Table, text: str) -> list[Mention]:
    plain = _CHART_NAMES.sub(lambda found: " " * len(found[0]), text)
    return mentions(plain, [column.name for column in table.columns if column.kind != "empty"])


def _cast(table: Table, wish: Wish, filtered: set[str]) -> _Cast:
    """Who plays what. For every part the latest message that names somebody for it decides."""
    values: list[Column] = []
    by: list[Column] = []
    dated: list[Column] = []
    grouped = True
    for text in reversed(wish.texts):
        found = [(column, m.at) for m in _mentions(table, text) if (column := table.column(m.name))]
        after = [match.end() for match in _BY.finditer(text)]
        grouping = [c for c, at in found if _groups(c, at, after) and c.name not in filtered]
        measured = [c for c, _ in found if c.kind == "number" and c not in grouping]
        by = by or (grouping[:2] if grouped else [])
        values = values or measured
        grouped = grouped and not (measured and _is_whole(text))
        dated = dated or [column for column, _ in found if column.kind == "date"]
    dates = dated or table.kind("date")
    date = next((column for column in dates if column.distinct > 1), None)
    return _Cast(table, wish, tuple(values), tuple(by), date)


def _is_whole(text: str) -> bool:
    """Whether a message that names what to measure says so much that earlier groupings are off the table."""
    wish = parse(text)
    return wish.over_time or wish.chart in ("histogram", "scatter", "heat", "line")


def _groups(column: Column, at: int, after: Sequence[int]) -> bool:
    if column.kind == "text":
        return column.distinct > 1
    close = any(end <= at <= end + len(column.name) for end in after)
    return column.kind == "number" and (roles.is_year(column) or (close and column.distinct <= 60))


def _asked(cast: _Cast) -> list[Chart]:
    """The charts for a kind that was asked for, or for the columns that were named."""
    wish = cast.wish
    match wish.chart:
        case "table":
            return [charts.table_file(cast.value, cast.group, wish)] if cast.value and cast.group else []
        case "differ" if cast.group and len(roles.measures(cast.table)) > 1:
            return [charts.differ(roles.measures(cast.table), cast.group, wish)]
        case "heat" if len(roles.measures(cast.table)) > 1:
            chosen = cast.values if len(cast.values) > 2 else roles.measures(cast.table)
            return [charts.heat(chosen, wish)] if len(chosen) > 2 else _scatters(cast)
        case "scatter":
            return _scatters(cast)
        case "histogram":
            return _distributions(cast)
        case "boxes" if cast.value:
            return [charts.boxes(cast.value, cast.group, wish)] if cast.group else _distributions(cast)
    if wish.every in charts.CYCLES and cast.date:
        return [charts.cycle(cast.value, cast.date, wish)]
    pairs = len(cast.by) > 1 and not parse(wish.texts[-1]).over_time
    if (wish.over_time and not pairs) or (wish.chart == "line" and not cast.by):
        return _through_time(cast)
    return _grouped(cast) or _measured(cast)


def _scatters(cast: _Cast) -> list[Chart]:
    numbers = [*cast.values, *(c for c in roles.measures(cast.table) if c not in cast.values)]
    if len(numbers) < 2:
        return []
    y, x = numbers[:2]
    split = cast.by[0] if cast.by and cast.by[0].distinct <= 12 else None
    return [charts.scatter(cast.table, x, y, cast.wish, split)]


def _distributions(cast: _Cast) -> list[Chart]:
    if cast.values or not cast.by:
        chosen = cast.values or tuple(roles.measures(cast.table))
        if cast.by and chosen:
            return [charts.boxes(chosen[0], cast.by[0], cast.wish)]
        return [charts.histogram(cast.table, column, cast.wish) for column in chosen[:MOST]]
    return [charts.totals(None, cast.by[0], cast.wish)]


def _through_time(cast: _Cast) -> list[Chart]:
    wish, date = cast.wish, cast.date
    if date is None and (years := roles.year_columns(cast.table)) and cast.group:
        return [charts.wide(years, cast.group, wish)]
    if date is None:
        year = next(iter(roles.years(cast.table)), None)
        if year and wish.chart != "bar":
            return [charts.over_time(cast.table, cast.value, year, wish)]
        return [charts.ordered(cast.value, year, wish)] if year else []
    if wish.chart == "bar" and not cast.by:
        return [charts.bars_in_time(cast.value, date, wish)]
    if len(cast.values) > 1 and not cast.by:
        return [charts.panels(cast.values[:5], date, wish)]
    split = next((column for column in cast.by if column.kind == "text"), None)
    return [charts.over_time(cast.table, cast.value, date, wish, split)]


def _grouped(cast: _Cast) -> list[Chart]:
    wish = cast.wish
    wanted = cast.by or (
        (cast.group,) if cast.group and (wish.share or wish.chart in ("bar", "pie") or wish.top) else ()
    )
    if not wanted:
        return []
    if len(wanted) > 1:
        return [charts.grouped(cast.value, wanted[0], wanted[1], wish)]
    if wish.chart == "line" and cast.date and wanted[0].kind == "text":
        return [charts.over_time(cast.table, cast.value, cast.date, wish, wanted[0])]
    values = cast.values if len(cast.values) > 1 and wish.how != "count" else (cast.value,)
    return [_by_group(value, wanted[0], wish) for value in values]


def _by_group(value: Column | None, by: Column, wish: Wish) -> Chart:
    if by.kind == "number":
        return charts.ordered(value, by, wish)
    how = wish.how or (
        "sum" if value is None or wish.share or wish.chart == "pie" or roles.adds_up(value) else "mean"
    )
    if value is None or how in ("sum", "count"):
        pie = wish.chart == "pie" and (value is None or value.low >= 0)
        return charts.totals(value, by, wish, pie)
    return charts.averages(value, by, wish, how)


def _measured(cast: _Cast) -> list[Chart]:
    """What to show of numbers that were named without a word on how."""
    if not cast.values:
        return _through_time(cast) if cast.wish.how == "count" and cast.date else []
    first = cast.values[0]
    drawn = _through_time(cast) if cast.date else []
    if len(cast.values) > 1:
        return [*drawn, charts.scatter(cast.table, cast.values[1], first, cast.wish)]
    if cast.group:
        drawn.append(_by_group(first, cast.group, cast.wish))
    return [*drawn, charts.histogram(cast.table, first, cast.wish)]


def _overview(cast: _Cast) -> list[Chart]:
    """What a first look should show: the course in time, the groups, how numbers are spread or go together."""
    table, wish = cast.table, replace(cast.wish, chart="")
    numbers, groups = roles.measures(table), roles.groups(table)
    if (years := roles.year_columns(table)) and groups:
        return [charts.wide(years, cast.group or groups[0], wish)]
    drawn = _through_time(replace(cast, wish=wish))
    drawn += [_by_group(cast.value, group, wish) for group in groups[: 1 if numbers else 2]]
    if len(numbers) > 3:
        drawn.append(charts.heat(numbers, wish))
    elif len(numbers) > 1:
        drawn.append(charts.scatter(table, numbers[1], numbers[0], wish))
    elif numbers:
        drawn.append(charts.histogram(table, numbers[0], wish))
    texts = [column for column in table.kind("text") if column.distinct > 1 and column not in groups]
    return drawn or [charts.common_words(column, wish) for column in texts[:1]]


def filters_of(table: Table, wish: Wish) -> tuple[tuple[str, ...], str, set[str]]:
    """Lines that keep only what was asked for, why nothing would be left, and the columns they look at."""
    lines, filtered = [], set[str]()
    if wish.years:
        line, refusal = _in_years(table, *wish.years)
        if refusal:
            return (), refusal, filtered
        lines.append(line)
    for text in reversed(wish.texts):
        if named := _values_named(table, text):
            lines += [_only(column, value, kept) for column, value, kept in named]
            filtered |= {column.name for column, _, _ in named}
            break
    return tuple(line for line in lines if line), "", filtered


def _in_years(table: Table, first: int, last: int) -> tuple[str, str]:
    date = next(iter(table.kind("date")), None)
    if date is None:
        year = next(iter(roles.years(table)), None)
        if year is None:
            return "", ""
        return f"df = df[df[{literal(year.name)}].between({first}, {last})]", ""
    if not date.years:
        return "", ""
    if date.years[1] < first or date.years[0] > last:
        span = f"{moment(date.first, 'day')} to {moment(date.last, 'day')}"
        return "", f"There are no rows in those years: {said(date.name)} runs from {span}."
    return f"df = df[df[{literal(date.name)}].dt.year.between({first}, {last})]", ""


def _values_named(table: Table, text: str) -> list[tuple[Column, str, bool]]:
    """The values of text columns after words like "only" and "without", and whether they are to be kept."""
    named = []
    plain = text.casefold()
    for column in table.kind("text"):
        for value in (value for value in column.top if 1 < len(value) < 60 and value.casefold() in plain):
            cue = rf"\b(only|just|nur|for|without|exclud\w+|except|ohne)\s+(?:the\s+)?['\"`]?{re.escape(value)}\b"
            if found := re.search(cue, text, re.IGNORECASE):
                named.append((column, value, found[1].lower() in ("only", "just", "nur", "for")))
    return named[:2]


def _only(column: Column, value: str, kept: bool) -> str:
    text = ".astype(str)" if set(column.top) <= {"True", "False"} else ""
    return f"df = df[df[{literal(column.name)}]{text} {'==' if kept else '!='} {literal(value)}]"


def _notes(cast: _Cast) -> tuple[str, ...]:
    notes = []
    wish, table = cast.wish, cast.table
    if (wish.over_time or wish.every) and cast.date is None and not roles.years(table):
        notes.append("There is no column of dates, so I cannot show it over time.")
    for found in _BY.finditer(wish.texts[-1] if wish.texts else ""):
        word = re.match(r"[^\W\d_]+", wish.texts[-1][found.end() :])
        spoken = word[0] if word else ""
        after = wish.texts[-1][found.end() : found.end() + 40]
        if spoken and not wish.every and not cast.by and not mentions(after, [c.name for c in table.columns]):
            notes.append(f"There is no column like “{said(spoken)}”, so I chose myself.")
            break
    return tuple(notes)


def _poverty(table: Table) -> str:
    return "its columns are empty or hold one value only." if table.columns else "it has no columns."
