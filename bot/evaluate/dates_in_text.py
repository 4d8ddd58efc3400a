"""Dates in a text, in whatever common way and language they are written: pure."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta

_RELATIVE = re.compile(r"today(?:([+-])(\d{1,5}))?")
_MONTHS = (
    "january jan enero ene januar jänner janvier janv janeiro",
    "february feb febrero februar février fevrier févr fevereiro fev",
    "march mar marzo märz mrz mars março marco",
    "april apr abril abr avril avr",
    "may mayo mai maio",
    "june jun junio juni juin junho",
    "july jul julio juli juillet juil julho",
    "august aug agosto août aout",
    "september sep sept septiembre septembre setembro",
    "october oct octubre oktober okt octobre outubro",
    "november nov noviembre novembre novembro",
    "december dec diciembre dic dezember dez décembre decembre déc dezembro",
)
"""The names and abbreviations of every month in English, Spanish, German, French and Portuguese."""


def day(written: str, today: date) -> date:
    """The date that `2025-03-31`, `today`, `today+14` or `today-30` means; raises ValueError."""
    if relative := _RELATIVE.fullmatch(written):
        days = int(relative[2] or 0)
        return today + timedelta(days=-days if relative[1] == "-" else days)
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise ValueError(f"{written!r} is no day: write 2025-03-31, today, today+14 or today-30") from None


def has_date(text: str, wanted: date) -> bool:
    """Whether a text names a date, with its year or, in words, without any."""
    text = unicodedata.normalize("NFKC", text).casefold()
    return any(re.search(pattern, text) for pattern in _patterns(wanted))


def _patterns(wanted: date) -> tuple[str, ...]:
    year, month, number = wanted.year, wanted.month, wanted.day
    short = rf"(?:{year}|{year % 100:02})"
    names = "|".join(re.escape(name.casefold()) for name in _MONTHS[month - 1].split())
    no_other_year = rf"(?:,? ?(?:de |del |of )?{year}\b|(?!,? ?(?:de |del |of )?\d{{4}}))"
    two_digits, month_digits = f"0?{number}", f"0?{month}"
    mark, again = r"(?P<mark>[-/.])", r"(?P=mark)"
    return (
        rf"(?<!\d){year}{mark}{month_digits}{again}{two_digits}(?!\d)",
        rf"(?<!\d){two_digits}{mark} ?{month_digits}{again} ?{short}(?!\d)",
        rf"(?<!\d){month_digits}{mark}{two_digits}{again}{short}(?!\d)",
        rf"(?<!\d){two_digits}(?:st|nd|rd|th|er|\.|º)? ?(?:of |de |-)?(?:{names})\b\.?{no_other_year}",
        rf"\b(?:{names})\.? {two_digits}(?:st|nd|rd|th)?(?!\d){no_other_year}",
        rf"(?:(?<!\d){year} ?年 ?|(?<![年\d])){month_digits} ?月 ?{two_digits} ?[日号]",
    )
