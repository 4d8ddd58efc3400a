"""Recognising how dates and numbers are written in text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

ISO = "ISO8601"
"""What pandas calls every ISO 8601 form together."""

_DAYS = (
    "%d.%m.%Y", "%d.%m.%y", "%m/%d/%Y", "%d/%m/%Y", "%m/%d/%y", "%d/%m/%y", "%Y/%m/%d", "%Y.%m.%d", "%d-%m-%Y",
    "%m-%d-%Y", "%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%b %Y", "%B %Y",
    "%b-%Y", "%b-%y", "%m/%Y", "%m.%Y", "%d. %B %Y",
)  # fmt: skip
_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", " %H:%M:%S.%f")
FORMATS = tuple(day + time for day in _DAYS for time in _TIMES)
_ISO = re.compile(r"\d{4}-\d\d(-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d+)?)?\s?(Z|[+-]\d\d:?\d\d)?)?)?")
_LIKELY = re.compile(r"(?=.*\d)[\w .,:/+-]{5,32}")
_DIGITS = r"(?:\d{1,3}(?:[.,'’ \u00a0\u202f]\d{3})+|\d+)(?:[.,]\d+)?"
_NUMBER = re.compile(rf"(?:[€$£]|EUR|USD)?\s?[-+]?\s?[€$£]?{_DIGITS}\s?(?:%|€|\$|£|EUR|USD|GBP|CHF|kg|km)?")


def date_format(values: Sequence[str], day_first: bool = False) -> str | None:
    """The format that reads at least nine tenths of the values, or None.

    Where several do, the one that keeps the values in order wins, then the habit told by `day_first`.
    """
    texts = [value.strip() for value in values if value.strip()][:200]
    if not texts or not _LIKELY.fullmatch(texts[0]):
        return None
    if sum(bool(_ISO.fullmatch(text)) for text in texts) >= 0.9 * len(texts):
        return ISO
    fits = [style for style in FORMATS if _reads(texts, style)]
    return max(fits, key=lambda style: _merit(texts, style, day_first), default=None)


def has_zone(values: Sequence[str]) -> bool:
    """Whether ISO times say their offset from UTC."""
    return any(re.search(r":\d\d.*(Z|[+-]\d\d:?\d\d)$", value.strip()) for value in values)


def is_number(text: str) -> bool:
    """Whether a text is a number, perhaps with a currency, a unit or marks between thousands."""
    return bool(_NUMBER.fullmatch(text.strip()))


def _parse(text: str, style: str) -> datetime | None:
    try:
        return datetime.strptime(text, style)
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
