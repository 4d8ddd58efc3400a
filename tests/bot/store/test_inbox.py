"""Events: stored once, numbered, and what they do to their session."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.domain.errors import BadInput
from bot.domain.events import Message, RemoteFile
from bot.domain.participants import Person, ThreadRef
from bot.domain.posts import StatusPost
from bot.domain.views import Status
from bot.engine.changes import Changes
from bot.engine.intake import Intake
from bot.store import inbox, outbox, sessions
from bot.store.database import Database
from bot.store.reader import SessionReader
from tests.bot.store.rows import THREAD, Turns, counts, message, stop, take


@pytest.fixture
async def other(url: str, database: Database) -> AsyncIterator[Database]:
    """The same tables, as another process sees them."""
    async with Database(url) as opened:
        yield opened


async def _nobody(_session: str) -> None:
    return None


def _intake(database: Database) -> Intake:
    return Intake(database, Changes(), {"pair"}, "pair", 1000, _nobody, lambda _session: None)


async def test_the_first_message_of_a_thread_opens_its_session(database: Database) -> None:
    taken = await take(database, message("Plot sales\nby month"), now=5.0)
    session = await database.read(sessions.get, taken.session)
    assert session is not None
    assert (session.thread, session.team, session.status, session.opened_at) == (THREAD, "pair", "running", 5.0)
    assert await database.read(sessions.get, "nobody") is None
    assert taken.fresh


async def test_later_messages_of_the_thread_belong_to_it(database: Database) -> None:
    first, second = await take(database, message("one")), await take(database, message("two"))
    assert first.session == second.session
    pending = await database.read(inbox.pending, first.session)
    assert [(item.seq, getattr(item.event, "text", None)) for item in pending] == [(1, "one"), (2, "two")]


async def test_the_same_event_twice_is_one_event(database: Database) -> None:
    first = await take(database, message(key="k"))
    again = await take(database, message(key="k"))
    assert (again.session, again.fresh) == (first.session, False)
    assert (await database.read(counts))["inbox"] == 1


async def test_the_same_event_from_many_sides_at_once_is_one_event(database: Database, other: Database) -> None:
    intakes = [_intake(database), _intake(other)]
    ids = await asyncio.gather(*(intakes[number % 2](message(key="k")) for number in range(10)))
    assert len(set(ids)) == 1
    assert (await database.read(counts))["inbox"] == 1


async def test_messages_that_open_one_thread_at_once_are_all_kept(database: Database, other: Database) -> None:
    intakes = [_intake(database), _intake(other)]
    ids = await asyncio.gather(*(intakes[number % 2](message(key=f"k{number}")) for number in range(10)))
    assert len(set(ids)) == 1
    pending = await database.read(inbox.pending, ids[0])
    assert sorted(item.event.key for item in pending) == sorted(f"k{number}" for number in range(10))
    assert [item.seq for item in pending] == list(range(1, 11))


async def test_numbers_are_gapless_across_inbox_and_posts_under_load(database: Database, other: Database) -> None:
    session = (await take(database, message())).session

    async def post(one: Database, number: int) -> None:
        posts = [StatusPost(f"{number}a"), StatusPost(f"{number}b")]
        await one.write(outbox.add, session, posts, 1.0)

    await asyncio.gather(
        *(take(one, message()) for one in (database, other) for _ in range(10)),
        *(post(one, number) for one in (database, other) for number in range(10)),
    )
    entries = await SessionReader(database).timeline(session)
    assert [entry.seq for entry in entries] == list(range(1, 62))


async def test_a_repeated_event_does_not_wake_an_ended_session(database: Database) -> None:
    session = (await take(database, message(key="k"))).session
    await Turns(database, session).commit(consumed=[1], status="ended", outcome="finished")
    await take(database, message(key="k"))
    row = await database.read(sessions.get, session)
    assert row is not None
    assert (row.status, row.outcome) == ("ended", "finished")


@pytest.mark.parametrize("status", ["waiting", "ended", "running"])
async def test_only_an_ended_session_gets_a_new_allowance(database: Database, status: Status) -> None:
    session = (await take(database, message())).session
    await Turns(database, session).commit(
        consumed=[1], status=status, outcome="finished" if status == "ended" else None
    )
    await take(database, message(), now=9.0)
    row = await database.read(sessions.get, session)
    assert row is not None
    assert (row.status, row.outcome) == ("running", None)
    assert (row.opened_at, row.opened_turns) == ((9.0, 1) if status == "ended" else (1.0, 0))


async def test_a_message_wakes_a_paused_session(database: Database) -> None:
    session = (await take(database, message())).session
    await database.write(sessions.pause, session, "Busy.", 50.0, now=2.0, after_seq=1)
    await take(database, message())
    row = await database.read(sessions.get, session)
    assert row is not None
    assert (row.status, row.why_paused, row.wake_at) == ("running", "", None)


async def test_a_stop_without_a_session_is_refused(database: Database) -> None:
    with pytest.raises(BadInput, match="no session here to stop"):
        await take(database, stop())
    assert set((await database.read(counts)).values()) == {0}


async def test_a_stop_waits_until_it_is_consumed(database: Database) -> None:
    session = (await take(database, message())).session
    assert not await database.read(inbox.has_pending_stop, session)
    await take(database, stop())
    await take(database, stop())
    assert await database.read(inbox.has_pending_stop, session)
    assert await database.write(inbox.consume_orders, session, 0) == 3
    assert not await database.read(inbox.has_pending_stop, session)
    assert await database.write(inbox.consume_orders, session, 0) == 0


async def test_a_stop_of_an_ended_session_is_only_shown(database: Database) -> None:
    session = (await take(database, message())).session
    await Turns(database, session).commit(consumed=[1], status="ended", outcome="finished")
    await take(database, stop())
    assert not await database.read(inbox.has_pending_stop, session)
    assert len(await SessionReader(database).timeline(session)) == 2


async def test_running_and_stopped_sessions_are_resumed(database: Database) -> None:
    threads = {name: ThreadRef("chat", "", "c", name) for name in ("running", "waiting", "stopped", "ended")}
    ids = {name: (await take(database, message(thread=thread))).session for name, thread in threads.items()}
    for name in ("waiting", "stopped"):
        await Turns(database, ids[name]).commit(consumed=[1], status="waiting")
    await Turns(database, ids["ended"]).commit(consumed=[1], status="ended", outcome="finished")
    await take(database, stop(threads["stopped"]))
    await take(database, stop(threads["ended"]))
    assert sorted(await database.read(sessions.unfinished)) == sorted([ids["running"], ids["stopped"]])


@pytest.mark.parametrize(
    ("text", "files", "title"),
    [
        ("Plot it", (), "Plot it"),
        ("\n  Plot it \nplease", (), "Plot it"),
        ("x" * 100, (), "x" * 79 + "…"),
        ("", ("a.csv", "b.csv"), "a.csv, b.csv"),
        ("nul\x00 and\t\x1b[31m \u202egpj", (), "nul and [31m gpj"),
    ],
)
async def test_a_title_is_one_line_that_can_be_shown(
    database: Database, text: str, files: tuple[str, ...], title: str
) -> None:
    attached = tuple(RemoteFile(name, 1, "r") for name in files)
    taken = await take(database, Message("k", THREAD, Person("1", "Ann"), text, attached))
    view = await SessionReader(database).session(taken.session)
    assert view is not None
    assert view.title == title


async def test_names_of_any_length_and_alphabet_are_stored(database: Database) -> None:
    long = "ж" * 300
    thread = ThreadRef("chat", long, long, long)
    await take(database, Message(long, thread, Person(long, long), "nul \x00 inside", team=None))
    (view,) = await SessionReader(database).sessions()
    (entry,) = await SessionReader(database).timeline(view.id)
    assert (view.thread, view.starter) == (thread, Person(long, long))
    assert getattr(entry.item, "text", None) == "nul \x00 inside"
