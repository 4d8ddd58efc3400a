"""Where each version of a file came from: attached by a person, or made by a block of code in a turn."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from sqlalchemy import Connection, delete, insert, select

from bot.domain import block_chain, json_codec
from bot.domain.events import CodeBlock
from bot.domain.turn_results import Code, RunResult
from bot.domain.views import Version
from bot.domain.workspace_files import Artifact
from bot.store import runs
from bot.store.schema import artifacts, ledger, turns

ATTACHED = 0
"""The number of no block; those of code count from 1."""


def attached(connection: Connection, session_id: str, turn: int, files: Sequence[Artifact]) -> None:
    """Note files that people attached."""
    for file in files:
        _add(connection, session_id, Version(file, turn, ATTACHED))


def made(
    connection: Connection,
    session_id: str,
    turn: int,
    ran: Iterable[tuple[CodeBlock, RunResult]],
    workspace: Mapping[str, str],
) -> None:
    """Note what blocks of code made; `workspace` has the digest of each path before the first of them."""
    now = dict(workspace)
    for number, (block, result) in enumerate(ran, 1):
        code, inputs = _sha256(block.code), digest(now)
        for path in result.removed:
            now.pop(path, None)
        for file in result.files:
            _add(connection, session_id, Version(file, turn, number, code, inputs, result.image))
            now[file.path] = file.digest


def versions(connection: Connection, session_id: str) -> list[Version]:
    """Every version of every file, in the order in which they came to be."""
    found = select(artifacts).where(artifacts.c.session == session_id)
    in_order = connection.execute(found.order_by(artifacts.c.turn, artifacts.c.block, artifacts.c.path)).all()
    written = {
        turn: _written(connection, session_id, turn) for turn in {row.turn for row in in_order if row.block}
    }
    past = runs.past(connection, session_id) if written else []
    return [
        Version(
            Artifact(row.path, row.digest, row.size, row.media_type),
            row.turn,
            row.block,
            row.code,
            row.inputs,
            row.image,
            written.get(row.turn, {}).get(row.code, ""),
            block_chain.chain_before(past, row.turn, row.block) if row.block else (),
        )
        for row in in_order
    ]


def _written(connection: Connection, session_id: str, ran: int) -> Mapping[str, str]:
    """Which model wrote the code that ran in a turn, by the code's SHA-256; it is in the turn before."""
    before = (turns.c.session == session_id) & (turns.c.turn == ran - 1)
    row = connection.execute(select(turns.c.who, turns.c.what).where(before)).first()
    what = json_codec.what.validate_json(row.what) if row else None
    if row is None or not isinstance(what, Code):
        return {}
    # Of its attempts the last one brought what was committed.
    calls = (ledger.c.session == session_id) & (ledger.c.turn == ran - 1) & (ledger.c.agent == row.who)
    newest = select(ledger.c.model).where(calls).order_by(ledger.c.id.desc()).limit(1)
    model = connection.scalar(newest) or ""
    return {_sha256(block.code): model for block in what.blocks}


def digest(workspace: Mapping[str, str]) -> str:
    """SHA-256 of a whole workspace: of the lines `PATH<tab>DIGEST`, sorted."""
    return _sha256("".join(f"{path}\t{content}\n" for path, content in sorted(workspace.items())))


def _add(connection: Connection, session_id: str, version: Version) -> None:
    row = {"session": session_id, **asdict(version)}
    row |= row.pop("file")
    del row["model"], row["builds_on"]
    key = (artifacts.c.session, artifacts.c.turn, artifacts.c.block, artifacts.c.path)
    connection.execute(delete(artifacts).where(*(column == row[column.name] for column in key)))
    connection.execute(insert(artifacts).values(**row))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
