"""The rows of one session as its next step needs them."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from bot.engine.plan import Scene
from bot.events import Code
from bot.policy import Policy
from bot.store import inbox, requests, runs, spending, turns
from bot.store import sessions as rows
from bot.store.sessions import Session


def look(connection: Connection, session_id: str, policy: Policy, now: float) -> Scene:
    """A session as it stands."""
    session = rows.get(connection, session_id)
    assert session is not None, f"session {session_id} has no row"
    return Scene(
        session,
        inbox.pending(connection, session_id),
        requests.open_in(connection, session_id),
        unasked(connection, session),
        [replace(cap, amount=spending.allowed(connection, session, cap, now)) for cap in policy.budget.work()],
    )


def unasked(connection: Connection, session: Session) -> tuple[str, Code] | None:
    """The code that the next turn is to run, with its author, when nobody was asked about it."""
    last = turns.last(connection, session.id)
    if last is None or not isinstance(last[1], Code):
        return None
    number = session.turns + 1
    known = runs.fate(connection, session.id, number) or requests.approval_of(connection, session.id, number)
    return None if known else (last[0], last[1])
