"""Spans of time in words: "only 2024", "since March 2023", "the last 3 months", "Q1"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from agents.demo.texts import bag

_MONTHS = bag("january february march april may june july august september october november december")
_GERMAN = bag("januar februar märz april mai juni juli august september oktober november dezember")
_NAMES = "|".join(
    sorted({*_MONTHS, *_GERMAN, *(m[:3] for m in _MONTHS if m != "may"), "sept"}, key=len, reverse=True)
)
_YEAR = r"(?:19|20)\d\d"
_ORDINALS = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4}
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_WHEN = (
    r"(?:\d{4}-\d\d(?:-\d\d)?|\d{1,2}\.\d{1,2}\.\d{4}"
    rf"|(?:{_DAY}\.?\s)?(?:{_NAMES})\b\.?(?:\s{_DAY},?(?=\s{_YEAR}))?(?:,?\s{_YEAR})?"
    rf"|{_YEAR}[\s/-]?q[1-4]|q[1-4](?:[\s/-]?{_YEAR})?|(?:{'|'.join(_ORDINALS)})\squarter(?:\s(?:of\s)?{_YEAR})?|{_YEAR})"
)
_EDGE = r"(?<![\w.,-])", r"(?![\w-]|[.,]\d)"
_CUE = r"(?:only|just|in|for|during|nur|im(?:\sjahr)?|of|from|year|the|and|,)"
_NUMBERS = {"two": 2, "three": 3, "four": 4, "six": 6, "twelve": 12, "zwei": 2, "drei": 3}
_UNITS = {
    "day": 1,
    "tag": 1,
    "week": 7,
    "woche": 7,
    "month": 30,
    "monat": 30,
    "quarter": 91,
    "quartal": 91,
    "year": 365,
}
_UNITS["jahr"] = 365
_RELATIVE = re.compile(
    r"\b(?:(?:the|only|just|in|for|over|during|nur|die|das|den)\s)*"
    r"(last|past|latest|most recent|recent|final|letzte[rsn]?|first)"
    rf"\s(?:(\d{{1,3}}|{'|'.join(_NUMBERS)})\s)?({'|'.join(_UNITS)})(?:e|en|s)?\b"
)
_RANGE = re.compile(
    rf"(?:\b(?:between|from|zwischen|von)\s)?{_EDGE[0]}({_WHEN})"
    rf"\s?(-|–|to|until|through|and|bis|und)\s?({_WHEN}){_EDGE[1]}"
)
_OPEN = re.compile(rf"\b(since|from|after|seit|ab|until|till|before|up to|bis|vor)\s(?:the\s)?({_WHEN}){_EDGE[1]}")
_ONE = re.compile(rf"(?:\b{_CUE}\s)*{_EDGE[0]}({_WHEN}){_EDGE[1]}(?:\sonly)?")


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` up to, not including, `stop`; or, with `months`, those calendar months of every year.

    `said` is for a title; `at` and `end` are where the words stand.
    """

    start: datetime
    stop: datetime
    said: str
    at: int
    end: int
    months: tuple[int, ...] = ()

    @property
    def years(self) -> tuple[int, int] | None:
        """The first and the last year when it consists of whole ones."""
        edges = [
            edge in (datetime.min, datetime.max) or (edge.month, edge.day) == (1, 1)
            for edge in (self.start, self.stop)
        ]
        if self.months or not all(edges) or self.said.startswith("last"):
            return None
        first = 0 if self.start == datetime.min else self.start.year
        return first, 9999 if self.stop == datetime.max else self.stop.year - 1


def speaks(text: str) -> bool:
    """Whether a text speaks of a span of time, whatever the data."""
    return find(text, datetime(1900, 1, 1), datetime(2099, 1, 1)) is not None


def find(text: str, first: datetime, last: datetime) -> Span | None:
    """The span a text speaks of in data that run from `first` to `last`."""
    plain = text.casefold()
    try:
        return next((span for span in _spans(plain, text, first, last) if span), None)
    except (ValueError, OverflowError):  # beyond the calendar
        return None


def years(text: str) -> tuple[int, ...]:
    """The two or more years a text sets beside each other."""
    found = tuple(int(year) for year in re.findall(rf"(?<![\w.,-]){_YEAR}(?![\w-]|[.,]\d)", text))
    return tuple(dict.fromkeys(found)) if len(set(found)) > 1 else ()


def _spans(plain: str, text: str, first: datetime, last: datetime) -> Iterator[Span | None]:
    for found in _RANGE.finditer(plain):
        yield _between(found, first, last)
    for found in _OPEN.finditer(plain):
        yield _from(found, first, last)
    for found in _RELATIVE.finditer(plain):
        if found[1] != "first" or _UNITS[found[3]] != 91:
            yield _relative(found, first, last)
    for found in _ONE.finditer(plain):
        if _meant(found, text):
            yield _at(found, first, last)


def _meant(found: re.Match[str], text: str) -> bool:
    """Whether it is a time: "may" and "march" alone are only months where they are written or led in like one."""
    word = found[1]
    if word in ("may", "march", "mar", "dec", "sep", "jan", "jun"):
        return text[found.start(1)].isupper() or found[0] != word
    before = text[: found.start()].casefold()
    return not (
        word.isdecimal() and re.search(r"(?:top|first|best|[<>=]|than|above|below|under|over)\s*$", before)
    )


