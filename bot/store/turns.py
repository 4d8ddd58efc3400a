"""Committed turns, the team's state that they add up to, and the workspace's files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from bot.domain import json_codec, state_deltas
from bot.domain.turn_results import ListDelta, Ran, RunResult, StateDelta, TurnResult, What
from bot.domain.workspace_files import Artifact
from bot.store.schema import blobs, files, turns


@dataclass(frozen=True, slots=True)
class CommittedTurn:
    """A committed turn: its number, the agent that took it, and what it brought."""

    number: int
    who: str
    what: What


def add(connection: Connection, session_id: str, number: int, result: TurnResult, now: float) -> None:
    """Store a turn and its change of the team's state; raises IntegrityError when that turn is there already."""
    delta = result.delta
    named = select(blobs.c.digest).where(blobs.c.session == session_id, blobs.c.digest.in_(list(delta.blobs)))
    new = delta.blobs.keys() - set(connection.scalars(named))
    if new:
        connection.execute(
            insert(blobs),
            [{"session": session_id, "digest": digest, "data": delta.blobs[digest]} for digest in sorted(new)],
        )
    connection.execute(
        insert(turns).values(
            session=session_id,
            turn=number,
            who=result.who,
            what=json_codec.to_json(json_codec.what, result.what),
            delta=_dump(delta),
            at=now,
        )
    )


def state(connection: Connection, session_id: str) -> dict[str, Any] | None:
    """The team's state after the last committed turn."""
    chain = select(turns.c.delta).where(turns.c.session == session_id).order_by(turns.c.turn)
    items = select(blobs.c.digest, blobs.c.data).where(blobs.c.session == session_id)
    data = {row.digest: row.data for row in connection.execute(items)}
    return state_deltas.fold((_load(delta) for delta in connection.scalars(chain)), data)


def last(connection: Connection, session_id: str) -> CommittedTurn | None:
    """The last committed turn, if there is one."""
    newest = select(turns.c.turn, turns.c.who, turns.c.what).where(turns.c.session == session_id)
    row = connection.execute(newest.order_by(turns.c.turn.desc()).limit(1)).first()
    return CommittedTurn(row.turn, row.who, json_codec.what.validate_json(row.what)) if row else None


def newest_results(connection: Connection, session_id: str) -> Iterator[RunResult]:
    """What blocks of code did, the newest first; rows are read as far as they are asked for."""
    found = select(turns.c.what).where(turns.c.session == session_id).order_by(turns.c.turn.desc())
    for text in connection.scalars(found):
        what = json_codec.what.validate_json(text)
        if isinstance(what, Ran):
            yield from reversed(what.results)


def workspace(connection: Connection, session_id: str) -> list[Artifact]:
    """The files of the session's workspace after the last committed turn."""
    found = select(files).where(files.c.session == session_id).order_by(files.c.path)
    return [Artifact(row.path, row.digest, row.size, row.media_type) for row in connection.execute(found)]


def add_files(
    connection: Connection, session_id: str, turn: int, added: Sequence[Artifact], *, attached: bool = False
) -> None:
    """Put files into the workspace, in place of those of the same paths."""
    by_path = {artifact.path: artifact for artifact in added}
    remove_files(connection, session_id, list(by_path))
    where = {"session": session_id, "turn": turn, "attached": attached}
    if rows := [asdict(artifact) | where for artifact in by_path.values()]:
        connection.execute(insert(files), rows)


def remove_files(connection: Connection, session_id: str, paths: Sequence[str]) -> None:
    """Remove files from the workspace; a path that is not there is no error."""
    if paths:
        connection.execute(delete(files).where(files.c.session == session_id, files.c.path.in_(list(paths))))


def _dump(delta: StateDelta) -> str:
    lists = {path: [change.keep, *change.append] for path, change in delta.lists.items()}
    return json.dumps({"skeleton": delta.skeleton, "lists": lists}, separators=(",", ":"))


def _load(text: str) -> StateDelta:
    value: Mapping[str, Any] = json.loads(text)
    lists = {path: ListDelta(keep, tuple(append)) for path, (keep, *append) in value["lists"].items()}
    return StateDelta(value["skeleton"], lists)
