"""Committed turns: one transaction holds the turn, the state's delta, what was heard, posts, files and cost."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from bot.domain import json_codec, state_deltas
from bot.domain.audit_facts import ROUNDTABLE, ModelReplaced, code_ran
from bot.domain.events import (
    Artifact,
    ListDelta,
    Message,
    Person,
    Ran,
    StateDelta,
    TurnResult,
    Usage,
    What,
)
from bot.domain.posts import Post
from bot.domain.views import Status
from bot.store import artifacts, audit, inbox, ledger, outbox, requests, runs
from bot.store import sessions as rows
from bot.store.requests import Meeting, MessageEffect, RequestDraft
from bot.store.schema import blobs, files, sessions, turns


@dataclass(frozen=True, slots=True)
class TurnCommit:
    """Everything that one committed turn changes.

    `added` are files that Roundtable itself has made, `said` the messages as the team heard them, by number;
    `meeting` tells what messages that came meanwhile mean for what the turn `asks`.
    """

    session: str
    number: int
    result: TurnResult
    heard: Sequence[int]
    attached: Sequence[Artifact]
    added: Sequence[Artifact]
    costs: Sequence[tuple[Usage, float | None]]
    reserved: Sequence[int]
    posts: Sequence[Post]
    status: Status
    outcome: str | None
    last_error: str
    errors_in_row: int
    seconds: float = 0.0
    asks: RequestDraft | None = None
    said: Mapping[int, Message] = field(default_factory=dict)
    meeting: Meeting = lambda _message, _card: MessageEffect()


def commit(connection: Connection, turn: TurnCommit, now: float) -> bool:
    """Write a turn, all of it or nothing; False, and nothing, when somebody has stopped the session.

    Code that ran is told of all the same, but nothing is asked after it.
    """
    rows.hold(connection, turn.session)
    stopped = inbox.stop_waits(connection, turn.session)
    if stopped and not isinstance(turn.result.what, Ran):
        return False
    _write_state(connection, turn, now)
    edited = inbox.edited(connection, turn.session, turn.said)
    if stopped:
        # They wait as they are now: said anew, they would come after the stop and open the session again.
        inbox.consume(connection, turn.session, [seq for seq in turn.heard if seq not in edited], turn.number)
    else:
        inbox.consume(connection, turn.session, turn.heard, turn.number)
        inbox.say_anew(connection, turn.session, turn.said, edited, now)
    _write_files(connection, turn)
    add_files(connection, turn.session, turn.number, turn.added)
    _note_run(connection, turn, now)
    runs.finish(connection, turn.session, turn.number)
    ledger.release(connection, turn.session, turn.reserved)
    ledger.add(connection, turn.session, turn.number, turn.costs, now)
    connection.execute(
        update(sessions)
        .where(sessions.c.id == turn.session)
        .values(turns=turn.number, last_error=turn.last_error, errors_in_row=turn.errors_in_row)
    )
    for each in turn.result.took_over:
        replaced = ModelReplaced(turn.number, each.agent, each.model, each.fallback)
        audit.add(connection, turn.session, ROUNDTABLE, replaced, now)
    rows.add_work(connection, turn.session, turn.seconds)
    outbox.add(connection, turn.session, turn.posts, now)
    if turn.asks is not None and not stopped:
        _ask(connection, turn, turn.asks, now)
        return True
    reopened = rows.settle(connection, turn.session, turn.status, turn.outcome, now=now)
    if turn.outcome is not None:
        inbox.consume_orders(connection, turn.session, turn.number)
        who = Person("", turn.result.who)
        audit.ended(connection, turn.session, who, turn.outcome, now, reopened=reopened)
    return True


def state(connection: Connection, session_id: str) -> dict[str, Any] | None:
    """The team's state after the last committed turn."""
    chain = select(turns.c.delta).where(turns.c.session == session_id).order_by(turns.c.turn)
    items = select(blobs.c.digest, blobs.c.data).where(blobs.c.session == session_id)
    data = {row.digest: row.data for row in connection.execute(items)}
    return state_deltas.fold((_load(delta) for delta in connection.scalars(chain)), data)


