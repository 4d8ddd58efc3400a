"""The conditions that one text sets to a table: on numbers, on values, on time."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime

from agents.demo import comparators, named_values, roles, spans, wishes
from agents.demo.comparators import Compared
from agents.demo.named_values import Named
from agents.demo.spans import Span
from agents.demo.tables import Column, Table
from agents.demo.texts import amount, label, listed, moment, said
from agents.demo.words import mentions, same
from agents.demo.writing import literal


@dataclass(frozen=True, slots=True)
class Condition:
    """Rows to keep: `code` is true for them, `said` names them in a title, `column` is as it is afterwards."""

    column: Column
    code: str
    said: str


@dataclass(slots=True)
class Heard:
    """What one text says; `rest` is the text with dots in the place of the words of conditions.

    `measured` is a column that is only named in a condition; `refusal` says why a condition cannot be met.
    """

    rest: str
    conditions: list[Condition] = field(default_factory=list)
    compared: Named | None = None
    named: Named | None = None
    measured: Column | None = None
    refusal: str = ""

    def take(self, at: int, end: int) -> None:
        self.rest = self.rest[:at] + "·" * (end - at) + self.rest[end:]


def hear(table: Table, text: str) -> Heard:
    """The conditions of a text, and what it leaves besides."""
    heard = Heard(text)
    _numbers(table, heard)
    _truths(table, heard)
    _values(table, heard)
    _time(table, heard)
    return heard


def _numbers(table: Table, heard: Heard) -> None:
    numbers = [column.name for column in table.kind("number")]
    for compared in comparators.find(heard.rest, numbers):
        words = heard.rest[compared.at : compared.end].strip()
        column = table.column(compared.column)
        if column is None:
            example = f"“{said(numbers[0])} > 10”" if numbers else "a column of numbers"
            heard.refusal = f"I do not know which column “{said(words)}” is about; say it like {example}."
        elif _beyond(column, compared):
            reach = f"{said(column.name)} reaches from {amount(column.low)} to {amount(column.high)}"
            heard.refusal = f"No row has {_told(compared)}: {reach}."
        else:
            heard.conditions.append(_compared(column, compared))
            heard.measured = heard.measured or (column if compared.bare else None)
        heard.take(compared.at, compared.end)


def _told(compared: Compared) -> str:
    name = label(compared.column)
    if compared.sign == "between":
        return f"{name} from {compared.low:,.10g} to {compared.high:,.10g}"
    sign = {"==": "=", ">=": "≥", "<=": "≤", "!=": "≠"}.get(compared.sign, compared.sign)
    return f"{name} {sign} {compared.low:,.10g}"


def _beyond(column: Column, compared: Compared) -> bool:
    match compared.sign:
        case ">":
            return column.high <= compared.low
        case ">=":
            return column.high < compared.low
        case "<":
            return column.low >= compared.low
        case "<=":
            return column.low > compared.low
        case "==":
            return not column.low <= compared.low <= column.high
        case "between":
            return column.high < compared.low or column.low > compared.high
    return False


def _compared(column: Column, compared: Compared) -> Condition:
    low, high = (int(edge) if edge == int(edge) else edge for edge in (compared.low, compared.high))
    name = f"df[{literal(column.name)}]"
    code = f"{name}.between({low}, {high})" if compared.sign == "between" else f"{name} {compared.sign} {low}"
    after = column
    match compared.sign:
        case ">" | ">=":
            after = replace(column, low=float(low))
        case "<" | "<=":
            after = replace(column, high=float(low))
        case "between":
            after = replace(column, low=float(low), high=float(high))
        case "==":
            after = replace(column, distinct=1)
    return Condition(after, code, _told(compared))


def _truths(table: Table, heard: Heard) -> None:
    """Columns of yes and no by their name: "without returns" where a column is called returned."""
    for column in table.columns:
        yes = named_values.truth(column)
        if yes is None:
            continue
        for word in re.findall(r"[^\W\d_]+", heard.rest):
            if not any(same(word, part) for part in roles.words(column.name) if len(part) > 2):
                continue
            if shared := named_values.share_of(word).search(heard.rest):
                values = yes or ("1", "1.0")
                heard.named = Named(column, values, "named", shared.start(1), shared.end(1))
                break
            if found := named_values.before(word).search(heard.rest):
                name, wanted = f"df[{literal(column.name)}]", found[2] is not None
                told = f"{'' if wanted else 'not '}{label(column.name)}"
                text = ".astype(str)" if column.kind == "text" else ""
                value = literal(yes[0]) if yes else "1"
                code = f"{name}{text} {'==' if wanted else '!='} {value}"
                heard.conditions.append(Condition(replace(column, distinct=1), code, told))
                heard.take(found.start(), found.end())
                break


def _values(table: Table, heard: Heard) -> None:
    wish = wishes.parse(heard.rest)
    columns = [column.name for column in table.columns if column.kind != "empty"]
    for named in reversed(named_values.find(heard.rest, table, wish.share)):
        if named.values == (wish.colour,):
            continue
        match named.part:
            case "kept":
                heard.conditions.append(keeping(named))
            case "left out":
                heard.conditions.append(_left_out(named))
            case "compared":
                heard.compared = named
            case "named" if heard.named:
                continue
            case "named":
                names = [m for m in mentions(heard.rest, columns) if named.at <= m.at < named.end]
                if names or len(named.values) > 1:  # it is the name of a column as well
                    heard.named = heard.named if names else named
                    continue
                heard.named = named
        heard.take(named.at, named.end)


def keeping(named: Named) -> Condition:
    """Only the rows with the values named."""
    column, values = named.column, named.values
    name = f"df[{literal(column.name)}]{_as_text(column)}"
    code = f"{name} == {literal(values[0])}" if len(values) == 1 else f"{name}.isin({literal(list(values))})"
    top = {value: column.top[value] for value in values}
    after = replace(column, distinct=len(values), top=top)
    return Condition(after, code, listed([label(value) for value in values]))


def _left_out(named: Named) -> Condition:
    column, values = named.column, named.values
    name = f"df[{literal(column.name)}]{_as_text(column)}"
    code = f"{name} != {literal(values[0])}" if len(values) == 1 else f"~{name}.isin({literal(list(values))})"
    top = {value: count for value, count in column.top.items() if value not in values}
    after = replace(column, distinct=max(column.distinct - len(values), 1), top=top)
    return Condition(after, code, f"without {listed([label(value) for value in values])}")


def _as_text(column: Column) -> str:
    return ".astype(str)" if set(column.top) <= {"True", "False"} else ""


def _time(table: Table, heard: Heard) -> None:
    date = next((c for c in table.kind("date") if c.distinct > 1), next(iter(table.kind("date")), None))
    year = next(iter(roles.years(table)), None)
    first, last = datetime(1900, 1, 1), datetime(2100, 1, 1)
    if date:
        try:
            first, last = datetime.fromisoformat(date.first), datetime.fromisoformat(date.last)
        except ValueError:
            return
    elif year:
        first, last = (datetime(int(min(max(edge, 1), 9998)), 1, 1) for edge in (year.low, year.high))
    span = spans.find(heard.rest, first, last)
    if span is None or (roles.year_columns(table) and not date):
        return
    words = heard.rest[span.at : span.end].strip()
    if words.casefold().split()[-1] in {name.casefold() for name in table.names}:  # q1 may be a question
        return
    heard.take(span.at, span.end)
    if date:
        if span.stop <= first or span.start > last:
            when = "those years" if span.years else "that time"
            heard.refusal = f"There are no rows in {when}: {span_of(date)}."
        else:
            heard.conditions.append(_in_time(date, span, first, last))
    elif year and span.years:
        low, high = span.years
        if high < year.low or low > year.high:
            reach = f"{said(year.name)} reaches from {year.low:.0f} to {year.high:.0f}"
            heard.refusal = f"There are no rows in those years: {reach}."
        else:
            code = f"df[{literal(year.name)}].between({low}, {high})"
            after = replace(year, low=max(year.low, low), high=min(year.high, high))
            after = replace(after, distinct=min(after.distinct, int(after.high - after.low) + 1))
            heard.conditions.append(Condition(after, code, span.said))
    else:
        heard.refusal = f"There is no column of dates, so I cannot tell which rows are of “{said(words)}”."


def span_of(date: Column) -> str:
    """From when to when a column of dates runs, as a clause."""
    return f"{said(date.name)} runs from {moment(date.first, 'day')} to {moment(date.last, 'day')}"


def _in_time(date: Column, span: Span, first: datetime, last: datetime) -> Condition:
    name = f"df[{literal(date.name)}]"
    if span.months:
        return Condition(date, f"{name}.dt.month.isin({list(span.months)})", span.said)
    start, stop = max(span.start, first), min(span.stop, last)
    part = (stop - start) / (last - first) if last > first else 1
    after = replace(date, first=str(start), last=str(stop), distinct=max(round(date.distinct * part), 1))
    if span.years:
        return Condition(after, f"{name}.dt.year.between({span.years[0]}, {span.years[1]})", span.said)
    edges = [f"({name} >= {literal(_plain(span.start))})"] if span.start > first else []
    edges += [f"({name} < {literal(_plain(span.stop))})"] if span.stop <= last else []
    return Condition(after, " & ".join(edges) or f"{name}.notna()", span.said)


def _plain(when: datetime) -> str:
    when = when.replace(microsecond=0)
    return str(when.date()) if (when.hour, when.minute, when.second) == (0, 0, 0) else str(when)
