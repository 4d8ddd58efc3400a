"""Code that the next turn is to run: whether a person was asked about it, and that it is no longer to be run."""

from __future__ import annotations

from sqlalchemy import Connection

from bot.domain.turn_results import Code
from bot.store import requests, runs, turns

_NOT_ALLOWED = ("open", "rejected", "expired", "withdrawn", "lapsed")
"""States of an approval under which the code does not run as it is: its turn reports that instead."""


def unasked(connection: Connection, session_id: str) -> tuple[str, Code] | None:
    """The code that the next turn is to run, with its author, when no person was asked about it."""
    last = turns.last(connection, session_id)
    if last is None or not isinstance(last.what, Code):
        return None
    number = last.number + 1
    known = runs.state(connection, session_id, number) or requests.approval_of(connection, session_id, number)
    return None if known else (last.who, last.what)


def drop(connection: Connection, session_id: str, now: float) -> None:
    """Code that waits to be run, or is being run, is no longer wanted: it is not sent, or not sent again."""
    last = turns.last(connection, session_id)
    if last is None or not isinstance(last.what, Code):
        return
    number = last.number + 1
    approval = requests.approval_of(connection, session_id, number)
    if approval is None or approval.state not in _NOT_ALLOWED:
        runs.stop(connection, session_id, number, now)
