"""The time here, with its zone."""

from __future__ import annotations

from datetime import datetime


def now() -> datetime:
    """The local time."""
    return datetime.now().astimezone()
