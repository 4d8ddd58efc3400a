"""Which column plays which part in a wish."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from agents.demo import conditions, roles
from agents.demo.conditions import Narrowed
from agents.demo.named_values import Named
from agents.demo.tables import Column, Table
from agents.demo.wishes import BY_WORDS, Wish, parse
from agents.demo.words import Mention, mentions

_NO_NAMES = re.compile(
    r"\b(?:bar|line|pie|scatter|box|column|area)[ -]?(?:chart|plot|graph|diagram)s?\b"
    r"|\b(?:sort\w*|ordered)\s+(?:it\s+|them\s+)?by\s+(?:the\s+)?\w+",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"\b(?:how many|number of|count of|wie viele|anzahl(?: der)?)\s+(?:different |distinct |unique )?$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Cast:
    """The columns a wish names, or that suit it, by the part they play.

    `pointed` values are to stand out; of those in `rate` the share is asked for.
    """

    narrowed: Narrowed
    wish: Wish
    values: tuple[Column, ...]
    by: tuple[Column, ...]
    date: Column | None
    pointed: tuple[str, ...] = ()
    rate: Named | None = None

    @property
    def table(self) -> Table:
        """The table as far as the wish is about it."""
        return self.narrowed.table

    @property
    def value(self) -> Column | None:
        """What is measured first."""
        if self.wish.how == "count":
            return None
        if self.values:
            return self.values[0]
        usual = next(iter(roles.measures(self.table)), None)
        parts = self.wish.share or self.wish.chart == "pie"
        return None if usual and parts and not roles.adds_up(usual) else usual

    @property
    def group(self) -> Column | None:
        """What to group by when nothing was named."""
        return self.by[0] if self.by else next(iter(roles.groups(self.table)), None)

    @property
    def splits(self) -> tuple[Column, ...]:
        """What to draw a line for each of, values that were set beside each other first."""
        compared = self.narrowed.compared
        return tuple(sorted(self.by, key=lambda c: compared is None or c.name != compared.column.name))

    @property
    def target(self) -> Column | None:
        """What the newest words about drivers name first; else what is measured."""
        for text in reversed(self.wish.texts):
            if parse(text).chart == "drivers":
                names = [m.name for m in named(self.table, text)]
                return self.table.column(names[0]) if names else self.value
        return self.value


def cast(narrowed: Narrowed, wish: Wish) -> Cast:
    """Who plays what. For every part the latest message that names somebody for it decides."""
    table = narrowed.table
    values: list[Column] = []
    by: list[Column] = []
    dated: list[Column] = []
    grouped = True
    for text in reversed(wish.texts[wish.since :]):
        found = [(column, m) for m in named(table, text) if (column := table.column(m.name))]
        counted = [
            c for c, m in found if c.kind == "text" and wish.how == "count" and _COUNTED.search(text[: m.first])
        ]
        if counted and not values:
            wish = replace(wish, how="nunique")
        if text == wish.texts[-1] and not wish.how and any(_happens(text, c, m) for c, m in found):
            wish = replace(wish, how="count")
        after = [match.end() for match in BY_WORDS.finditer(text)]
        grouping = [c for c, m in found if _groups(c, m.at, after) and c not in counted]
        grouping = [c for c in grouping if c.distinct < table.rows or table.rows < 30 or after]
        numbers = [c for c, _ in found if c.kind == "number" and c not in grouping]
        codes = [c for c in numbers if roles.is_code(c, table.rows)] if wish.share or after else []
        measured = [c for c in numbers if c not in codes]
        if codes and not measured and not values and not wish.how:
            wish = replace(wish, how="count")  # the rows are what a code names
        by = by or (grouping[:2] if grouped else [])
        values = values or counted or measured
        grouped = grouped and not (measured and _is_whole(text))
        dated = dated or [column for column, _ in found if column.kind == "date"]
    values = values or ([narrowed.measured] if narrowed.measured else [])
    dates = dated or table.kind("date")
    date = next((column for column in dates if column.distinct > 1), None)
    newest = parse(wish.texts[-1]) if wish.texts else wish
    if newest.share and not newest.over_time:
        wish = replace(wish, over_time=False, every="")
    if wish.over_time and not date and not by:  # months by name are a time as well
        by = [column for column in table.kind("text") if roles.natural_order(column)][:1]
        wish = replace(wish, chart=wish.chart or "line") if by else wish
    return _beside(Cast(narrowed, wish, tuple(values), tuple(by), date))


def _beside(start: Cast) -> Cast:
    """The cast with the values that a wish sets beside each other, or points out."""
    narrowed, by = start.narrowed, start.by
    if narrowed.compared and (column := start.table.column(narrowed.compared.column.name)):
        others = tuple(c for c in by if c.name != column.name)
        return replace(start, by=(*others[:1], column))
    if not (pointed := narrowed.named):
        return start
    others = tuple(c for c in by if c.name != pointed.column.name)
    newest = parse(start.wish.texts[-1])
    things = re.match(r"\s+([^\W\d_]+s)\b", start.wish.texts[-1][pointed.end :])
    if newest.share and things and not start.values and not mentions(things[1], start.table.names):
        start = replace(start, wish=replace(start.wish, how="count"))  # share of returned orders
    if newest.share and others and others[0].name in [m.name for m in named(start.table, start.wish.texts[-1])]:
        return replace(start, by=others[:1], rate=pointed)
    if newest.share or (not others and not start.wish.over_time and not start.wish.every):
        return replace(start, by=(pointed.column,), pointed=pointed.values)
    usual = start.value
    if not start.values and usual and not roles.adds_up(usual):  # errors per hour
        start = replace(start, wish=replace(start.wish, how="count"))
    narrowed = conditions.keep(narrowed, pointed)
    split = (pointed.column,) if len(pointed.values) > 1 else ()
    return replace(start, narrowed=narrowed, by=(*others[:1], *split))


def named(table: Table, text: str) -> list[Mention]:
    """The columns that a text names, but for words like those in "bar chart"."""
    plain = _NO_NAMES.sub(lambda found: " " * len(found[0]), text)
    return mentions(plain, [column.name for column in table.columns if column.kind != "empty"])


def speaks_of(table: Table, text: str) -> bool:
    """Whether a message names a column of the table, or one of its values, or sets a condition."""
    return bool(named(table, text) or mentions(text, table.others) or conditions.speaks(table, text))


def complete(table: Table, text: str) -> bool:
    """Whether a message says both what to measure and how to lay it out, so that nothing earlier is meant."""
    found = [column for m in named(table, text) if (column := table.column(m.name))]
    after = [match.end() for match in BY_WORDS.finditer(text)]
    measured = any(
        c.kind == "number" and not any(e <= m.at <= e + len(c.name) for e in after)
        for c, m in _placed(table, text)
    )
    wish = parse(text)
    question = not re.match(r"\W*(?:what|how) about\b", text, re.IGNORECASE)
    if (
        found
        and question
        and re.match(r"\W*(?:which|what|who|how many|how much|welche\w*|wie viele?)\b", text, re.IGNORECASE)
    ):
        return True
    laid_out = (
        wish.over_time or wish.chart not in ("", "bar", "pie", "line") or any(c.kind == "text" for c in found)
    )
    return measured and (laid_out or bool(after))


def _happens(text: str, column: Column, mention: Mention) -> bool:
    """Whether a date is what is to be counted: hired per year."""
    word = re.match(r"[^\W_]+\s*", text[mention.at :])
    ends = mention.at + len(word[0] if word else "")
    return column.kind == "date" and bool(BY_WORDS.match(text, ends))


def _placed(table: Table, text: str) -> list[tuple[Column, Mention]]:
    return [(column, m) for m in named(table, text) if (column := table.column(m.name))]


def _is_whole(text: str) -> bool:
    """Whether a message that names what to measure says so much that earlier groupings are off the table."""
    wish = parse(text)
    return wish.over_time or wish.chart in ("histogram", "scatter", "heat", "line")


def _groups(column: Column, at: int, after: Sequence[int]) -> bool:
    if column.kind == "text":
        return column.distinct > 1
    close = any(end <= at <= end + len(column.name) for end in after)
    return column.kind == "number" and (roles.is_year(column) or (close and column.distinct <= 60))
