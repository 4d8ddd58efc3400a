"""Which rows a wish is about: conditions in words, checked against what the table holds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from agents.demo import spans, wishes
from agents.demo.hearing import Condition, Heard, hear, keeping, span_of
from agents.demo.named_values import Named
from agents.demo.tables import Column, Table
from agents.demo.wishes import Wish
from agents.demo.words import mentions
from agents.demo.writing import literal


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


_ALL = re.compile(
    r"\b(?:all (?:the )?(?:data|rows|regions|of it|years)|every(?:thing| row)|unfiltered"
    r"|(?:no|without|remove|drop|clear|undo) (?:the |any |all )?filters?"
    r"|whole (?:data|table|file|time)|alle (?:daten|zeilen|jahre))\b",
    re.IGNORECASE,
)
_COMPARES = re.compile(r"\b(?:compar\w*|vs|versus|against|vergleich\w*)\b", re.IGNORECASE)


def narrow(table: Table, wish: Wish) -> Narrowed:
    """The conditions of all texts of a wish; of two on the same column the later counts."""
    kept: dict[str, Condition] = {}
    compared: Named | None = None
    texts, heard = [], Heard("")
    for number, text in enumerate(wish.texts):
        if number == wish.since:  # a wish that says it all begins here
            compared = None
        if _ALL.search(text):
            kept, compared = {}, None
        heard = hear(table, _ALL.sub(" ", text))
        texts.append(heard.rest)
        said, parsed = _with_before(heard, kept, text), wishes.parse(text)
        kept = {name: one for name, one in kept.items() if not _ends(one.column, heard, parsed.every, text)}
        kept |= {condition.column.name: condition for condition in said}
        if heard.compared:
            kept.pop(heard.compared.column.name, None)
        compared = heard.compared or (None if heard.named and parsed.share else compared)
    columns = {name: condition.column for name, condition in kept.items()}
    seen = replace(table, columns=tuple(columns.get(column.name, column) for column in table.columns))
    pointed = heard.named if heard.named and heard.named.column.name not in kept else None
    narrowed = Narrowed(seen, tuple(texts), tuple(kept.values()), compared, pointed, measured=heard.measured)
    narrowed = keep(narrowed, compared) if compared else narrowed
    newest = wish.texts[-1] if wish.texts else ""
    return _years_apart(replace(narrowed, refusal=heard.refusal), newest)


def _with_before(heard: Heard, kept: Mapping[str, Condition], text: str) -> list[Condition]:
    """The conditions of a text; a value alone replaces, or after "and" joins, those of its column before."""
    named = heard.named
    if not named or heard.conditions or named.column.name not in kept:
        return heard.conditions
    if re.match(r"\W*(?:and|also|plus|und)\b", text, re.IGNORECASE):
        before = kept[named.column.name].column.top
        column = replace(named.column, top={**named.column.top, **before})
        named = replace(named, column=column, values=tuple(dict.fromkeys((*before, *named.values))))
    return [keeping(named)]


def _ends(column: Column, heard: Heard, every: str, text: str) -> bool:
    """Whether a text ends an earlier condition: it groups by the column, or wants years where there is one."""
    one_year = column.kind == "date" and column.days < 367
    if one_year and every == "year" and not heard.conditions:
        return True
    after = [found.end() for found in wishes.BY_WORDS.finditer(text)]
    return column.distinct == 1 and any(mention.first in after for mention in mentions(text, [column.name]))


def _years_apart(narrowed: Narrowed, newest: str) -> Narrowed:
    """The same with the years that a text sets beside each other; these need no condition."""
    years = spans.years(newest) if _COMPARES.search(newest) else ()
    if not years:
        return narrowed
    date = next((column for column in narrowed.table.kind("date") if column.years), None)
    if date and date.years and (absent := [year for year in years if not date.years[0] <= year <= date.years[1]]):
        return replace(narrowed, refusal=f"There are no rows of {absent[0]} to compare: {span_of(date)}.")
    kept = tuple(one for one in narrowed.conditions if one.column.kind != "date")
    return replace(narrowed, years=years, conditions=kept)


def keep(narrowed: Narrowed, named: Named) -> Narrowed:
    """The same, only with the rows of values that a text names."""
    one = keeping(named)
    kept = (*(c for c in narrowed.conditions if c.column.name != named.column.name), one)
    return replace(narrowed, conditions=kept, table=_with(narrowed.table, one.column))


def speaks(table: Table, text: str) -> bool:
    """Whether a text sets a condition to the table, or names a value in it."""
    heard = hear(table, text)
    return bool(heard.conditions or heard.compared or heard.named or heard.refusal or _ALL.search(text))


def _with(table: Table, column: Column) -> Table:
    return replace(table, columns=tuple(column if c.name == column.name else c for c in table.columns))


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
