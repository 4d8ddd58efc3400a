"""Posts reach their platform in order, once, whatever becomes of the calls."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from bot.aio.keyed_workers import KeyedWorkers
from bot.domain.errors import Refused, RetryAfter, Unknown
from bot.domain.events import Message
from bot.domain.participants import Person, ThreadRef
from bot.domain.posts import AgentPost, CheckPost, Decided, FilesPost, Part, Post, StatusPost
from bot.domain.workspace_files import Artifact
from bot.engine.courier import Courier
from bot.engine.intake_transaction import apply_event
from bot.store import outbox
from bot.store.database import Database
from tests.bot.engine.harness import THREAD, show
from tests.bot.store.rows import admission
from tests.contracts.chat_adapter import forget
from tests.fakes.chat import FakeChat, Lost, Slow

ONE, TWO = AgentPost("coder", "one"), AgentPost("coder", "two")


@dataclass
class Box:
    """An outbox with one session, and a courier for it."""

    database: Database
    chat: FakeChat
    session: str
    adapters: dict[str, FakeChat] = field(default_factory=dict)

    async def post(self, *posts: Post) -> None:
        await self.database.write(outbox.add, self.session, posts, 1.0)

    async def deliver(self) -> list[str]:
        """Deliver everything; returns what people see."""
        courier = Courier(self.database, {self.chat.name: self.chat}, (0, 0, 0))
        await courier.deliver(self.session, asyncio.Event())
        assert await self.database.read(outbox.waiting) == []
        return self.seen()

    def seen(self) -> list[str]:
        return [show(post) for post in self.chat.posts(THREAD)]


@asynccontextmanager
async def box(folder: Path, chat: FakeChat) -> AsyncIterator[Box]:
    async with Database(f"sqlite:///{folder / 'box.sqlite'}") as database:
        message = Message("k", THREAD, Person("1", "Ann"), "Go")
        taken = await database.write(apply_event, message, admission(), 1.0)
        yield Box(database, chat, taken.session)


async def test_posts_arrive_in_order(tmp_path: Path) -> None:
    async with box(tmp_path, FakeChat()) as it:
        await it.post(ONE, TWO, ONE)
        assert await it.deliver() == ["coder: one", "coder: two", "coder: one"]
        assert it.chat.calls == 3
        assert await it.deliver() == ["coder: one", "coder: two", "coder: one"]
        assert it.chat.calls == 3


async def test_a_part_of_unknown_outcome_is_not_repeated_when_found(tmp_path: Path) -> None:
    async with box(tmp_path, FakeChat(faults=[Lost(accepted=True)])) as it:
        await it.post(ONE, TWO)
        assert await it.deliver() == ["coder: one", "coder: two"]


async def test_a_part_that_shows_up_late_is_looked_for_again(tmp_path: Path) -> None:
    async with box(tmp_path, FakeChat(faults=[Lost(accepted=True, hidden=2)])) as it:
        await it.post(ONE, TWO)
        assert await it.deliver() == ["coder: one", "coder: two"]
        assert it.chat.looks == 3


async def test_it_is_sent_again_when_it_is_not_there(tmp_path: Path) -> None:
    chat = FakeChat(faults=[Lost(accepted=False), Lost(accepted=False), Lost(accepted=True)])
    async with box(tmp_path, chat) as it:
        await it.post(ONE, TWO)
        assert await it.deliver() == ["coder: one", "coder: two"]
        assert it.chat.calls == 4


async def test_nothing_is_repeated_while_the_platform_is_silent(tmp_path: Path) -> None:
    chat = FakeChat(
        faults=[Lost(accepted=True)],
        find_faults=[*(Unknown("down") for _ in range(5)), RetryAfter(0), None],
    )
    async with box(tmp_path, chat) as it:
        await it.post(ONE)
        assert await it.deliver() == ["coder: one"]
        assert (it.chat.calls, it.chat.looks) == (1, 7)


async def test_a_platform_that_asks_to_wait_gets_the_same_part_later(tmp_path: Path) -> None:
    async with box(tmp_path, FakeChat(faults=[RetryAfter(0.001), RetryAfter(0.001)])) as it:
        await it.post(ONE, TWO)
        assert await it.deliver() == ["coder: one", "coder: two"]


async def test_a_refused_post_is_sent_once_as_plain_text(tmp_path: Path) -> None:
    async with box(tmp_path, FakeChat(faults=[Refused("invalid_blocks")])) as it:
        await it.post(ONE, TWO)
        assert await it.deliver() == ["(coder: one)", "coder: two"]


async def test_refused_plain_text_is_reported_and_the_thread_continues(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with box(tmp_path, FakeChat(faults=[Refused("a"), Refused("b")])) as it:
        await it.post(ONE, TWO)
        assert await it.deliver() == [
            "coder: two",
            "(A message could not be shown here: the platform refused it, as plain text too.)",
        ]

    assert "refused as plain text too" in caplog.text


async def test_a_platform_that_refuses_everything_is_told_once(tmp_path: Path) -> None:
    chat = FakeChat(refuse={"agent", "status"})
    async with box(tmp_path, chat) as it:
        await it.post(ONE, TWO)
        assert await it.deliver() == []
        assert chat.calls == 2 * 2 + 2  # a status cannot be put more plainly


class Uploads(FakeChat):
    """A platform on which every file is a message of its own."""

    def render(self, session: str, thread: ThreadRef, post_id: str, post: Post) -> tuple[Part, ...]:
        if not isinstance(post, FilesPost):
            return super().render(session, thread, post_id, post)
        each = (FilesPost(post.agent, (file,)) for file in post.files)
        return tuple(
            FakeChat.render(self, session, thread, f"{post_id}-{number}", one)[0]
            for number, one in enumerate(each)
        )


async def test_a_refused_upload_is_named_and_costs_no_other(tmp_path: Path) -> None:
    files = tuple(Artifact(f"{name}.png", name * 64, 1, "image/png") for name in "abcd")
    chat = Uploads(faults=[Refused("too large"), None, None, Refused("too large"), None])
    async with box(tmp_path, chat) as it:
        await it.post(FilesPost("executor", files), TWO)
        assert await it.deliver() == [
            "(executor made these files: a.png)",
            "files: b.png",
            "(executor made these files: c.png)",
            "files: d.png",
            "coder: two",
        ]


async def test_what_an_adapter_notes_comes_back_with_the_next_attempt(tmp_path: Path) -> None:
    async with box(tmp_path, FakeChat(faults=[Lost(accepted=False)])) as it:
        await it.post(ONE)
        await it.deliver()
        assert it.chat.memos == ["", "try 1"]


async def test_a_note_outlives_a_crash(tmp_path: Path) -> None:
    slow = Slow()
    async with box(tmp_path, FakeChat(faults=[slow])) as it:
        await it.post(ONE)
        courier = Courier(it.database, {it.chat.name: it.chat}, (0, 0, 0))
        sending = asyncio.create_task(courier.deliver(it.session, asyncio.Event()))
        await slow.arrived.wait()
        sending.cancel()
        await asyncio.wait([sending])
        await it.deliver()
        assert it.chat.memos == ["", "try 1"]


async def test_a_post_that_renders_to_nothing_is_passed_over(tmp_path: Path) -> None:
    async with box(tmp_path, Uploads()) as it:
        await it.post(FilesPost("executor", ()), TWO)
        assert await it.deliver() == ["coder: two"]


@pytest.mark.parametrize("accepted", [True, False])
async def test_a_crash_while_a_part_is_sent_is_like_an_unknown_outcome(tmp_path: Path, accepted: bool) -> None:
    slow = Slow()
    async with box(tmp_path, FakeChat(faults=[slow])) as it:
        await it.post(ONE, TWO)
        courier = Courier(it.database, {it.chat.name: it.chat}, (0, 0, 0))
        sending = asyncio.create_task(courier.deliver(it.session, asyncio.Event()))
        await slow.arrived.wait()
        sending.cancel()
        await asyncio.wait([sending])
        if accepted:
            await it.chat.deliver(THREAD, it.chat.render(it.session, THREAD, "1", ONE)[0], forget)
        assert await it.deliver() == ["coder: one", "coder: two"]


async def test_a_crash_after_a_refusal_repeats_neither_text(tmp_path: Path) -> None:
    slow = Slow()
    async with box(tmp_path, FakeChat(faults=[Refused("no"), slow])) as it:
        await it.post(ONE, TWO)
        courier = Courier(it.database, {it.chat.name: it.chat}, (0, 0, 0))
        sending = asyncio.create_task(courier.deliver(it.session, asyncio.Event()))
        await slow.arrived.wait()
        sending.cancel()
        await asyncio.wait([sending])
        assert await it.deliver() == ["(coder: one)", "coder: two"]
        assert it.chat.calls == 4


async def test_an_adapter_that_breaks_is_tried_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    chat = FakeChat(faults=[ZeroDivisionError("a bug"), ZeroDivisionError("a bug")])
    async with box(tmp_path, chat) as it:
        await it.post(ONE, TWO)
        courier = Courier(it.database, {chat.name: chat}, (0, 0, 0))
        with caplog.at_level(logging.ERROR):
            async with KeyedWorkers(courier.deliver, again=0.001) as workers:
                workers.wake(it.session)
                while len(it.seen()) < 2:
                    chat.shown.clear()
                    await chat.shown.wait()

        assert it.seen() == ["coder: one", "coder: two"]
    assert caplog.text.count("a bug") == 2


async def test_a_platform_that_is_not_connected_keeps_its_posts(tmp_path: Path) -> None:
    async with box(tmp_path, FakeChat()) as it:
        await it.post(StatusPost("later"))
        await Courier(it.database, {}).deliver(it.session, asyncio.Event())
        assert await it.database.read(outbox.waiting) == [it.session]
        await Courier(it.database, {}).deliver("nobody", asyncio.Event())


async def test_a_slow_thread_does_not_hold_up_another(tmp_path: Path) -> None:
    slow, other = Slow(), ThreadRef("chat", "team", "general", "2")
    async with box(tmp_path, FakeChat(faults=[slow])) as it:
        message = Message("k2", other, Person("1", "Ann"), "Go")
        second = (await it.database.write(apply_event, message, admission(), 1.0)).session
        await it.post(ONE)
        await it.database.write(outbox.add, second, [TWO], 1.0)
        courier = Courier(it.database, {it.chat.name: it.chat}, (0,))
        async with KeyedWorkers(courier.deliver) as workers:
            workers.wake(it.session)
            await slow.arrived.wait()
            workers.wake(second)
            await it.chat.shown.wait()
            assert [show(post) for post in it.chat.posts(other)] == ["coder: two"]
            assert it.seen() == []
            slow.released.set()


# --- Posts that change ---

CARD = CheckPost("Go on?", finishing=False, request="q1", expires_at=9.0)
DECIDED = replace(CARD, decided=Decided("went_on", "Ann let the team go on.", 2.0))


async def test_a_card_that_was_shown_is_edited_where_it_stands(tmp_path: Path) -> None:
    async with box(tmp_path, FakeChat()) as it:
        (card,) = await it.database.write(outbox.add, it.session, [CARD], 1.0)
        await it.post(TWO)
        assert await it.deliver() == ["Go on? [open]", "coder: two"]
        await it.database.write(outbox.replace, card, DECIDED)
        assert await it.database.read(outbox.waiting) == [it.session]
        assert await it.deliver() == ["Go on? [Ann let the team go on.]", "coder: two"]
        assert (it.chat.calls, it.chat.edits) == (2, 1)


async def test_a_card_that_was_not_shown_yet_is_shown_as_it_is_now(tmp_path: Path) -> None:
    async with box(tmp_path, FakeChat()) as it:
        (card,) = await it.database.write(outbox.add, it.session, [CARD], 1.0)
        await it.database.write(outbox.replace, card, DECIDED)
        assert await it.deliver() == ["Go on? [Ann let the team go on.]"]
        assert (it.chat.calls, it.chat.edits) == (1, 0)


async def test_a_card_that_changes_while_sent_is_edited_later(tmp_path: Path) -> None:
    slow = Slow()
    async with box(tmp_path, FakeChat(faults=[slow])) as it:
        (card,) = await it.database.write(outbox.add, it.session, [CARD], 1.0)
        delivering = asyncio.create_task(it.deliver())
        await slow.arrived.wait()
        await it.database.write(outbox.replace, card, DECIDED)
        slow.released.set()
        assert await delivering == ["Go on? [Ann let the team go on.]"]


async def test_an_edit_is_tried_until_its_outcome_is_known(tmp_path: Path) -> None:
    async with box(tmp_path, FakeChat(edit_faults=[RetryAfter(0), Unknown("down"), None])) as it:
        (card,) = await it.database.write(outbox.add, it.session, [CARD], 1.0)
        await it.deliver()
        await it.database.write(outbox.replace, card, DECIDED)
        assert await it.deliver() == ["Go on? [Ann let the team go on.]"]
        assert it.chat.edits == 3


async def test_a_card_that_cannot_be_edited_stays_as_it_is(tmp_path: Path) -> None:
    async with box(tmp_path, FakeChat(edit_faults=[Refused("message_not_found")])) as it:
        (card,) = await it.database.write(outbox.add, it.session, [CARD], 1.0)
        await it.deliver()
        await it.database.write(outbox.replace, card, DECIDED)
        await it.post(TWO)
        assert await it.deliver() == ["Go on? [open]", "coder: two"]
