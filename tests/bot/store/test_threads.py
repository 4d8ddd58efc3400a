"""Threads as platforms ask for them."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.participants import ThreadRef
from bot.domain.views import OpenThread
from bot.store.database import Database
from bot.store.threads import StoredThreads
from tests.bot.store.rows import THREAD, message, take

OTHER = ThreadRef("chat", "team", "general", "2")


async def test_each_open_thread_says_what_was_heard_last_in_it(database: Database) -> None:
    for thread, names in ((THREAD, ("99", "100", "98")), (OTHER, ("7", ""))):
        for name in names:
            await take(database, replace(message(thread=thread), id=name))
    threads = sorted(await StoredThreads(database).open("chat", 0), key=lambda found: found.thread.thread)
    assert threads == [OpenThread(THREAD, "100"), OpenThread(OTHER, "7")]


async def test_a_thread_without_names_is_open_from_its_beginning(database: Database) -> None:
    await take(database, message())
    assert await StoredThreads(database).open("chat", 0) == [OpenThread(THREAD, "")]
