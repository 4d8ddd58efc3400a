"""Recognising how dates and numbers are written in text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from functools import cache

from agents.demo.texts import bag

ISO = "ISO8601"
"""What pandas calls every ISO 8601 form together."""

_DAYS = (
    "%d.%m.%Y", "%d.%m.%y", "%m/%d/%Y", "%d/%m/%Y", "%m/%d/%y", "%d/%m/%y", "%Y/%m/%d", "%Y.%m.%d", "%d-%m-%Y",
    "%m-%d-%Y", "%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%b %Y", "%B %Y",
    "%b-%Y", "%b-%y", "%m/%Y", "%d. %B %Y",
)  # fmt: skip
_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", " %H:%M:%S.%f")
FORMATS = tuple(day + time for day in _DAYS for time in _TIMES)
_MONTHS = bag("january february march april may june july august september october november december")
_PARTS = {
    "%d": r"(?P<d>\d{1,2})", "%m": r"(?P<m>\d{1,2})", "%Y": r"(?P<Y>\d{4})", "%y": r"(?P<y>\d\d)",
    "%b": r"(?P<b>[A-Za-z]{3})", "%B": r"(?P<B>[A-Za-z]{3,9})", "%H": r"(?P<H>\d{1,2})", "%I": r"(?P<I>\d{1,2})",
    "%M": r"(?P<M>\d\d)", "%S": r"(?P<S>\d\d)", "%p": r"(?P<p>[AaPp][Mm])", "%f": r"\d{1,6}",
}  # fmt: skip
_ISO = re.compile(r"\d{4}-\d\d(-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d+)?)?\s?(Z|[+-]\d\d:?\d\d)?)?)?")
_LIKELY = re.compile(
    r"\d{1,4}([/.-])(\d{1,2}|[A-Za-z]{3})\1\d{2,4}\b.{0,20}|\d{1,2}/\d{4}|.{0,12}[A-Za-z]{3}.{0,20}\d.{0,20}"
)
_DIGITS = r"(?:\d{1,3}(?:[.,'’ \u00a0\u202f]\d{3})+|\d+)(?:[.,]\d+)?"
_NUMBER = re.compile(rf"(?:[€$£]|EUR|USD)?\s?[-+]?\s?[€$£]?{_DIGITS}\s?(?:%|€|\$|£|EUR|USD|GBP|CHF|kg|km)?")


def date_format(values: Sequence[str], day_first: bool = False) -> str | None:
    """The format that reads at least nine tenths of the values, or None.

    Where several do, the one that keeps the values in order wins, then the habit told by `day_first`.
    """
    texts = [value.strip() for value in values if value.strip()][:200]
    if not texts:
        return None
    if sum(bool(_ISO.fullmatch(text)) for text in texts) >= 0.9 * len(texts):
        return ISO
    if not _LIKELY.fullmatch(texts[0]):
        return None
    fits = [style for style in FORMATS if _reads(texts, style)]
    return max(fits, key=lambda style: _merit(texts, style, day_first), default=None)


def has_zone(values: Sequence[str]) -> bool:
    """Whether ISO times say their offset from UTC."""
    return any(re.search(r":\d\d.*(Z|[+-]\d\d:?\d\d)$", value.strip()) for value in values)


def is_number(text: str) -> bool:
    """Whether a text is a number, perhaps with a currency, a unit or marks between thousands."""
    return bool(_NUMBER.fullmatch(text.strip()))


@cache
def _pattern(style: str) -> re.Pattern[str]:
    parts = re.split(r"(%[A-Za-z])", style)
    return re.compile("".join(_PARTS.get(part) or re.escape(part) for part in parts))


def _parse(text: str, style: str) -> datetime | None:
    """The time a text tells in a format, month names in English whatever the locale; None when it does not fit."""
    found = _pattern(style).fullmatch(text)
    if not found:
        return None
    part = found.groupdict()
    name = (part.get("b") or part.get("B") or "").lower()
    named = [number for number, month in enumerate(_MONTHS, 1) if name in (month, month[:3])]
    month = named[0] if named else int(part.get("m") or 0)
    year = int(part.get("Y") or 0) or 2000 + int(part.get("y") or 0)
    hour = int(part.get("H") or part.get("I") or 0) % (12 if part.get("I") else 99)
    hour += 12 * ((part.get("p") or "").lower() == "pm")
    try:
        return datetime(
            year, month, int(part.get("d") or 1), hour, int(part.get("M") or 0), int(part.get("S") or 0)
        )
    except ValueError:
        return None


def _reads(texts: Sequence[str], style: str) -> bool:
    allowed = len(texts) // 10
    for text in texts:
        if _parse(text, style) is None:
            allowed -= 1
            if allowed < 0:
                return False
    return True


def _merit(texts: Sequence[str], style: str, day_first: bool) -> tuple[int, bool, bool]:
    times = [time for text in texts if (time := _parse(text, style))]
    ordered = times == sorted(times) or times == sorted(times, reverse=True)
    return len(times), ordered, style.startswith("%d") == day_first
