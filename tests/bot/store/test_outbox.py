"""Posts until they are delivered, part by part."""

from __future__ import annotations

import pytest

from bot.domain.participants import MessageRef, ThreadRef
from bot.domain.posts import AgentPost, Part, StatusPost
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


async def test_a_refused_part_becomes_plain_text_under_the_same_name(database: Database, session: str) -> None:
    post = (await _first(database, session)).id
    await database.write(outbox.store_parts, post, _parts(session, "a", "b"))
    await database.write(outbox.remember, "a", "an upload")
    assert (await _first(database, session)).parts[0] == (Part("a", session, '"a"', "an upload"), "sending")
    await database.write(outbox.simplify, "a", '"simple"')
    (first, second) = (await _first(database, session)).parts
    assert first == (Part("a", session, '"simple"'), "plain")
    assert second[1] == "new"


async def test_a_post_without_parts_is_delivered(database: Database, session: str) -> None:
    post = (await _first(database, session)).id
    await database.write(outbox.store_parts, post, [])
    assert (await _first(database, session)).id != post


async def test_a_part_that_failed_does_not_hold_up_its_post(database: Database, session: str) -> None:
    post = (await _first(database, session)).id
    await database.write(outbox.store_parts, post, _parts(session, "a"))
    await database.write(outbox.mark, "a", "failed")
    assert (await _first(database, session)).id != post
