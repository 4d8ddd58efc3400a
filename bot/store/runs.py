"""Code that was sent to a sandbox: written before it is sent, so that no crash can send it twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias, cast

from pydantic import TypeAdapter
from sqlalchemy import Connection, insert, select, update

from bot.domain import json_codec
from bot.domain.events import CodeBlock
from bot.domain.turn_results import Ran
from bot.domain.views import PastRun
from bot.store import audit
from bot.store.schema import runs, turns

RunState: TypeAlias = Literal["started", "done", "stopped"]

_blocks: TypeAdapter[list[CodeBlock]] = TypeAdapter(list[CodeBlock])


def start(connection: Connection, session_id: str, turn: int, blocks: Sequence[CodeBlock], now: float) -> None:
    """Note that the code of a turn is about to be sent."""
    text = _blocks.dump_json(list(blocks)).decode()
    connection.execute(
        insert(runs).values(session=session_id, turn=turn, blocks=text, started=now, state="started")
    )
    if blocks:
        audit.sent(connection, session_id, turn, blocks, now)


def code(connection: Connection, session_id: str, turn: int) -> list[CodeBlock]:
    """The code of a turn that was sent; none when nothing was."""
    found = select(runs.c.blocks).where(runs.c.session == session_id, runs.c.turn == turn)
    return _blocks.validate_json(connection.scalar(found) or "[]")


def state(connection: Connection, session_id: str, turn: int) -> RunState | None:
    """What became of a turn's code; None when it was never sent."""
    found = select(runs.c.state).where(runs.c.session == session_id, runs.c.turn == turn)
    return cast(RunState | None, connection.scalar(found))


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
    """A person stopped this turn's code before its end, or before it was sent; it will not be sent again."""
    if state(connection, session_id, turn) is None:
        start(connection, session_id, turn, (), now)
    _set(connection, session_id, turn, "stopped")


def _set(connection: Connection, session_id: str, turn: int, state: RunState) -> None:
    row = update(runs).where(runs.c.session == session_id, runs.c.turn == turn)
    connection.execute(row.values(state=state))
