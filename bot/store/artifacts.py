"""Where each version of a file came from: attached by a person, or made by a block of code in a turn."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from sqlalchemy import Connection, delete, insert, select

from bot.events import Artifact, CodeBlock, RunResult
from bot.store.schema import artifacts
from bot.views import Version

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
    in_order = found.order_by(artifacts.c.turn, artifacts.c.block, artifacts.c.path)
    return [
        Version(
            Artifact(row.path, row.digest, row.size, row.media_type),
            row.turn,
            row.block,
            row.code,
            row.inputs,
            row.image,
        )
        for row in connection.execute(in_order)
    ]


def digest(workspace: Mapping[str, str]) -> str:
    """SHA-256 of a whole workspace: of the lines `PATH<tab>DIGEST`, sorted."""
    return _sha256("".join(f"{path}\t{content}\n" for path, content in sorted(workspace.items())))


def _add(connection: Connection, session_id: str, version: Version) -> None:
    row = {"session": session_id, **asdict(version)}
    row |= row.pop("file")
    key = (artifacts.c.session, artifacts.c.turn, artifacts.c.block, artifacts.c.path)
    connection.execute(delete(artifacts).where(*(column == row[column.name] for column in key)))
    connection.execute(insert(artifacts).values(**row))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
