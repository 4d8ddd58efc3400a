"""Which charts answer a wish whose columns are known."""

from __future__ import annotations

from dataclasses import replace

from agents.demo import casting, charts, comparisons, roles
from agents.demo.casting import Cast
from agents.demo.charts import Chart
from agents.demo.tables import Column
from agents.demo.wishes import BY_WORDS, Wish, parse

MOST = 3
"""Charts in one block."""


def asked(cast: Cast) -> list[Chart]:
    """The charts for a kind that was asked for, or for the columns that were named."""
    wish = cast.wish
    match wish.chart:
        case "table":
            return _table(cast)
        case "words":
            return _words(cast)
        case "drivers":
            return _drivers(cast)
        case "differ" if cast.group and len(roles.measures(cast.table)) > 1:
            return [charts.differ(roles.measures(cast.table), cast.group, wish)]
        case "heat" if len(roles.measures(cast.table)) > 1:
            return _correlations(cast)
        case "scatter" if not cast.narrowed.compared and not cast.narrowed.years:
            return _scatters(cast)
        case "histogram":
            return _distributions(cast)
        case "boxes" if cast.value:
            return [charts.boxes(cast.value, cast.group, wish)] if cast.group else _distributions(cast)
        case "pie":
            return _pie(cast)
    return _laid_out(cast)


def _table(cast: Cast) -> list[Chart]:
    by = cast.by or ((cast.group,) if cast.group else ())
    value = cast.value or next(iter(cast.table.kind("number")), None)
    return [charts.table_file(value, by, cast.wish)] if value and by else []


def _words(cast: Cast) -> list[Chart]:
    """Of the column that is named, or of the one with the longest texts."""
    texts = [column for column in _spoken(cast) or cast.table.columns if column.kind == "text"]
    texts.sort(key=lambda column: -sum(map(len, column.top)) / len(column.top))
    return [charts.common_words(column, cast.wish) for column in texts[:1]]


def _correlations(cast: Cast) -> list[Chart]:
    spoken = [column for column in _spoken(cast) if column.kind == "number"]
    chosen = spoken if len(spoken) > 1 else roles.measures(cast.table)
    return [charts.heat(chosen, cast.wish)] if len(chosen) > 2 else _scatters(replace(cast, by=()))


def _laid_out(cast: Cast) -> list[Chart]:
    """The charts for a time, for groups, or for numbers without a word on how."""
    wish = cast.wish
    if (columns := roles.year_columns(cast.table)) and not cast.date and not cast.values and cast.group:
        return [charts.wide(columns, cast.group, wish)]
    if len(cast.narrowed.years) > 1 and cast.date:
        groups = [column for column in _spoken(cast) if column.kind == "text"]
        return [comparisons.years(cast.value, cast.date, cast.narrowed.years, wish, groups[0] if groups else None)]
    if cast.rate:
        return [comparisons.rate(cast.rate, cast.by[0], wish)]
    if wish.every in charts.CYCLES and cast.date:
        return [charts.cycle(cast.value, cast.date, wish)]
    pairs = len(cast.by) > 1 and not parse(wish.texts[-1]).over_time
    timed = cast.date or not cast.by
    line = wish.chart == "line" and (not cast.by or (len(cast.by) > 1 and cast.date))
    if (wish.over_time and timed and not pairs) or line:
        return _through_time(cast)
    if wish.chart == "bar" and cast.date and not cast.by and not cast.group:
        return _through_time(cast)
    if _one_number(cast):
        more = (
            _grouped(replace(cast, by=(cast.group,))) if cast.group else _through_time(cast) if cast.date else []
        )
        return [comparisons.single(None if wish.how == "count" else cast.value, wish), *more]
    if cast.narrowed.compared and cast.date and len(cast.by) == 1 and not wish.chart:
        return [*_grouped(cast), charts.over_time(cast.table, cast.value, cast.date, wish, cast.by[0])]
    return _grouped(cast) or _measured(cast)


def _spoken(cast: Cast) -> list[Column]:
    """The columns that the newest words name."""
    newest = cast.wish.texts[-1] if cast.wish.texts else ""
    return [column for m in casting.named(cast.table, newest) if (column := cast.table.column(m.name))]


