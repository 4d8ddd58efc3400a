"""What every ChatAdapter keeps to. Subclass it in the adapter's tests and give it the three fixtures."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import pytest

from bot.domain.errors import BadInput
from bot.domain.events import CodeBlock, Event, RemoteFile
from bot.domain.participants import Hint, ThreadRef
from bot.domain.posts import (
    AgentPost,
    ApprovalPost,
    BudgetPost,
    CheckPost,
    CodePost,
    CostLine,
    CostPost,
    Decided,
    FilesPost,
    OutputPost,
    Post,
    QuestionPost,
    StatusPost,
    SummaryPost,
)
from bot.domain.turn_results import CodeBasis, EarlierBlock, RunResult
from bot.domain.workspace_files import Artifact
from bot.ports import ChatAdapter

Attach: TypeAlias = Callable[[bytes], Awaitable[RemoteFile]]

_FILE = Artifact("plots/chart.png", "ab" * 32, 4_200, "image/png")
_HOSTILE = "@everyone <!channel> [x](javascript:alert(1)) <script>alert(1)</script> ``` \u202e \x00 ~~~\n" * 40
DECIDED = Decided("approved", "Approved by Ann.", 1.0)
APPROVAL = ApprovalPost("coder", (CodeBlock("python", "print(1)\n"),), "ab" * 32, "q000000000000", 9e9, 28_800)
COSTS = CostLine("coder (demo)", 3, 4_200, None)
POSTS: tuple[Post, ...] = (
    AgentPost("coder", "A **finding**."),
    AgentPost("coder", ""),
    AgentPost("coder", _HOSTILE),
    AgentPost("coder", "long " * 20_000),
    CodePost("coder", "Look:\n\n```python\nprint(1)\n```", (CodeBlock("python", "print(1)\n"),)),
    OutputPost("executor", (RunResult(0, "1\n", 0.1), RunResult(1, "Traceback\n" * 3_000, 2.0, note="A note."))),
    OutputPost("executor", (RunResult(137, "", 60, killed="memory"),)),
    FilesPost("executor", (_FILE,)),
    FilesPost("executor", ()),
    QuestionPost("coder", "I looked.", "Which column?"),
    StatusPost("Waiting for a free sandbox (2 ahead)."),
    APPROVAL,
    replace(APPROVAL, builds_on=CodeBasis("i", (EarlierBlock(2, 1, "c" * 64, _HOSTILE[:80]),) * 3, 9)),
    replace(APPROVAL, blocks=(CodeBlock("python", _HOSTILE), CodeBlock("bash", "echo\n" * 5_000))),
    BudgetPost("The budget is used up.", "session", "dollars", 4.9, 5.0, 0.3, 5.0, "q000000000001", 9e9),
    CheckPost("The team waits.", finishing=False, request="q000000000002", expires_at=9e9),
    CheckPost("The team would finish.", finishing=True, request="q000000000003", expires_at=9e9, decided=DECIDED),
    CostPost(COSTS, (COSTS,), (COSTS, COSTS)),
    SummaryPost("finished", "The team finished.", 12.5, 4, 3_000, 0.01),
    SummaryPost("failed", "No key.", 0.0, 0, 0, None),
)


class ChatAdapterContract:
    """Fixtures to give: `adapter`; `thread`, where it may post; `attach`, which makes a file that it can fetch."""

    @pytest.fixture
    def adapter(self) -> ChatAdapter:
        raise NotImplementedError

    @pytest.fixture
    def thread(self) -> ThreadRef:
        raise NotImplementedError

    @pytest.fixture
    def attach(self) -> Attach:
        raise NotImplementedError

    @pytest.mark.parametrize("post", POSTS, ids=lambda post: post.kind)
    def test_rendering_is_the_same_every_time(self, adapter: ChatAdapter, thread: ThreadRef, post: Post) -> None:
        first = adapter.render("session", thread, "post-1", post)
        assert first == adapter.render("session", thread, "post-1", post)
        assert first
        assert {part.session for part in first} == {"session"}

    def test_part_ids_are_unique_among_all_posts(self, adapter: ChatAdapter, thread: ThreadRef) -> None:
        parts = [
            part
            for number, post in enumerate(POSTS)
            for part in adapter.render("session", thread, f"post-{number}", post)
        ]
        assert len({part.id for part in parts}) == len(parts)

    def test_a_part_can_be_stored_and_read_back(self, adapter: ChatAdapter, thread: ThreadRef) -> None:
        for post in POSTS:
            for part in adapter.render("session", thread, "post-1", post):
                assert json.loads(part.body) is not None
                assert part.body.encode()

    def test_plain_text_keeps_the_name_and_is_as_simple_as_it_gets(
        self, adapter: ChatAdapter, thread: ThreadRef
    ) -> None:
        for post in POSTS:
            for part in adapter.render("session", thread, "post-1", post):
                if simpler := adapter.plain(part):
                    assert (simpler.id, simpler.session) == (part.id, part.session)
                    assert adapter.plain(simpler) is None

    async def test_what_was_delivered_is_found(self, adapter: ChatAdapter, thread: ThreadRef) -> None:
        for number, post in enumerate(POSTS):
            for part in adapter.render("session", thread, f"post-{number}", post):
                notes = Notes()
                message = await adapter.deliver(thread, part, notes.keep)
                assert await adapter.find(thread, replace(part, memo=notes.last)) == message

    async def test_a_card_is_shown_anew_once_it_is_decided(self, adapter: ChatAdapter, thread: ThreadRef) -> None:
        before = adapter.render("session", thread, "post-1", APPROVAL)
        after = adapter.render("session", thread, "post-1", replace(APPROVAL, decided=DECIDED))
        assert {part.id for part in after} <= {part.id for part in before}, "an edit adds no message"
        assert after != before
        sent = {part.id: await adapter.deliver(thread, part, forget) for part in before}
        for part in (*after, *after):
            await adapter.edit(sent[part.id], part)

    async def test_a_hint_never_raises(self, adapter: ChatAdapter, thread: ThreadRef) -> None:
        unknown = ThreadRef(thread.platform, "nowhere", "none", "none")
        for where in (thread, unknown):
            for hint in (Hint(""), Hint("coder", "writes"), Hint("coder", "writes"), Hint("")):
                await adapter.hint(where, hint)

    async def test_an_attached_file_comes_back_byte_by_byte(self, adapter: ChatAdapter, attach: Attach) -> None:
        data = bytes(range(256)) * 40
        file = await attach(data)
        assert await adapter.fetch(file, len(data)) == data

    async def test_a_file_over_the_limit_is_bad_input(self, adapter: ChatAdapter, attach: Attach) -> None:
        file = await attach(b"x" * 1001)
        with pytest.raises(BadInput):
            await adapter.fetch(file, 1000)

    async def test_a_file_that_is_not_there_is_bad_input(self, adapter: ChatAdapter) -> None:
        for ref in ("0" * 64, "", "../../etc/passwd", "http://127.0.0.1:1/x"):
            with pytest.raises(BadInput):
                await adapter.fetch(RemoteFile("gone.csv", 3, ref), 1000)

    async def test_it_runs_until_it_is_cancelled_and_then_ends_within_two_seconds(
        self, adapter: ChatAdapter
    ) -> None:
        running = asyncio.create_task(adapter.run(_take_nothing))
        done, _ = await asyncio.wait([running], timeout=0.5)
        assert not done
        began = time.monotonic()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert time.monotonic() - began < 2


@dataclass(slots=True)
class Notes:
    """What an adapter lets be remembered with a part."""

    last: str = ""

    async def keep(self, memo: str) -> None:
        self.last = memo


async def forget(_memo: str) -> None:
    """For adapters that need no memory."""


async def _take_nothing(event: Event) -> str:
    raise BadInput("Nothing is taken here.")
