"""Code that was sent to a sandbox: written before it is sent, so that no crash can send it twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias, cast

from pydantic import TypeAdapter
from sqlalchemy import Connection, insert, select, update

from bot.domain import json_codec
from bot.domain.events import Code, CodeBlock, Ran
from bot.domain.views import PastRun
from bot.store import audit
from bot.store.schema import requests, runs, turns

Fate: TypeAlias = Literal["started", "done", "stopped"]

_blocks: TypeAdapter[list[CodeBlock]] = TypeAdapter(list[CodeBlock])


def start(connection: Connection, session_id: str, turn: int, blocks: Sequence[CodeBlock], now: float) -> None:
    """Note that the code of a turn is about to be sent."""
    text = _blocks.dump_json(list(blocks)).decode()
    connection.execute(
        insert(runs).values(session=session_id, turn=turn, blocks=text, started=now, fate="started")
    )
    if blocks:
        audit.sent(connection, session_id, turn, blocks, now)


def code(connection: Connection, session_id: str, turn: int) -> list[CodeBlock]:
    """The code of a turn that was sent; none when nothing was."""
    found = select(runs.c.blocks).where(runs.c.session == session_id, runs.c.turn == turn)
    return _blocks.validate_json(connection.scalar(found) or "[]")


def fate(connection: Connection, session_id: str, turn: int) -> Fate | None:
    """What became of a turn's code; None when it was never sent."""
    found = select(runs.c.fate).where(runs.c.session == session_id, runs.c.turn == turn)
    return cast(Fate | None, connection.scalar(found))


def past(connection: Connection, session_id: str) -> list[PastRun]:
    """Every turn in which code was run to a result, in order."""
    both = runs.join(turns, (runs.c.session == turns.c.session) & (runs.c.turn == turns.c.turn))
    found = select(runs.c.turn, runs.c.blocks, turns.c.what).select_from(both).where(runs.c.session == session_id)
    all_runs = [
        (row.turn, _blocks.validate_json(row.blocks), json_codec.what.validate_json(row.what))
        for row in connection.execute(found.order_by(runs.c.turn))
    ]
    return [PastRun(turn, tuple(blocks), what.results) for turn, blocks, what in all_runs if isinstance(what, Ran)]


def finish(connection: Connection, session_id: str, turn: int) -> None:
    """The turn that ran the code is committed."""
    _set(connection, session_id, turn, "done")


def stop(connection: Connection, session_id: str, turn: int, now: float) -> None:
    """Somebody stopped this turn's code before its end, or before it was sent; it will not be sent again."""
    if fate(connection, session_id, turn) is None:
        start(connection, session_id, turn, (), now)
    _set(connection, session_id, turn, "stopped")


def drop(connection: Connection, session_id: str, now: float) -> None:
    """Code that waits to be run, or is being run, is not wanted any more: it will not be sent, or not again.

    What was asked about and not allowed does not run as it is, and the team is to hear of that instead.
    """
    newest = select(turns.c.turn, turns.c.what).where(turns.c.session == session_id)
    last = connection.execute(newest.order_by(turns.c.turn.desc()).limit(1)).first()
    if last is None or not isinstance(json_codec.what.validate_json(last.what), Code):
        return
    of_it = (requests.c.session == session_id) & (requests.c.turn == last.turn + 1)
    state = connection.scalar(select(requests.c.state).where(of_it, requests.c.kind == "approval"))
    if state not in ("open", "rejected", "expired", "withdrawn"):
        stop(connection, session_id, last.turn + 1, now)


def _set(connection: Connection, session_id: str, turn: int, fate: Fate) -> None:
    row = update(runs).where(runs.c.session == session_id, runs.c.turn == turn)
    connection.execute(row.values(fate=fate))
