"""A committed turn: all or nothing, of a size that does not grow, and the state exactly as it was."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import IntegrityError

from bot.domain.events import CodeBlock, Decision
from bot.domain.posts import AgentPost, ApprovalPost, CheckPost, QuestionPost, RequestCard
from bot.domain.turn_results import Code, Ran, RunResult, Said, Usage, What
from bot.domain.views import Status
from bot.domain.workspace_files import Artifact
from bot.store import inbox, requests, runs, sessions, turns
from bot.store.database import Database
from bot.store.reader import SessionReader
from bot.store.requests import RequestDraft
from bot.store.schema import blobs
from bot.store.schema import turns as turns_table
from tests.bot.store.rows import ANN, THREAD, Turns, counts, message, stop, take

USAGE = Usage("coder", "m", 10, 5)
CODE = Code("```python\nx()\n```", (CodeBlock("python", "x()\n"),))


def state_of_a_talk(length: int, agents: int = 3) -> dict[str, Any]:
    """A state as AutoGen keeps it: the talk once for each agent, once for the group, and buffers that empty."""
    talk = [
        {"source": f"agent{number % agents}", "content": f"{number} " + "word " * 200} for number in range(length)
    ]
    seats = {
        f"agent{seat}": {
            "agent_state": {"llm_context": {"messages": [{"type": "UserMessage", **line} for line in talk]}},
            "message_buffer": talk[len(talk) - len(talk) % (seat + 1) :],
        }
        for seat in range(agents)
    }
    return {
        "type": "TeamState",
        "agent_states": {**seats, "manager": {"message_thread": talk, "current_turn": length}},
    }


async def _session(database: Database) -> Turns:
    return Turns(database, (await take(database, message())).session)


async def test_the_state_is_folded_to_exactly_what_was_saved(database: Database) -> None:
    session = await _session(database)
    assert await database.read(turns.state, session.session) is None
    for length in range(1, 12):
        state = state_of_a_talk(length)
        await session.commit(state=state)
        folded = await database.read(turns.state, session.session)
        assert folded == state
        assert json.dumps(folded) == json.dumps(state)


async def test_a_state_with_odd_text_comes_back(database: Database) -> None:
    session = await _session(database)
    odd: dict[str, Any] = {"a/b": [{"$list": "x\x00y"}], "a": {"b": [{"half": "\ud83d"}, {}]}, "$list": {"": [[]]}}
    await session.commit(state=odd)
    assert await database.read(turns.state, session.session) == odd


def _written(connection: Connection, session: str) -> int:
    """The bytes of state that a session has in the tables."""
    delta = connection.scalar(
        select(func.sum(func.length(turns_table.c.delta))).where(turns_table.c.session == session)
    )
    data = connection.scalar(select(func.sum(func.length(blobs.c.data))).where(blobs.c.session == session))
    return (delta or 0) + (data or 0)


async def test_what_a_turn_writes_does_not_grow(database: Database) -> None:
    session = await _session(database)
    written: dict[int, int] = {}
    # The talk between is long, not what is measured: it comes in one go.
    for length in (*range(1, 22), *range(187, 201)):
        await session.commit(state=state_of_a_talk(length))
        written[length] = await database.read(_written, session.session)

    # Twelve turns each, because the buffers that fill and empty repeat after so many.
    early, late = written[21] - written[9], written[200] - written[188]
    assert late <= 1.1 * early
    assert written[200] - written[199] <= 2 * (written[10] - written[9])


async def test_a_turn_sets_everything_at_once(database: Database) -> None:
    session = await _session(database)
    await take(database, message("more"))
    chart = Artifact("chart.png", "d" * 64, 10, "image/png")
    await session.commit(
        Code("text", (CodeBlock("python", "x\n"),)),
        consumed=[1, 2],
        attached=[chart],
        costs=[(USAGE, 0.5), (USAGE, None)],
        posts=[AgentPost("coder", "hi")],
        status="waiting",
        now=7.0,
    )
    row = await database.read(sessions.get, session.session)
    assert row is not None
    assert (row.turns, row.tokens, row.status) == (1, 30, "waiting")
    assert await database.read(inbox.pending, session.session) == []
    code = Code("text", (CodeBlock("python", "x\n"),))
    assert await database.read(turns.last, session.session) == turns.CommittedTurn(1, "coder", code)
    assert await database.read(turns.workspace, session.session) == [chart]
    entries = await SessionReader(database).timeline(session.session)
    assert [entry.item for entry in entries[2:]] == [AgentPost("coder", "hi")]


async def test_a_commit_that_fails_leaves_nothing(database: Database) -> None:
    session = await _session(database)
    before = await database.read(counts), await database.read(sessions.get, session.session)
    broken: Any = "no post at all"
    with pytest.raises(Exception, match="serializ"):
        await session.commit(
            state=state_of_a_talk(3),
            consumed=[1],
            costs=[(USAGE, 0.5)],
            attached=[Artifact("a", "d", 1, "x")],
            posts=[AgentPost("coder", "hi"), broken],
        )
    assert (await database.read(counts), await database.read(sessions.get, session.session)) == before
    assert len(await database.read(inbox.pending, session.session)) == 1


async def test_a_turn_is_committed_once(database: Database) -> None:
    session = await _session(database)
    await session.commit()
    again = Turns(database, session.session)
    with pytest.raises(IntegrityError):
        await again.commit(posts=[AgentPost("coder", "twice")])
    assert len(await SessionReader(database).timeline(session.session)) == 1


async def test_nothing_is_committed_once_somebody_has_stopped(database: Database) -> None:
    session = await _session(database)
    await take(database, stop())
    before = await database.read(counts)
    assert not await session.commit(consumed=[1], costs=[(USAGE, 1.0)], posts=[AgentPost("coder", "hi")])
    assert await database.read(counts) == before


async def test_a_stopped_run_is_committed_and_nothing_is_asked(
    database: Database,
) -> None:
    session = await _session(database)
    await take(database, stop())
    assert await session.commit(_ran(), asks=RequestDraft(CheckPost("Go on?", finishing=False, expires_at=99.0)))
    assert await database.read(requests.open_in, session.session) is None
    assert await database.read(inbox.has_pending_stop, session.session)


@pytest.mark.parametrize(
    ("status", "after_seq", "becomes"),
    [
        ("running", 0, "running"),
        ("ended", 0, "running"),
        ("ended", 2, "ended"),
        ("ended", 1, "running"),
    ],
)
async def test_a_session_goes_on_when_a_message_came_meanwhile(
    database: Database, status: Status, after_seq: int, becomes: Status
) -> None:
    session = (await _session(database)).session
    await take(database, message("meanwhile"))
    await database.write(inbox.consume, session, [1], 1)
    await database.write(sessions.set_status, session, status, "finished", now=9.0, after_seq=after_seq)
    row = await database.read(sessions.get, session)
    assert row is not None
    assert row.status == becomes
    if status == "ended":
        assert (row.outcome, row.opened_at) == ((None, 9.0) if becomes == "running" else ("finished", 1.0))


def _ran(*files: Artifact, removed: tuple[str, ...] = ()) -> What:
    return Ran((RunResult(0, "", 0.1, files=files, removed=removed),))


async def test_the_workspace_is_what_the_last_turn_left(database: Database) -> None:
    session = await _session(database)
    a1, a2, b = (Artifact(path, digest, 1, "text/csv") for path, digest in (("a", "1"), ("a", "2"), ("b", "3")))
    await session.commit(Said("hi"), attached=[a1])
    await session.commit(_ran(b))
    assert await database.read(turns.workspace, session.session) == [a1, b]
    await session.commit(_ran(a2, removed=("b", "never there")))
    (view,) = await SessionReader(database).files(session.session)
    assert (view.file, view.turn, view.attached) == (a2, 3, False)


async def test_a_file_removed_and_made_again_is_there(database: Database) -> None:
    session = await _session(database)
    old, new = Artifact("a", "1", 1, "x"), Artifact("a", "2", 1, "x")
    await session.commit(attached=[old])
    results = (RunResult(0, "", 0.1, removed=("a",)), RunResult(0, "", 0.1, files=(new,)))
    await session.commit(Ran(results))
    assert await database.read(turns.workspace, session.session) == [new]
    await session.commit(Ran(tuple(reversed(results))))
    assert await database.read(turns.workspace, session.session) == []


async def test_paths_may_be_long(database: Database) -> None:
    session = await _session(database)
    path = "/".join(["ж" * 90] * 4)
    await session.commit(_ran(Artifact(path, "1", 1, "x")))
    assert [file.path for file in await database.read(turns.workspace, session.session)] == [path]


async def test_the_fate_of_code(database: Database) -> None:
    session = await _session(database)
    blocks = [CodeBlock("python", "x = '\x00'\n")]
    name = session.session
    assert await database.read(runs.state, name, 1) is None
    await database.write(runs.start, name, 1, blocks, 1.0)
    assert await database.read(runs.state, name, 1) == "started"
    with pytest.raises(IntegrityError):
        await database.write(runs.start, name, 1, blocks, 1.0)
    await session.commit(_ran())
    assert await database.read(runs.state, name, 1) == "done"
    await database.write(runs.start, name, 2, blocks, 1.0)
    await database.write(runs.stop, name, 2, 2.0)
    assert await database.read(runs.state, name, 2) == "stopped"
    await database.write(runs.stop, name, 3, 2.0)
    assert await database.read(runs.state, name, 3) == "stopped"


@pytest.mark.parametrize(
    ("card", "now", "state"),
    [
        (ApprovalPost("coder", CODE.blocks, "ab" * 32, expires_at=99.0), True, "withdrawn"),
        (ApprovalPost("coder", CODE.blocks, "ab" * 32, expires_at=99.0), False, None),
        (CheckPost("Go on?", finishing=False, expires_at=99.0), False, "answered"),
        (QuestionPost("coder", "", "Which?", expires_at=99.0), False, "answered"),
    ],
)
async def test_what_came_before_a_card_was_there_meets_it_all_the_same(
    database: Database, card: RequestCard, now: bool, state: str | None
) -> None:
    session = await _session(database)
    await take(database, replace(message("else"), now=now))
    await session.commit(CODE, consumed=[1], asks=RequestDraft(card))
    is_open = await database.read(requests.open_in, session.session)
    row = await database.read(sessions.get, session.session)
    fate = await database.read(runs.state, session.session, 2)
    assert (is_open is None) == (state is not None)
    assert row is not None
    assert row.status == ("waiting" if state is None else "running")
    assert fate == ("stopped" if isinstance(card, CheckPost) else None), "nobody has let this code go on"


async def test_a_finish_as_the_session_ends_does_not_end_it_again(database: Database) -> None:
    session = await _session(database)
    await database.write(inbox.add, session.session, Decision("d1", THREAD, ANN, "q", "finish"), 1.0)
    await session.commit(consumed=[1], status="ended", outcome="finished")
    assert await database.read(inbox.pending, session.session) == []
