"""What the charts say, in words: every number in them was printed by the program."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from agents.demo import relations
from agents.demo.facts import (
    Averages,
    Boxes,
    Columns,
    Drivers,
    Fact,
    Grouped,
    Heat,
    Histogram,
    OverTime,
    Scatter,
    Single,
    TableFile,
    Told,
    Totals,
    Words,
    Years,
)
from agents.demo.roles import adds_up
from agents.demo.tables import Table
from agents.demo.texts import amount, change, listed, moment, percent, plural, said

MOST = 6
"""Points under a headline."""

_HOWS = {
    "sum": "total",
    "mean": "average",
    "median": "median",
    "count": "number of rows",
    "nunique": "number of different values of",
    "max": "highest",
    "min": "lowest",
}


def finding(facts: Sequence[Fact], table: Table | None) -> str:
    """A headline in bold and a few points, with the caveats that the profile calls for."""
    headline, *points = list(dict.fromkeys(sentence for fact in facts for sentence in _told(fact, table))) or [""]
    if not headline:
        return ""
    shown = points[: MOST - 1] + (_caveats(facts, table) if table else [])
    return "\n".join([f"**{headline}**", "", *(f"- {point}" for point in shown)]).strip()


def _told(fact: Fact, table: Table | None) -> list[str]:
    match fact:
        case Told():
            return [said(sentence, 400) for sentence in (fact.headline, *fact.points)]
        case Totals():
            return _totals(fact)
        case Averages():
            return _averages(fact)
        case OverTime():
            return _over_time(fact, table)
        case Columns():
            return _columns(fact)
        case Histogram():
            return _histogram(fact, table)
        case _:
            return _compared(fact)


def _compared(fact: Fact) -> list[str]:
    match fact:
        case Grouped():
            return _grouped(fact)
        case Boxes():
            return _boxes(fact)
        case Scatter():
            return relations.scatter(fact)
        case Heat():
            return relations.heat(fact)
        case Drivers():
            return relations.drivers(fact)
        case Years():
            return _years(fact)
        case Single():
            return [_single(fact)]
        case Words():
            most = [f"“{said(word)}” ({amount(count)} times)" for word, count in fact.top]
            return [f"The commonest words in {said(fact.column)} are {listed(most)}."]
        case TableFile():
            rows = listed([f"{said(name)} ({amount(value)})" for name, value in fact.top])
            what = f"{_how(fact.how)} of {said(fact.value)}"
            return [f"The table has {plural(fact.groups, 'row')}; highest {what}: {rows}."]
    return []


def _totals(fact: Totals) -> list[str]:
    (name, value), *rest = fact.top
    of = f"of {said(fact.value)}" if fact.value else "of the rows"
    sentences = [
        f"{said(one)} has {amount(its)} {of}{_share(its, fact)}, place {place} of {plural(fact.groups, 'group')}."
        for (one, its), place in zip(fact.named, fact.places, strict=False)
        if (one, its) != (name, value)
    ]
    if fact.least:
        sentences.append(f"Lowest {of} {'is' if len(fact.least) == 1 else 'are'} {_listed(fact.least)}.")
    sentences.append(f"{said(name)} leads with {amount(value)} {of}{_share(value, fact)}.")
    if rest and fact.groups > 2:
        sentences.append(f"By {said(fact.by)}, {_listed(rest)} follow.")
    if fact.groups > 1 and fact.bottom[0] not in rest and not fact.least:
        last, least = fact.bottom[0]
        sentences.append(f"Last of {plural(fact.groups, 'group')} is {said(last)} with {amount(least)}.")
    return sentences


def _listed(pairs: Sequence[tuple[str, float]]) -> str:
    return listed([f"{said(name)} ({amount(value)})" for name, value in pairs])


def _share(value: float, fact: Totals) -> str:
    return f", {percent(value, fact.all)} of {amount(fact.all)}" if fact.all > 0 and value >= 0 else ""


def _years(fact: Years) -> list[str]:
    (name, first), *_, (other, last) = fact.top
    what = "number of rows" if fact.how == "count" else f"{_how(fact.how)} {said(fact.value)}"
    sentence = (
        f"In {said(other)} the {what} is {amount(last)}, in {said(name)} {amount(first)}: {change(first, last)}."
    )
    if fact.months < fact.of:
        return [sentence, f"Only the {plural(fact.months, 'month')} that all the years have rows of are compared."]
    return [sentence]


def _single(fact: Single) -> str:
    if fact.how == "count" and not fact.value:
        return f"There are {plural(int(fact.result), 'row')}."
    if fact.how == "distinct":
        return f"{said(fact.value)} holds {fact.result:,.0f} different values in {plural(fact.rows, 'row')}."
    result = f"{fact.result:,.2f}".removesuffix(".00") if abs(fact.result) >= 1 else f"{fact.result:.4g}"
    return f"The {_how(fact.how)} {said(fact.value)} of {plural(fact.rows, 'row')} is {result}."


def _averages(fact: Averages) -> list[str]:
    (name, value), *_ = fact.top
    what = f"{_how(fact.how)} {said(fact.value)}"
    overall = f"over all rows it is {amount(fact.overall)}"
    if fact.groups > 1 and fact.bottom[0][1] == value:
        return [f"The {what} is the same in all {fact.groups:,} groups: {amount(value)}."]
    sentences = [f"{said(name)} has the highest {what}: {amount(value)}; {overall}."]
    if fact.groups > 1:
        last, least = fact.bottom[0]
        sentences.append(f"The lowest is {said(last)} with {amount(least)} ({plural(fact.groups, 'group')}).")
    return sentences


def _over_time(fact: OverTime, table: Table | None) -> list[str]:
    """First to last, without periods that the data only begin or end in: their sums are not whole."""
    early, late = _partial(fact, table) if fact.points > 3 else (False, False)
    (begin, first), (finish, last) = fact.start[1 if early else 0], fact.end[-2 if late else -1]
    sentences = []
    if fact.points > 1:
        went = "rose from" if last > first else "fell from" if last < first else "is the same at both ends, from"
        span = f"{amount(first)} ({moment(begin, fact.every)}) to {amount(last)} ({moment(finish, fact.every)})"
        sentences.append(f"{_subject(fact)} {went} {span}, {change(first, last)}.")
    else:
        sentences.append(f"{_subject(fact)} is {amount(last)} ({moment(finish, fact.every)}).")
    if not fact.of and fact.points > 1:
        left_out = {fact.start[0][0]} if early else set()
        left_out |= {fact.end[-1][0]} if late else set()
        (high, most), (low, least) = (
            next((pair for pair in pairs if pair[0] not in left_out), pairs[0])
            for pairs in (fact.top, fact.bottom)
        )
        lowest = f"the lowest {amount(least)} ({moment(low, fact.every)})"
        sentences.append(f"The highest is {amount(most)} ({moment(high, fact.every)}), {lowest}.")
    cut = [moment(fact.start[0][0], fact.every)] * early + [moment(fact.end[-1][0], fact.every)] * late
    if cut:
        sentences.append(f"The data cover {listed(cut)} only in part, so I left that out of the comparison.")
    return sentences


def _subject(fact: OverTime) -> str:
    name = said(fact.value)
    if fact.how == "count":
        name = "The number of rows"
    elif fact.how != "sum" and fact.every:
        name = f"{_how(fact.how)} {name}"
    name = name[0].upper() + name[1:]
    per = f" per {said(fact.every)}" if fact.every else ""
    return f"{name}{per} of {said(fact.of)}" if fact.of else f"{name}{per}"


_SLACK = {"hour": 0, "day": 0, "week": 2, "month": 3, "quarter": 6, "year": 15}
"""Days at the edge of a period that may lack data: weekends and holidays."""


def _partial(fact: OverTime, table: Table | None) -> tuple[bool, bool]:
    """Whether the data cover only a part of the first and of the last period."""
    column = table.column(fact.date) if table else None
    # A mean over a part of a month tells something, one over a part of a day does not: days have their own course.
    counts = fact.how in ("sum", "count") or fact.every == "day"
    if column is None or not counts or fact.every not in _SLACK:
        return False, False
    try:
        starts, ends, first, last = map(
            datetime.fromisoformat, (fact.start[0][0], fact.end[-1][0], column.first, column.last)
        )
    except ValueError:
        return False, False
    step = timedelta(days=column.days / max(column.distinct - 1, 1))  # weekly data stand for seven days
    if fact.every not in ("hour", "day"):
        step = max(step, timedelta(days=1))
    slack = timedelta(days=_SLACK[fact.every]) + step
    return first - starts >= slack, ends <= last < _next(ends, fact.every) - slack


def _next(start: datetime, every: str) -> datetime:
    """When the period after the one that starts then begins."""
    match every:
        case "hour":
            return start + timedelta(hours=1)
        case "day":
            return start + timedelta(days=1)
        case "month":
            return (start + timedelta(days=32)).replace(day=1)
        case "quarter":
            return (start + timedelta(days=93)).replace(day=1)
        case "year":
            return (start + timedelta(days=367)).replace(month=1, day=1)
    return start + timedelta(days=7)


def _columns(fact: Columns) -> list[str]:
    (high, most), (low, least) = fact.top[0], fact.bottom[0]
    what = "rows" if fact.how == "count" else f"{_how(fact.how)} {said(fact.value)}"
    return [
        f"By {said(fact.by)}, {said(high)} has the highest {what}: {amount(most)}.",
        f"The lowest is {said(low)} with {amount(least)}.",
    ]


def _grouped(fact: Grouped) -> list[str]:
    (one, two, most), (last, least_two, least) = fact.top[0], fact.bottom[0]
    what = f"{_how(fact.how)} {said(fact.value)}" if fact.value else "number of rows"
    return [
        f"The highest {what} is {amount(most)}, for {said(one)} with {said(two)}.",
        f"Of the pairs shown, {said(last)} with {said(least_two)} is last with {amount(least)}.",
    ]


def _histogram(fact: Histogram, table: Table | None) -> list[str]:
    column = table.column(fact.value) if table else None
    total = f" and adds up to {amount(fact.sum)}" if column and adds_up(column) else ""
    low, middle, high = fact.quarters
    sentences = [
        f"Half of the values of {said(fact.value)} lie between {amount(low)} and {amount(high)}; "
        f"the median is {amount(middle)}, the mean {amount(fact.mean)}.",
        f"{said(fact.value)} reaches from {amount(fact.low)} to {amount(fact.high)}{total}.",
    ]
    if fact.far:
        what = "value lies" if fact.far == 1 else "values lie"
        sentences.append(f"{fact.far:,} {what} far from the rest (1.5 times the middle half's width or more).")
    return sentences


def _boxes(fact: Boxes) -> list[str]:
    (name, most), (last, least), (wide, spread) = fact.top[0], fact.bottom[0], fact.widest[0]
    if most == least:
        return [
            f"The median {said(fact.value)} is the same in all {fact.groups:,} groups: {amount(most)}.",
            f"The values of {said(wide)} spread most: the middle half is {amount(spread)} wide.",
        ]
    return [
        f"{said(name)} has the highest median {said(fact.value)} ({amount(most)}), {said(last)} the lowest "
        f"({amount(least)}).",
        f"The values of {said(wide)} spread most: the middle half is {amount(spread)} wide.",
    ]


def _caveats(facts: Sequence[Fact], table: Table) -> list[str]:
    """How many rows lack a column that the charts use."""
    used = {name for fact in facts for name in _names(fact)}
    lacking = [column for column in table.columns if column.name in used and column.missing]
    if not lacking:
        return []
    parts = [f"{said(column.name)} in {plural(column.missing, 'row')}" for column in lacking[:4]]
    return [f"Missing or unreadable, and left out: {listed(parts)} of {table.rows:,}."]


def _names(fact: Fact) -> list[str]:
    fields = ("value", "by", "split", "x", "y", "date")
    return [name for field in fields if (name := getattr(fact, field, ""))]


def _how(how: str) -> str:
    return _HOWS.get(how, said(how))
