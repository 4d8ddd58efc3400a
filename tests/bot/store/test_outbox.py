"""Posts until they are delivered, part by part."""

from __future__ import annotations

import pytest

from bot.events import MessageRef, ThreadRef
from bot.posts import AgentPost, Part, StatusPost
from bot.store import outbox
from bot.store.database import Database
from bot.store.outbox import Outgoing
from tests.bot.store.rows import message, take


@pytest.fixture
async def session(database: Database) -> str:
    """A session with two posts to deliver."""
    name = (await take(database, message())).session
    await database.write(outbox.add, name, [AgentPost("coder", "one"), StatusPost("two")], 2.0)
    return name


async def _first(database: Database, session: str) -> Outgoing:
    outgoing = await database.read(outbox.first, session)
    assert outgoing is not None
    return outgoing


def _parts(session: str, *names: str) -> list[Part]:
    return [Part(name, session, f'"{name}"') for name in names]


async def test_sessions_with_posts_are_waiting(database: Database, session: str) -> None:
    await take(database, message(thread=ThreadRef("chat", "", "c", "2")))
    assert await database.read(outbox.waiting) == [session]


async def test_posts_go_one_after_the_other_when_every_part_is_sent(database: Database, session: str) -> None:
    outgoing = await _first(database, session)
    assert (outgoing.post, outgoing.parts) == (AgentPost("coder", "one"), [])
    a, b = _parts(session, "a", "b")
    await database.write(outbox.store_parts, outgoing.id, [a, b])
    assert (await _first(database, session)).parts == [(a, "sending"), (b, "new")]
    await database.write(outbox.mark, "a", "sent", MessageRef("c", "17"))
    await database.write(outbox.mark, "b", "sending")
    assert (await _first(database, session)).parts == [(a, "sent"), (b, "sending")]
    await database.write(outbox.mark, "b", "sent", MessageRef("c", "18"))
    assert (await _first(database, session)).post == StatusPost("two")


async def test_what_stands_in_comes_after_the_parts_that_are_there(database: Database, session: str) -> None:
    post = (await _first(database, session)).id
    await database.write(outbox.store_parts, post, _parts(session, "a", "b"))
    await database.write(outbox.mark, "a", "refused")
    await database.write(outbox.mark, "b", "sent", MessageRef("c", "18"))
    assert (await _first(database, session)).id == post
    await database.write(outbox.stand_in, post, _parts(session, "plain", "more"))
    parts = (await _first(database, session)).parts
    assert [(part.id, state) for part, state in parts] == [
        ("a", "failed"),
        ("b", "sent"),
        ("plain", "sending"),
        ("more", "new"),
    ]


async def test_a_post_without_parts_is_delivered(database: Database, session: str) -> None:
    post = (await _first(database, session)).id
    await database.write(outbox.store_parts, post, [])
    assert (await _first(database, session)).id != post


async def test_a_post_is_given_up_by_standing_nothing_in(database: Database, session: str) -> None:
    post = (await _first(database, session)).id
    await database.write(outbox.store_parts, post, _parts(session, "a"))
    await database.write(outbox.mark, "a", "refused")
    await database.write(outbox.stand_in, post, [])
    assert (await _first(database, session)).id != post