def _one_number(cast: Cast) -> bool:
    """Whether the newest words ask for one number of all rows."""
    wish, newest = cast.wish, cast.wish.texts[-1] if cast.wish.texts else ""
    if not parse(newest).how or wish.chart or wish.share or wish.top:
        return False
    named = _spoken(cast)
    return not cast.by or (
        bool(named) and all(column.kind == "number" for column in named) and not BY_WORDS.search(newest)
    )


def _pie(cast: Cast) -> list[Chart]:
    """Parts by a group, or by the periods of a time that is short enough."""
    wish, value = cast.wish, cast.value
    by = next((column for column in cast.by if column.kind == "text"), None)
    if by is None and cast.date and wish.every in roles.PERIODS:
        return [charts.parts_of_time(value, cast.date, wish)]
    by = by or cast.group
    return [charts.totals(value, by, wish, pie=True)] if by else []


def _drivers(cast: Cast) -> list[Chart]:
    """What goes along with the first column that is named: a number, or one of two values."""
    table = cast.table
    target = cast.target
    numbers, groups = roles.measures(table), [c for c in roles.groups(table) if c.distinct <= 30]
    if target is None or not [column for column in (*numbers, *groups) if column.name != target.name]:
        return []
    return [comparisons.drivers(target, numbers, groups, cast.wish)]


def _scatters(cast: Cast) -> list[Chart]:
    if cast.by and len(cast.values) == 1:
        return [charts.boxes(cast.values[0], cast.by[0], cast.wish)]
    numbers = [*cast.values, *(c for c in roles.measures(cast.table) if c not in cast.values)]
    if len(numbers) < 2:
        return []
    y, x = numbers[:2]
    split = cast.by[0] if cast.by and cast.by[0].distinct <= 12 else None
    return [charts.scatter(cast.table, x, y, cast.wish, split)]


def _distributions(cast: Cast) -> list[Chart]:
    if cast.values or not cast.by:
        numbers = roles.measures(cast.table) or cast.table.kind("number")
        chosen = cast.values or tuple(numbers)
        if not chosen and cast.group:
            return [charts.totals(None, cast.group, cast.wish)]
        if cast.by and chosen:
            return [charts.boxes(chosen[0], cast.by[0], cast.wish)]
        return [charts.histogram(cast.table, column, cast.wish) for column in chosen[:MOST]]
    return [charts.totals(None, cast.by[0], cast.wish)]


def _through_time(cast: Cast) -> list[Chart]:
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
    split = next((column for column in cast.splits if column.kind == "text" and column.distinct > 1), None)
    return [charts.over_time(cast.table, cast.value, date, wish, split)]


def _grouped(cast: Cast) -> list[Chart]:
    wish = cast.wish
    wanted = cast.by or (
        (cast.group,) if cast.group and (wish.share or wish.chart == "bar" or wish.top or wish.sort) else ()
    )
    if not wanted:
        return []
    if len(wanted) > 1:
        return [charts.grouped(cast.value, wanted[0], wanted[1], wish)]
    if wish.chart == "line" and cast.date and wanted[0].kind == "text":
        return [charts.over_time(cast.table, cast.value, cast.date, wish, wanted[0])]
    values = cast.values if len(cast.values) > 1 and wish.how != "count" else (cast.value,)
    return [_by_group(value, wanted[0], wish, cast.pointed) for value in values]


def _by_group(value: Column | None, by: Column, wish: Wish, pointed: tuple[str, ...] = ()) -> Chart:
    if by.kind == "number":
        return charts.ordered(value, by, wish)
    if (order := roles.natural_order(by)) and not wish.sort and not wish.top and not pointed:
        return charts.ordered(value, by, wish, order)
    how = wish.how or ("sum" if value is None or wish.share or roles.adds_up(value) else "mean")
    if value is None or how in ("sum", "count"):
        return charts.totals(value, by, wish, named=pointed)
    return charts.averages(value, by, wish, how)


def _measured(cast: Cast) -> list[Chart]:
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


def overview(cast: Cast) -> list[Chart]:
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