def last(connection: Connection, session_id: str) -> tuple[str, What] | None:
    """Whose the last committed turn was, and what it brought."""
    newest = select(turns.c.who, turns.c.what).where(turns.c.session == session_id)
    row = connection.execute(newest.order_by(turns.c.turn.desc()).limit(1)).first()
    return (row.who, json_codec.what.validate_json(row.what)) if row else None


def workspace(connection: Connection, session_id: str) -> list[Artifact]:
    """The files of the session's workspace after the last committed turn."""
    found = select(files).where(files.c.session == session_id).order_by(files.c.path)
    return [Artifact(row.path, row.digest, row.size, row.media_type) for row in connection.execute(found)]


def _ask(connection: Connection, turn: TurnCommit, draft: RequestDraft, now: float) -> None:
    """Have the session wait, unless what somebody said while the turn was on has met the request already."""
    request = requests.ask(connection, turn.session, turn.number + 1, draft, now)
    waiting = [each.event for each in inbox.pending(connection, turn.session) if isinstance(each.event, Message)]
    met = next((met for each in waiting if (met := turn.meeting(each, draft.card)).resolution), None)
    if met is None or met.resolution is None:
        return
    requests.close(connection, request, met.resolution, now)
    rows.go_on(connection, turn.session, now)
    if met.is_order:
        # Whoever spoke has not seen code that came with this turn, and nobody else has let it go on.
        runs.drop(connection, turn.session, now)


def _write_state(connection: Connection, turn: TurnCommit, now: float) -> None:
    delta = turn.result.delta
    named = select(blobs.c.digest).where(blobs.c.session == turn.session, blobs.c.digest.in_(list(delta.blobs)))
    new = delta.blobs.keys() - set(connection.scalars(named))
    if new:
        connection.execute(
            insert(blobs),
            [{"session": turn.session, "digest": digest, "data": delta.blobs[digest]} for digest in sorted(new)],
        )
    connection.execute(
        insert(turns).values(
            session=turn.session,
            turn=turn.number,
            who=turn.result.who,
            what=json_codec.to_json(json_codec.what, turn.result.what),
            delta=_dump(delta),
            at=now,
        )
    )


def _note_run(connection: Connection, turn: TurnCommit, now: float) -> None:
    if isinstance(turn.result.what, Ran):
        blocks = runs.code(connection, turn.session, turn.number)
        fact = code_ran(turn.number, blocks, turn.result.what.results)
        audit.add(connection, turn.session, Person("", turn.result.who), fact, now)


def add_files(connection: Connection, session_id: str, turn: int, added: Sequence[Artifact]) -> None:
    """Put files that Roundtable itself has made into the workspace."""
    for artifact in added:
        _set_file(connection, session_id, turn, artifact, attached=False)


def _write_files(connection: Connection, turn: TurnCommit) -> None:
    for artifact in turn.attached:
        _set_file(connection, turn.session, turn.number, artifact, attached=True)
    artifacts.attached(connection, turn.session, turn.number, turn.attached)
    if isinstance(turn.result.what, Ran):
        before = {file.path: file.digest for file in workspace(connection, turn.session)}
        ran = zip(runs.code(connection, turn.session, turn.number), turn.result.what.results, strict=False)
        artifacts.made(connection, turn.session, turn.number, ran, before)
        for result in turn.result.what.results:
            for path in result.removed:
                _drop_file(connection, turn.session, path)
            for artifact in result.files:
                _set_file(connection, turn.session, turn.number, artifact, attached=False)


def _set_file(connection: Connection, session_id: str, turn: int, artifact: Artifact, *, attached: bool) -> None:
    _drop_file(connection, session_id, artifact.path)
    row = asdict(artifact) | {"session": session_id, "turn": turn, "attached": attached}
    connection.execute(insert(files).values(**row))


def _drop_file(connection: Connection, session_id: str, path: str) -> None:
    connection.execute(delete(files).where(files.c.session == session_id, files.c.path == path))


def _dump(delta: StateDelta) -> str:
    lists = {path: [change.keep, *change.append] for path, change in delta.lists.items()}
    return json.dumps({"skeleton": delta.skeleton, "lists": lists}, separators=(",", ":"))


def _load(text: str) -> StateDelta:
    value: Mapping[str, Any] = json.loads(text)
    lists = {path: ListDelta(keep, tuple(append)) for path, (keep, *append) in value["lists"].items()}
    return StateDelta(value["skeleton"], lists)
