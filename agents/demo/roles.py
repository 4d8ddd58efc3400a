"""What part a column can play in a chart: what is measured, what groups it, how values are put together."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agents.demo.tables import Column, Table
from agents.demo.texts import bag
from agents.demo.words import same

MEASURES = bag(
    "revenue umsatz sales turnover erlös amount betrag income profit gewinn total price preis close value wert "
    "cost kosten spend salary quantity qty menge units anzahl count score rating temperature"
)
_ADDITIVE = frozenset(
    bag(
        "revenue umsatz sale turnover erlös amount betrag income profit gewinn total cost kosten spend quantity "
        "qty menge unit anzahl count volume visit order click number expense ausgaben einnahmen stück piece "
        "passenger download budget donation spending goal ticket view"
    )
)
_AVERAGED = frozenset(
    bag(
        "price preis rate temperature temp temperatur score rating age alter height weight index percent pct "
        "satisfaction happiness quality ratio average avg mean share humidity pressure speed note grade latitude "
        "longitude close open high "
        "low"
    )
)
_CODES = frozenset(bag("id ids nr no key code zip plz postcode phone index uuid unnamed telefon"))
_PLACES = frozenset(["lat", "latitude", "lon", "lng", "longitude"])


def measures(table: Table) -> list[Column]:
    """The columns worth measuring, best first: no codes, years, places or constants."""
    numbers = [c for c in table.kind("number") if c.distinct > 1 and not is_code(c, table.rows) and not is_year(c)]
    numbers = [column for column in numbers if not _PLACES & set(words(column.name))] or numbers
    return sorted(numbers, key=_worth)


def groups(table: Table) -> list[Column]:
    """The columns worth grouping by, best first: few values, few of them missing."""
    few = [c for c in table.kind("text") if 1 < c.distinct <= max(50, table.rows // 20) and not _long(c)]
    return sorted(few, key=lambda c: (not 2 < c.distinct <= 15, c.distinct > 30, c.missing > table.rows / 2))


def years(table: Table) -> list[Column]:
    """Columns of plain numbers that are years."""
    return [column for column in table.kind("number") if is_year(column) and column.distinct > 1]


def year_columns(table: Table) -> list[Column]:
    """Columns of numbers that are each named by a year."""
    named = [column for column in table.kind("number") if re.fullmatch(r"(19|20)\d\d", column.name)]
    return named if len(named) > 2 else []


def is_year(column: Column) -> bool:
    """Whether numbers are years: by name and by range."""
    named = any(same(word, year) for word in words(column.name) for year in ("year", "jahr"))
    return named and column.low >= 1000 and column.high <= 2200


def is_code(column: Column, rows: int) -> bool:
    """Whether numbers only name things: an id, a running number, a postcode."""
    if _CODES & set(words(column.name)):
        return True
    if adds_up(column) or any(same(part, word) for part in words(column.name) for word in MEASURES):
        return False
    return rows > 10 and column.distinct == rows and column.high - column.low == rows - 1 and column.low in (0, 1)


def adds_up(column: Column) -> bool:
    """Whether a sum of the values means something; when the name does not tell, it does not."""
    if averaged(column):
        return False
    return any(same(part, word) for part in words(column.name) for word in _ADDITIVE if len(part) > 2)


def averaged(column: Column) -> bool:
    """Whether the name says that a sum of the values means nothing: prices, ratings, ages."""
    return any(same(part, word) for part in words(column.name) for word in _AVERAGED if len(part) > 2)


def natural_order(column: Column) -> list[str] | None:
    """The values of a column of months or weekdays in their order; None when it is neither."""
    for names in _ORDERS:
        for length in (20, 3):
            plain = {value.casefold()[:length]: value for value in column.top}
            if (
                len(plain) > 1
                and len(plain) == column.distinct
                and set(plain) <= {name[:length] for name in names}
            ):
                return [plain[name[:length]] for name in names if name[:length] in plain]
    return None


_ORDERS = (
    bag("monday tuesday wednesday thursday friday saturday sunday"),
    bag("january february march april may june july august september october november december"),
    bag("montag dienstag mittwoch donnerstag freitag samstag sonntag"),
    bag("januar februar märz april mai juni juli august september oktober november dezember"),
)


def period(column: Column, additive: bool) -> str:
    """The period to put dates together by, or "" to take every date as it is."""
    limit = 60 if additive else 3000
    if column.distinct <= limit:
        return ""
    steps = ((4, "hour"), (62, "day"), (400, "week"), (3700, "month"), (11000, "quarter"))
    return next((name for days, name in steps if column.days <= days), "year")


FREQUENCIES = {"hour": "h", "day": "D", "week": "7D", "month": "MS", "quarter": "QS", "year": "YS"}
PERIODS = {"hour": "h", "day": "D", "week": "D", "month": "M", "quarter": "Q", "year": "Y"}


def words(name: str) -> list[str]:
    """The words of a column's name in lower case."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return [word.casefold() for word in re.findall(r"[^\W_]+", spaced)]


def _worth(column: Column) -> tuple[int, bool]:
    parts = words(column.name)
    named = [i for i, word in enumerate(MEASURES) if any(same(part, word) for part in parts if len(part) > 2)]
    return (min(named, default=len(MEASURES)), column.distinct <= 2)


def _long(column: Column) -> bool:
    texts: Sequence[str] = list(column.top)
    return sum(map(len, texts)) > 40 * len(texts)
