"""Which rows a wish is about: conditions in words, checked against what the table holds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from agents.demo import comparators, named_values, roles, spans, wishes
from agents.demo.comparators import Compared
from agents.demo.named_values import Named
from agents.demo.spans import Span
from agents.demo.tables import Column, Table
from agents.demo.texts import amount, label, listed, moment, said
from agents.demo.wishes import Wish
from agents.demo.words import mentions, same
from agents.demo.writing import literal


@dataclass(frozen=True, slots=True)
class Condition:
    """Rows to keep: `code` is true for them, `said` names them in a title, `column` is as it is afterwards."""

    column: Column
    code: str
    said: str


@dataclass(frozen=True, slots=True)
class Narrowed:
    """A table as far as a wish is about it.

    `texts` are the wish's without the words of conditions. `compared` and `named` are columns with the values
    to set beside each other, or to point out; `measured` is one that the newest text only names in a condition.
    `refusal` says why the wish cannot be met; `sought` are words
    that may be values of columns with more of them than are known.
    """

    table: Table
    texts: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    compared: Named | None = None
    named: Named | None = None
    years: tuple[int, ...] = ()
    measured: Column | None = None
    refusal: str = ""
    sought: tuple[str, ...] = ()

    @property
    def said(self) -> str:
        """The conditions for a title, or ""."""
        return ", ".join(condition.said for condition in self.conditions)


@dataclass(slots=True)
class _Heard:
    """What one text says."""

    rest: str
    conditions: list[Condition] = field(default_factory=list)
    compared: Named | None = None
    named: Named | None = None
    measured: Column | None = None
    refusal: str = ""

    def take(self, at: int, end: int) -> None:
        self.rest = self.rest[:at] + "·" * (end - at) + self.rest[end:]


_ALL = re.compile(
    r"\b(?:all (?:the )?(?:data|rows|regions|of it|years)|every(?:thing| row)|(?:no|without|remove|drop|clear|undo) (?:the |any |all )?filters?|"
    r"unfiltered|whole (?:data|table|file|time)|alle (?:daten|zeilen|jahre))\b",
    re.IGNORECASE,
)


def narrow(table: Table, wish: Wish) -> Narrowed:
    """The conditions of all texts of a wish; of two on the same column the later counts."""
    kept: dict[str, Condition] = {}
    texts, heard = [], _Heard("")
    compared: Named | None = None
    for number, text in enumerate(wish.texts):
        compared = compared if number != wish.since else None  # a wish that says it all begins here
        if reset := _ALL.search(text):
            kept, compared = {}, None
            text = f"{text[: reset.start()]} {text[reset.end() :]}"
        heard = _hear(table, text)
        kept = {name: c for name, c in kept.items() if c.column.distinct > 1 or not _groups_by(name, text)}
        if not heard.conditions and wishes.parse(text).every == "year" and len(wish.texts) > 1:
            kept = {name: c for name, c in kept.items() if not _one_year(c.column)}  # one bar would say nothing
        if (named := heard.named) and named.column.name in kept and not heard.conditions:
            before = kept[named.column.name].column
            heard.conditions.append(
                _kept(_joined(named, before) if re.match(r"\W*(?:and|also|plus|und)\b", text) else named)
            )
            heard.named = None
        kept |= {condition.column.name: condition for condition in heard.conditions}
        compared = heard.compared or (None if heard.named and wishes.parse(text).share else compared)
        if heard.compared:
            kept.pop(heard.compared.column.name, None)
        texts.append(heard.rest)
    conditions = tuple(kept.values())
    columns = {name: condition.column for name, condition in kept.items()}
    seen = replace(table, columns=tuple(columns.get(column.name, column) for column in table.columns))
    newest = wish.texts[-1] if wish.texts else ""
    narrowed = Narrowed(seen, tuple(texts), conditions, compared, heard.named, (), heard.measured, heard.refusal)
    if compared:
        narrowed = keep(narrowed, compared)
    if re.search(r"\b(?:compar\w*|vs|versus|against|vergleich\w*)\b", newest, re.IGNORECASE):
        narrowed = _years_apart(narrowed, spans.years(newest))
    return narrowed


def _years_apart(narrowed: Narrowed, years: tuple[int, ...]) -> Narrowed:
    """The same with years to set beside each other; these need no condition."""
    if not years:
        return narrowed
    kept = tuple(c for c in narrowed.conditions if c.column.kind != "date")
    return replace(narrowed, years=years, conditions=kept)


def keep(narrowed: Narrowed, named: Named) -> Narrowed:
    """The same, only with the rows of values that a text names."""
    one = _kept(named)
    kept = (*(c for c in narrowed.conditions if c.column.name != named.column.name), one)
    return replace(narrowed, conditions=kept, table=_with(narrowed.table, one.column))


def speaks(table: Table, text: str) -> bool:
    """Whether a text sets a condition to the table, or names a value in it."""
    heard = _hear(table, text)
    return bool(heard.conditions or heard.compared or heard.named or heard.refusal or _ALL.search(text))


def _joined(named: Named, before: Column) -> Named:
    """The values with those that were kept before."""
    column = replace(named.column, top={**named.column.top, **before.top})
    return replace(named, column=column, values=tuple(dict.fromkeys((*before.top, *named.values))))


def _groups_by(name: str, text: str) -> bool:
    """Whether a text wants groups of a column, so that a condition on it no longer holds."""
    after = [found.end() for found in wishes.BY_WORDS.finditer(text)]
    return any(m.first in after for m in mentions(text, [name]))


def _with(table: Table, column: Column) -> Table:
    return replace(table, columns=tuple(column if c.name == column.name else c for c in table.columns))


def _hear(table: Table, text: str) -> _Heard:
    heard = _Heard(text)
    _numbers(table, heard)
    _truths(table, heard)
    _values(table, heard)
    _time(table, heard)
    return heard


def _numbers(table: Table, heard: _Heard) -> None:
    numbers = [column.name for column in table.kind("number")]
    for compared in comparators.find(heard.rest, numbers):
        words = heard.rest[compared.at : compared.end].strip()
        column = table.column(compared.column)
        if column is None:
            example = f"“{said(numbers[0])} > 10”" if numbers else "a column of numbers"
            heard.refusal = f"I do not know which column “{said(words)}” is about; say it like {example}."
        elif _beyond(column, compared):
            heard.refusal = f"No row has {_told(compared)}: {said(column.name)} reaches from {amount(column.low)} to {amount(column.high)}."
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


def _truths(table: Table, heard: _Heard) -> None:
    """Columns of yes and no by their name: "without returns" where a column is called returned."""
    for column in table.columns:
        yes = named_values.truth(column)
        if yes is None:
            continue
        for word in re.findall(r"[^\W\d_]+", heard.rest):
            if not any(same(word, part) for part in roles.words(column.name) if len(part) > 2):
                continue
            if found := named_values.before(word).search(heard.rest):
                name, wanted = f"df[{literal(column.name)}]", found[2] is not None
                told = f"{'' if wanted else 'not '}{label(column.name)}"
                text = ".astype(str)" if column.kind == "text" else ""
                value = literal(yes[0]) if yes else "1"
                code = f"{name}{text} {'==' if wanted else '!='} {value}"
                heard.conditions.append(Condition(replace(column, distinct=1), code, told))
                heard.take(found.start(), found.end())
                break


def _values(table: Table, heard: _Heard) -> None:
    wish = wishes.parse(heard.rest)
    columns = [column.name for column in table.columns if column.kind != "empty"]
    for named in reversed(named_values.find(heard.rest, table, wish.share)):
        if named.values == (wish.colour,):
            continue
        match named.part:
            case "kept":
                heard.conditions.append(_kept(named))
            case "left out":
                heard.conditions.append(_left_out(named))
            case "compared":
                heard.compared = named
            case "named":
                names = [m for m in mentions(heard.rest, columns) if named.at <= m.at < named.end]
                if names or len(named.values) > 1:  # it is the name of a column as well
                    heard.named = heard.named if names else named
                    continue
                heard.named = named
        heard.take(named.at, named.end)


def _kept(named: Named) -> Condition:
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


def _time(table: Table, heard: _Heard) -> None:
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
            heard.refusal = _outside(date, "those years" if span.years else "that time")
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


def _outside(date: Column, when: str) -> str:
    span = f"{moment(date.first, 'day')} to {moment(date.last, 'day')}"
    return f"There are no rows in {when}: {said(date.name)} runs from {span}."


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


def _one_year(column: Column) -> bool:
    return column.kind == "date" and column.days < 367


def code(conditions: Sequence[Condition]) -> list[str]:
    """The lines that keep only the rows that meet conditions, and say how many there are."""
    if not conditions:
        return []
    told = literal(", ".join(condition.said for condition in conditions))
    report = f'print(f"{{len(df):,}} of {{everything:,}} rows are left:", {told})'
    return [
        "everything = len(df)",
        *(f"df = df[{condition.code}]" for condition in conditions),
        report,
        "if df.empty:",
        '    raise SystemExit("nothing is left to draw")',
    ]