def _between(found: re.Match[str], first: datetime, last: datetime) -> Span | None:
    left, right = found[1], found[3]
    if re.search(_YEAR, right) and not re.search(_YEAR, left) and not left[0].isdecimal():
        left = f"{left} {re.findall(_YEAR, right)[-1]}"
    begins, ends = _period(left, first, last), _period(right, first, last)
    if not begins or not ends:
        return None
    if begins.months or ends.months:
        low, high = (begins.months or (1,))[0], (ends.months or (12,))[-1]
        months = tuple((low - 1 + n) % 12 + 1 for n in range((high - low) % 12 + 1))
        return Span(first, last, f"{begins.said} to {ends.said}", found.start(), found.end(), months)
    begins, ends = (begins, ends) if begins.start <= ends.start else (ends, begins)
    return Span(begins.start, ends.stop, f"{begins.said} to {ends.said}", found.start(), found.end())


def _from(found: re.Match[str], first: datetime, last: datetime) -> Span | None:
    period = _period(found[2], first, last)
    if not period:
        return None
    match found[1]:
        case "before" | "vor":
            return Span(datetime.min, period.start, f"before {period.said}", found.start(), found.end())
        case "until" | "till" | "up to" | "bis":
            return Span(datetime.min, period.stop, f"until {period.said}", found.start(), found.end())
        case "after":
            return Span(period.stop, datetime.max, f"after {period.said}", found.start(), found.end())
    return Span(period.start, datetime.max, f"since {period.said}", found.start(), found.end())


def _relative(found: re.Match[str], first: datetime, last: datetime) -> Span:
    """Counted in the data: the last year is the last that they have rows of."""
    count = int(found[2]) if found[2] and found[2].isdecimal() else _NUMBERS.get(found[2] or "", 0)
    days, early = _UNITS[found[3]], found[1] == "first"
    unit = next(name for name, length in _UNITS.items() if length == days)
    said = f"{'first' if early else 'last'} {f'{count} ' if count else ''}{unit}{'s' if count > 1 else ''}"
    if not count and days in (30, 365):
        edge = first if early else last
        period = _calendar(edge.year, 1 if days == 365 else edge.month, 0, 12 if days == 365 else 1)
        return Span(period.start, period.stop, period.said, found.start(), found.end())
    count = count or 1
    months = count * {30: 1, 91: 3, 365: 12}.get(days, 0)
    if early:
        stop = _later(first, months) if months else first + timedelta(days=days * count)
        return Span(datetime.min, stop, said, found.start(), found.end())
    start = _later(last, -months) if months else last - timedelta(days=days * count)
    days_only = (last.hour, last.minute, last.second) == (0, 0, 0)
    return Span(start + timedelta(days=days_only), datetime.max, said, found.start(), found.end())


def _later(when: datetime, months: int) -> datetime:
    year, month = divmod(when.year * 12 + when.month - 1 + months, 12)
    day = min(when.day, 28 if month == 1 else 30 if month in (3, 5, 8, 10) else 31)
    return when.replace(year=min(max(year, 1), 9998), month=month + 1, day=day)


def _at(found: re.Match[str], first: datetime, last: datetime) -> Span | None:
    period = _period(found[1], first, last)
    if period is None:
        return None
    return Span(period.start, period.stop, period.said, found.start(), found.end(), period.months)


def _period(words: str, first: datetime, last: datetime) -> Span | None:
    """A day, month, quarter or year; a month without a year is that of the data, or that of every year."""
    try:
        year, month, day, length = _parts(words)
        if year is None:
            months = tuple(range(month, month + length))
            fitting = [year for year in range(first.year, last.year + 1) if _overlaps(year, months, first, last)]
            if len(fitting) != 1 or day:
                name = f"Q{month // 3 + 1}" if length == 3 else _MONTHS[month - 1].capitalize()
                return None if day else Span(first, last, name, 0, 0, months)
            year = fitting[0]
        return _calendar(year, month, day, length)
    except ValueError:
        return None


def _calendar(year: int, month: int, day: int, length: int) -> Span:
    """A day, or so many months; raises ValueError when there is no such day."""
    start = datetime(year, month, day or 1)
    if day:
        return Span(start, start + timedelta(days=1), f"{start.day} {start:%b %Y}", 0, 0)
    said = {1: f"{start:%B %Y}", 3: f"Q{month // 3 + 1} {year}"}.get(length, str(year))
    return Span(start, _later(start, length), said, 0, 0)


def _overlaps(year: int, months: tuple[int, ...], first: datetime, last: datetime) -> bool:
    start = datetime(year, months[0], 1)
    return start <= last and _later(start, len(months)) > first


def _parts(words: str) -> tuple[int | None, int, int, int]:
    """Year (None when not said), month, day (0 when not said) and length in months; raises ValueError."""
    if iso := re.fullmatch(r"(\d{4})-(\d\d)(?:-(\d\d))?", words):
        return int(iso[1]), int(iso[2]), int(iso[3] or 0), 1
    if local := re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", words):
        return int(local[3]), int(local[2]), int(local[1]), 1
    if turned := re.fullmatch(rf"({_YEAR})[\s/-]?q([1-4])", words):
        return int(turned[1]), 3 * int(turned[2]) - 2, 0, 3
    spoken = re.search(rf"{_YEAR}$", words)
    year = int(spoken[0]) if spoken else None
    if year and words == spoken[0]:  # type: ignore[index]
        return year, 1, 0, 12
    if quarter := re.match(r"q([1-4])", words):
        return year, 3 * int(quarter[1]) - 2, 0, 3
    if (ordinal := words.split(maxsplit=1)[0]) in _ORDINALS:
        return year, 3 * _ORDINALS[ordinal] - 2, 0, 3
    name = re.search(_NAMES, words)
    assert name
    lists = (_MONTHS, _GERMAN)
    month = next(i for names in lists for i, full in enumerate(names, 1) if full.startswith(name[0][:3]))
    day = re.search(r"\b(\d{1,2})(?!\d)", words.replace(spoken[0] if spoken else " ", " "))
    return year, month, int(day[1]) if day else 0, 1
