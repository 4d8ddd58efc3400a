"""Words in the thread that are orders to Roundtable, not to the team."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Literal, TypeAlias

ThreadCommand: TypeAlias = Literal["stop", "mute", "unmute", "cost"]

_ORDERS: dict[str, ThreadCommand] = {
    "stop": "stop",
    "terminate": "stop",
    "mute": "mute",
    "unmute": "unmute",
    "cost": "cost",
}
_NOW = re.compile(r"\s*now\s*:\s*(?=\S)", re.IGNORECASE)
_EDIT = re.compile(r"\s*edit\s+(q[0-9a-f]{12})\b[ \t]*:?", re.IGNORECASE)
_TEAM = re.compile(r"\s*([a-z][a-z0-9_]{0,39})\s*:\s*(?=\S)", re.IGNORECASE)


def thread_command(text: str) -> ThreadCommand | None:
    """What a whole message orders: one of the words alone, in any case, punctuation aside."""
    return _ORDERS.get(text.strip().strip("!.").strip().casefold())


def urgent_text(text: str) -> str | None:
    """What a person wants done now, as in `now: use the median`."""
    found = _NOW.match(text)
    return text[found.end() :] if found else None


def code_edit(text: str) -> tuple[str, str] | None:
    """The request whose code a message changes, as in `edit q0123456789ab`, and what follows: the code."""
    found = _EDIT.match(text)
    return (found[1].lower(), text[found.end() :]) if found else None


def chosen_team(text: str, teams: Collection[str]) -> tuple[str, str] | None:
    """The team that a task names in front, as in `crew: plot this`, and the task itself."""
    named = _TEAM.match(text)
    if named is None or (name := named[1].lower()) not in teams:
        return None
    return name, text[named.end() :]
