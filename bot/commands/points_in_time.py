"""Moments as people type them: a date, a time, or how long ago."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta

from bot.domain.errors import OperatorError

_AGO = re.compile(r"(\d{1,6})([mhdw])")
_SECONDS = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def since(text: str, now: float) -> float:
    """When a span begins, in epoch seconds: a date is its first moment. Raises OperatorError."""
    return _moment("--since", text, now, timedelta())


def until(text: str, now: float) -> float:
    """The first moment after a span, in epoch seconds: a date counts to its end. Raises OperatorError."""
    return _moment("--until", text, now, timedelta(days=1))


def _moment(option: str, text: str, now: float, day: timedelta) -> float:
    if ago := _AGO.fullmatch(text):
        return now - int(ago[1]) * _SECONDS[ago[2]]
    try:
        if _DATE.fullmatch(text):
            # By the calendar, not by 24 hours: two days a year are longer or shorter.
            return datetime.combine(datetime.fromisoformat(text) + day, time()).timestamp()
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        raise OperatorError(
            f"{option} {text!r} is no time: write 2026-01-31, 2026-01-31T09:30, or how long ago as 30m, "
            "12h, 7d, 4w."
        ) from None
