"""Which attached files the tables name: refs as their platforms gave them."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, select

from bot.domain import json_codec
from bot.domain.events import Decision, Message
from bot.store.schema import inbox


def of(connection: Connection, session_id: str) -> set[str]:
    """Every file that was attached in a session."""
    return _named(connection, inbox.c.session == session_id)


def pending(connection: Connection) -> set[str]:
    """The files of everything that no turn has consumed."""
    return _named(connection, inbox.c.turn.is_(None))


def _named(connection: Connection, which: ColumnElement[bool]) -> set[str]:
    said = select(inbox.c.event).where(which, inbox.c.kind.in_(["message", "decision"]))
    events = (json_codec.event.validate_json(text) for text in connection.scalars(said))
    return {file.ref for event in events if isinstance(event, Message | Decision) for file in event.files}
