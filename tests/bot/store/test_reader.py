"""Sessions as the page, the API and the terminal see them."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.events import Message, Stop
from bot.domain.participants import ThreadRef
from bot.domain.posts import AgentPost, QuestionPost, StatusPost, SummaryPost
from bot.store import outbox, requests, sessions
from bot.store.database import Database
from bot.store.reader import SessionReader
from bot.store.requests import RequestDraft, Resolution
from tests.bot.store.rows import ANN, THREAD, Turns, message, stop, take


async def test_a_session(database: Database) -> None:
    session = (await take(database, message("Plot it"), now=3.0)).session
    await Turns(database, session).commit(consumed=[1], status="waiting", now=5.0)
    await database.write(sessions.pause, session, "Busy.", 60.0, now=8.0, after_seq=1)
    view = await SessionReader(database).session(session)
    assert view is not None
    assert (view.id, view.thread, view.team, view.title, view.starter) == (session, THREAD, "pair", "Plot it", ANN)
    assert (view.status, view.outcome, view.wake_at) == ("paused", None, 60.0)
    assert (view.created, view.updated, view.turns, view.tokens, view.cost) == (3.0, 8.0, 1, 0, 0.0)
    assert await SessionReader(database).session("nobody") is None


async def test_the_newest_sessions_come_first_and_only_so_many(database: Database) -> None:
    ids = [
        (await take(database, message(thread=ThreadRef("chat", "", "c", str(number))), now=float(number))).session
        for number in range(5)
    ]
    assert [view.id for view in await SessionReader(database).sessions()] == ids[::-1]
    assert [view.id for view in await SessionReader(database).sessions(limit=2)] == [ids[4], ids[3]]
    assert await SessionReader(database).in_thread(ThreadRef("chat", "", "c", "1")) == ids[1]
    assert await SessionReader(database).in_thread(ThreadRef("chat", "", "other", "1")) is None


async def test_a_timeline_is_events_and_posts_in_order(database: Database) -> None:
    session = (await take(database, message("one"), now=1.0)).session
    other = (await take(database, message("elsewhere", ThreadRef("chat", "", "c", "2")))).session
    await database.write(outbox.add, session, [AgentPost("coder", "two"), StatusPost("three")], 2.0)
    await take(database, message("four"), now=3.0)
    await take(database, stop(), now=4.0)
    entries = await SessionReader(database).timeline(session)
    assert [(entry.seq, entry.at, type(entry.item)) for entry in entries] == [
        (1, 1.0, Message),
        (2, 2.0, AgentPost),
        (3, 2.0, StatusPost),
        (4, 3.0, Message),
        (5, 4.0, Stop),
    ]
    assert await SessionReader(database).timeline(session, after=2) == entries[2:]
    assert await SessionReader(database).timeline(session, after=1, limit=2) == entries[1:3]
    assert await SessionReader(database).timeline(session, after=5) == []
    assert len(await SessionReader(database).timeline(other)) == 1


async def test_whether_a_session_has_ended_since_a_post(database: Database) -> None:
    session = (await take(database, message("one"))).session
    other = (await take(database, message("elsewhere", ThreadRef("chat", "", "c", "2")))).session
    reader = SessionReader(database)
    assert await reader.newest_post(session) == 0
    first, end, second = [
        (await database.write(outbox.add, session, [post], 2.0))[0]
        for post in (
            AgentPost("coder", "two"),
            SummaryPost("finished", "Done.", 1.0, 1, 1, None),
            AgentPost("coder", "three"),
        )
    ]
    assert await reader.newest_post(session) == second
    assert [await reader.has_ended_since(session, post) for post in (0, first, end, second)] == [
        True,
        True,
        False,
        False,
    ]
    assert await reader.has_ended_since(session, 999), "a post that nobody knows was before the first"
    assert not await reader.has_ended_since(other, 0)


async def test_how_often_a_session_has_ended(database: Database) -> None:
    session = (await take(database, message("one"))).session
    other = (await take(database, message("elsewhere", ThreadRef("chat", "", "c", "2")))).session
    reader = SessionReader(database)
    assert await reader.times_ended(session) == 0
    end = SummaryPost("finished", "Done.", 1.0, 1, 1, None)
    await database.write(
        outbox.add, session, [AgentPost("coder", '"kind":"summary"'), end, StatusPost("x"), end], 2.0
    )
    assert await reader.times_ended(session) == 2
    assert await reader.times_ended(other) == 0


async def test_whether_a_thread_has_an_event(database: Database) -> None:
    elsewhere = ThreadRef("chat", "", "c", "2")
    await take(database, message("one", key="click 1 23 0"))
    await take(database, message("two", elsewhere, key="click 2 0"))
    reader = SessionReader(database)
    keys = ("click 1 23 ", "click 1 23 0", "click 1 2 ", "CLICK 1 23", "click_1", "click 1 23 00")
    assert [await reader.has_event(THREAD, key) for key in keys] == [True, True, False, False, False, False]
    assert await reader.has_event(elsewhere, "click 2 ")
    assert not await reader.has_event(THREAD, "click 2 ")
    assert not await reader.has_event(ThreadRef("chat", "", "c", "3"), "click")


async def test_up_to_when_a_thread_was_taken_along(database: Database) -> None:
    reader = SessionReader(database)
    assert await reader.background_until(THREAD) == ""
    for until in ("", "12.5", "11.0"):
        await take(database, replace(message(), context_until=until))
    await take(database, stop())
    await take(database, replace(message(thread=ThreadRef("chat", "", "c", "2")), context_until="99.0"))
    assert await reader.background_until(THREAD) == "12.5"


async def test_what_a_session_waits_for(database: Database) -> None:
    session = (await take(database, message("one"))).session
    reader = SessionReader(database)
    assert await reader.open_card(session) is None
    draft = RequestDraft(QuestionPost("coder", "I looked.", "Which?", expires_at=9e9))
    request = await database.write(requests.ask, session, 1, draft, 2.0)
    card = await reader.open_card(session)
    assert isinstance(card, QuestionPost)
    assert (card.agent, card.question) == ("coder", "Which?")
    answered = Resolution("answered", "Answered by Ann.", ANN)
    await database.write(requests.close, request, answered, 3.0)
    assert await reader.open_card(session) is None
