"""Pauses and what is due."""

from __future__ import annotations

import pytest

from bot.domain.participants import ThreadRef
from bot.store import inbox, sessions
from bot.store.database import Database
from tests.bot.store.rows import Turns, message, stop, take

HERE = {"chat"}


async def _session(database: Database, name: str) -> str:
    return (await take(database, message(thread=ThreadRef("chat", "", "c", name)))).session


async def test_paused_sessions_are_due_when_their_time_has_come(database: Database) -> None:
    names = {name: await _session(database, name) for name in ("early", "later", "never", "running", "ended")}
    for name, wake_at in (("early", 10.0), ("later", 20.0), ("never", None)):
        await database.write(sessions.pause, names[name], "Busy.", wake_at, now=2.0, after_seq=1)
    await Turns(database, names["ended"]).commit(consumed=[1], status="ended", outcome="finished")

    assert await database.read(sessions.due, 9.0, HERE) == ([], 10.0)
    assert await database.read(sessions.due, 10.0, HERE) == ([names["early"]], 20.0)
    ids, following = await database.read(sessions.due, 25.0, HERE)
    assert sorted(ids) == sorted([names["early"], names["later"]])
    assert following is None

    assert await database.read(sessions.due, 25.0, HERE, [names["later"], "nobody"]) == ([names["later"]], None)
    assert await database.read(sessions.due, 15.0, HERE, {names["later"]}) == ([], 20.0)
    assert await database.read(sessions.due, 25.0, HERE, ()) == ([], None)
    assert await database.read(sessions.due, 25.0, {"elsewhere"}) == ([], None), "it would be woken for ever"


async def test_a_pause_says_why_and_until_when(database: Database) -> None:
    session = await _session(database, "a")
    await database.write(sessions.pause, session, "Busy.", 10.0, now=2.0, after_seq=1)
    row = await database.read(sessions.get, session)
    assert row is not None
    assert (row.status, row.why_paused, row.wake_at) == ("paused", "Busy.", 10.0)


@pytest.mark.parametrize(("after_seq", "status"), [(1, "running"), (2, "paused")])
async def test_a_message_before_a_pause_prevents_it(database: Database, after_seq: int, status: str) -> None:
    session = await _session(database, "a")
    await take(database, message(thread=ThreadRef("chat", "", "c", "a")))
    await database.write(sessions.pause, session, "Busy.", 10.0, now=2.0, after_seq=after_seq)
    row = await database.read(sessions.get, session)
    assert row is not None
    assert (row.status, row.why_paused) == (status, "Busy.")
    assert await database.read(sessions.due, 10.0, HERE) == ([session] if status == "paused" else [], None)


async def test_a_stop_does_not_count_as_something_said(database: Database) -> None:
    session = await _session(database, "a")
    await take(database, stop(ThreadRef("chat", "", "c", "a")))
    await database.write(inbox.consume, session, [1], 1)
    await database.write(sessions.set_status, session, "ended", "stopped", now=2.0)
    row = await database.read(sessions.get, session)
    assert row is not None
    assert row.status == "ended"
