"""What a deletion takes and what it leaves, in every table."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Connection, insert, select, text

from bot.domain.audit_facts import Erased, Started
from bot.domain.errors import BadInput, OperatorError
from bot.domain.events import CodeBlock, Erase, Message, RemoteFile
from bot.domain.participants import ThreadRef
from bot.domain.posts import AgentPost, ApprovalPost, Part
from bot.domain.turn_results import Code, Ran, RunResult, Usage
from bot.domain.views import Status
from bot.domain.workspace_files import Artifact
from bot.store import (
    attached_refs,
    audit,
    deletions,
    inbox,
    ledger,
    outbox,
    requests,
    runs,
    sessions,
)
from bot.store.audit import AuditFilter
from bot.store.database import Database
from bot.store.deletions import KEPT, DeletionRequest
from bot.store.reader import SessionReader
from bot.store.requests import RequestDraft, Resolution
from bot.store.schema import audit as audit_table
from bot.store.schema import blobs, metadata
from bot.store.threads import StoredThreads
from tests.bot.store.rows import BEN, THREAD, Turns, counts, message, stop, take

SECRET = "MARZIPAN"
OTHER = ThreadRef("chat", "team", "general", "2")
PAID = (Usage("coder", "m", 10, 5), 0.5)


async def _full(database: Database, thread: ThreadRef = THREAD, word: str = SECRET) -> str:
    """A session with a row in every table, and a word in every text."""
    session = Turns(database, (await take(database, message(word, thread))).session)
    block = CodeBlock("python", f"print('{word}')\n")
    await session.commit(
        Code(word, (block,)),
        state={"talk": [{"text": word * 500}]},
        consumed=[1],
        attached=[Artifact(f"{word}.csv", "a" * 64, 1, "text/csv")],
        costs=[PAID],
        posts=[AgentPost("coder", word * 3000), AgentPost("coder", word)],
    )
    await database.write(runs.start, session.session, 2, [block], 2.0)
    await session.commit(Ran((RunResult(0, word, 0.1),)), posts=[AgentPost("coder", word)])
    post = await database.read(outbox.first, session.session)
    assert post is not None
    await database.write(outbox.store_parts, post.id, [Part(f"{session.session}-1", session.session, word * 700)])
    asking = RequestDraft(ApprovalPost("coder", (CodeBlock("python", word),), "ab" * 32, expires_at=99.0))
    request = await database.write(requests.ask, session.session, 3, asking, 2.0)
    resolution = Resolution("edited", word, BEN, reason=word, blocks=(CodeBlock("python", word),))
    assert await database.write(requests.close, request, resolution, 3.0)
    await take(database, message(f"{word} again", thread))
    return session.session


async def _delete(database: Database, session: str, thread: ThreadRef = THREAD, now: float = 9.0) -> None:
    await take(database, Erase("e", thread, BEN), now=now)
    await database.write(deletions.erase, session, now)
    await database.write(deletions.done, session)


def _content(connection: Connection) -> dict[str, str]:
    return {
        name: str(connection.execute(select(table)).all())
        for name, table in metadata.tables.items()
        if name != audit_table.name
    }


async def test_a_deletion_leaves_nothing_and_touches_no_other_session(database: Database) -> None:
    session = await _full(database)
    full = await database.read(counts)
    assert {name for name, count in full.items() if not count} == {"deletions"}, "every table takes part"
    other = await _full(database, OTHER, "HAZELNUT")
    await _delete(database, session)
    after = await database.read(_content)
    assert [name for name, content in after.items() if SECRET in content] == []
    assert {name for name, content in after.items() if session in content} == {"sessions", "ledger"}
    await database.write(deletions.erase, other, 9.0)  # nobody has asked for that
    left = await database.read(counts)
    for table in metadata.sorted_tables:
        if table not in KEPT and table is not audit_table:
            assert left[table.name] == full[table.name], table.name


async def test_what_it_cost_stays(database: Database) -> None:
    session = await _full(database)
    await _delete(database, session)
    assert await database.read(ledger.cost_since, 0) == 0.5


async def test_the_audit_keeps_what_was_done_and_says_who_deleted_it(database: Database) -> None:
    session = await _full(database)
    await _delete(database, session)
    records = await database.read(audit.page, AuditFilter(session=session))
    assert records[0].what == Started("pair")
    assert (records[-1].who, records[-1].at, records[-1].thread) == (BEN, 9.0, THREAD)
    assert isinstance(records[-1].what, Erased)
    assert (records[-1].what.why, records[-1].what.files) == ("asked", 1)
    assert SECRET not in str(records)


async def test_a_deleted_session_is_not_found_any_more(database: Database) -> None:
    session = await _full(database)
    reader = SessionReader(database)
    await take(database, Erase("e", THREAD, BEN))
    assert await reader.is_going(session)
    await database.write(deletions.erase, session, 9.0)
    assert await reader.is_going(session)
    await database.write(deletions.done, session)
    assert not await reader.is_going(session)
    assert await reader.sessions() == []
    assert await reader.session(session) is None
    assert await database.read(sessions.get, session) is None
    assert await database.read(sessions.unfinished) == []
    assert await database.read(outbox.waiting) == []
    assert await StoredThreads(database).open("chat", 0) == []
    assert await StoredThreads(database).holding("chat", "team", "general", THREAD.thread) is None


async def test_a_message_in_its_thread_opens_a_new_session(database: Database) -> None:
    session = await _full(database)
    await _delete(database, session)
    assert (await take(database, message())).session != session


async def test_a_running_session_is_stopped_before_it_is_deleted(
    database: Database,
) -> None:
    session = (await take(database, message())).session
    for key in ("a", "a", "b"):
        await take(database, Erase(key, THREAD, BEN))
    assert await database.read(deletions.requested, session) == DeletionRequest(session, BEN, "asked")
    pending = await database.read(inbox.pending, session)
    assert [(item.event.kind, item.event.who) for item in pending[1:]] == [("stop", BEN)]
    with pytest.raises(BadInput, match="is being deleted"):
        await take(database, message())
    await take(database, stop())


async def test_deleting_twice_is_deleting_once(database: Database) -> None:
    session = await _full(database)
    await take(database, Erase("e", THREAD, BEN))
    for _ in range(2):
        await database.write(deletions.erase, session, 9.0)
    assert len(await database.read(audit.page, AuditFilter(kinds=["deletion"]))) == 1


async def test_where_no_session_is_there_is_nothing_to_delete(database: Database) -> None:
    with pytest.raises(BadInput, match="no session here to delete"):
        await take(database, Erase("e", THREAD, BEN))


async def test_which_sessions_rest(database: Database) -> None:
    async def rests(thread: str, status: Status, at: float) -> str:
        place = ThreadRef("chat", "team", "general", thread)
        session = (await take(database, message(thread=place), now=1.0)).session
        await database.write(inbox.consume, session, [1], 1)
        await database.write(sessions.set_status, session, status, None, now=at)
        return session

    ended, waiting = await rests("1", "ended", 10.0), await rests("2", "waiting", 20.0)
    await rests("3", "running", 10.0)
    await rests("4", "ended", 30.0)
    found = await database.read(deletions.resting, 30.0)
    assert {session.id for session in found} == {ended, waiting}
    await take(database, Erase("e", THREAD, BEN))
    assert [session.id for session in await database.read(deletions.resting, 30.0)] == [waiting]
    assert await database.read(deletions.all_requested) == [ended]


async def test_a_delivery_that_comes_too_late_changes_nothing(database: Database) -> None:
    session = await _full(database)
    post = await database.read(outbox.first, session)
    assert post is not None
    ((part, _),) = post.parts
    await _delete(database, session)
    before = await database.read(counts)
    await database.write(outbox.store_parts, post.id, [Part("late", session, "x")])
    await database.write(outbox.remember, part.id, "x")
    await database.write(outbox.simplify, part.id, "x")
    assert not await database.write(outbox.mark, part.id, "sent")
    assert await database.read(counts) == before


async def test_which_files_the_tables_name(database: Database) -> None:
    one = (await take(database, _with("a", "b"))).session
    await take(database, _with("c"))
    await take(database, _with("d", thread=OTHER))
    await database.write(inbox.consume, one, [1], 1)
    assert await database.read(attached_refs.of, one) == {"a", "b", "c"}
    assert await database.read(attached_refs.pending) == {"c", "d"}


def _with(*refs: str, thread: ThreadRef = THREAD) -> Message:
    return replace(message(thread=thread), files=tuple(RemoteFile("data.csv", 1, ref) for ref in refs))


def _raw(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def _talk(connection: Connection, sessions_: dict[str, str], seed: int) -> None:
    """Texts of every length, in between each other, so that pages are split and rows move from one to the next."""
    random = Random(seed)
    for number in range(3000):
        word, session = random.choice(list(sessions_.items()))
        data = f"{word} {number} " * random.choice([1, 5, 20, 90, 300])
        row = {"session": session, "digest": f"{random.random()} {word}", "data": data}
        connection.execute(insert(blobs).values(**row))


async def test_no_byte_of_a_deleted_text_is_left_in_an_sqlite_file(tmp_path: Path) -> None:
    async with Database(f"sqlite:///{tmp_path / 'tables.sqlite'}") as database:
        one, other = await _full(database, THREAD, SECRET), await _full(database, OTHER, "HAZELNUT")
        await database.write(_talk, {SECRET: one, "HAZELNUT": other}, 1)
        await take(database, Erase("e", THREAD, BEN))
        await database.write(deletions.erase, one, 9.0)
        await database.write(deletions.done, one)
        await database.scrub()
        raw = _raw(tmp_path)
    assert [name for name, content in raw.items() if SECRET.encode() in content] == []
    assert any(b"HAZELNUT" in content for content in raw.values())


async def test_calls_to_scrub_that_wait_share_one_go(tmp_path: Path) -> None:
    def version(connection: Connection) -> int:
        """Counts up whenever the file is written anew."""
        return connection.scalar(text("PRAGMA schema_version")) or 0

    async with Database(f"sqlite:///{tmp_path / 'tables.sqlite'}") as database:
        before = await database.read(version)
        await asyncio.gather(*(database.scrub() for _ in range(20)))
        assert 1 <= await database.read(version) - before <= 2
        await database.scrub()
        assert await database.read(version) - before >= 2


async def test_a_scrub_that_cannot_be_done_is_not_taken_for_done(tmp_path: Path) -> None:
    path = tmp_path / "tables.sqlite"
    async with Database(f"sqlite:///{path}", patience=0.1) as database:
        with closing(sqlite3.connect(path, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM sessions").fetchone()
            await take(database, message())
            with pytest.raises(OperatorError, match="Another program reads sqlite"):
                await database.scrub()
        await database.scrub()
        assert not (tmp_path / "tables.sqlite-wal").stat().st_size
