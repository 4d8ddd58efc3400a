"""The whole engine around fakes and one SQLite file, so that a test reads like a conversation."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from types import MappingProxyType

from bot import app_engine
from bot.dispatch.local_dispatcher import LocalDispatcher
from bot.domain.events import CodeBlock, Decision, Erase, Message, RemoteFile, Stop, Verdict
from bot.domain.participants import Person, ThreadRef
from bot.domain.policy import Policy
from bot.domain.posts import (
    AgentPost,
    ApprovalPost,
    BudgetPost,
    CheckPost,
    CodePost,
    CostPost,
    FilesPost,
    OutputPost,
    Post,
    QuestionPost,
    RequestCard,
    StatusPost,
    SummaryPost,
)
from bot.domain.turn_results import Usage
from bot.domain.views import SessionView
from bot.engine.changes import Changes
from bot.engine.intake import Intake
from bot.engine.runner import Runner
from bot.ports import Teams
from bot.store.database import Database
from bot.store.reader import SessionReader
from bot.store.threads import StoredThreads
from tests.fakes.blob_store import FakeBlobs
from tests.fakes.chat import FakeChat
from tests.fakes.engine_parts import engine_parts
from tests.fakes.scripted_sandbox import ScriptedSandboxes

THREAD = ThreadRef("chat", "team", "general", "1")
ANN = Person("U-Ann", "Ann")
FILE_LIMIT = 1000
WORKSPACE_LIMIT = 3000


def show(post: Post) -> str:  # noqa: C901  (a line a kind)
    """A post in one line, as a test wants to compare it."""
    match post:
        case AgentPost(agent, text):
            return f"{agent}: {text}"
        case CodePost(agent, _, blocks):
            return f"{agent} wrote: {' / '.join(block.code.strip() for block in blocks)}"
        case OutputPost(_, results):
            return "output: " + " / ".join(result.killed or result.output.strip() for result in results)
        case FilesPost(_, files):
            return "files: " + ", ".join(file.path for file in files)
        case QuestionPost(agent, _, question):
            return _card(post, f"{agent} asks: {question}") if post.decided else f"{agent} asks: {question}"
        case StatusPost(text):
            return f"({text})"
        case SummaryPost(outcome, text):
            return f"{outcome}: {text}"
        case ApprovalPost(agent, blocks):
            return _card(post, f"{agent} would run: {' / '.join(block.code.strip() for block in blocks)}")
        case BudgetPost() | CheckPost():
            return _card(post, post.text)
        case CostPost(total):
            return f"cost: {total.tokens} tokens"


def _card(card: RequestCard, text: str) -> str:
    return f"{text} [{card.decided.text if card.decided else 'open'}]"


@dataclass(slots=True)
class EngineHarness:
    """A running engine and the people around it."""

    folder: Path
    database: Database
    teams: Teams
    chat: FakeChat
    sandboxes: ScriptedSandboxes
    changes: Changes
    intake: Intake
    runner: Runner
    dispatcher: LocalDispatcher
    reader: SessionReader
    threads: StoredThreads
    removed: dict[str, set[str]]
    """The sessions whose files were removed, with what was attached there."""
    policy: Policy
    """The rules in force, as if they were read again whenever they change."""
    _keys: count[int] = field(default_factory=count)

    async def say(
        self,
        text: str,
        who: str = "Ann",
        thread: ThreadRef = THREAD,
        *,
        files: Sequence[RemoteFile] = (),
        team: str | None = None,
        key: str | None = None,
        name: str = "",
        addressed: bool = True,
    ) -> str:
        """A person says something, in a message that the platform calls `name`; returns the session's id."""
        message = Message(
            key or self._key(),
            thread,
            Person(f"U-{who}", who),
            text,
            files=tuple(files),
            team=team,
            id=name,
            addressed=addressed,
        )
        return await self.intake(message)

    async def stop(self, who: str = "Ben", thread: ThreadRef = THREAD) -> str:
        """A person presses Stop."""
        return await self.intake(Stop(self._key(), thread, Person(f"U-{who}", who)))

    def card(self, thread: ThreadRef = THREAD) -> RequestCard:
        """The newest card in a thread."""
        return next(post for post in reversed(self.chat.posts(thread)) if isinstance(post, RequestCard))

    async def decide(
        self,
        verdict: Verdict,
        who: Person = ANN,
        *,
        card: RequestCard | None = None,
        thread: ThreadRef = THREAD,
        key: str | None = None,
        reason: str = "",
        blocks: Sequence[CodeBlock] = (),
        amount: float = 0.0,
    ) -> str:
        """A person decides about a card, the newest in the thread unless it is given."""
        card = card or self.card()
        seen = card.digest if isinstance(card, ApprovalPost) else ""
        return await self.intake(
            Decision(key or self._key(), thread, who, card.request, verdict, seen, reason, tuple(blocks), amount)
        )

    async def erase(self, who: str = "Ann", thread: ThreadRef = THREAD) -> str:
        """A person wants the session deleted."""
        return await self.intake(Erase(self._key(), thread, Person(f"U-{who}", who)))

    async def rest(self) -> None:
        """Returns when no session works and everything is delivered."""
        while busy := [task for task in asyncio.all_tasks() if task.get_name().startswith("worker ")]:
            await asyncio.wait(busy)

    async def talk(self, text: str, who: str = "Ann", thread: ThreadRef = THREAD) -> list[str]:
        """Say something, and let everything come to rest; returns the thread."""
        await self.say(text, who, thread)
        await self.rest()
        return self.thread(thread)

    def thread(self, thread: ThreadRef = THREAD) -> list[str]:
        """What people see."""
        return [show(post) for post in self.chat.posts(thread)]

    async def view(self, thread: ThreadRef = THREAD) -> SessionView:
        """The thread's session."""
        return next(view for view in await self.reader.sessions(2000) if view.thread == thread)

    async def shows(self, count: int, thread: ThreadRef = THREAD) -> list[str]:
        """The thread, as soon as people see so many posts in it."""
        while len(self.thread(thread)) < count:
            self.chat.shown.clear()
            await self.chat.shown.wait()
        return self.thread(thread)

    def _key(self) -> str:
        return f"{time.time_ns()}-{next(self._keys)}"


@asynccontextmanager
async def harness(
    folder: Path,
    teams: Teams,
    *,
    chat: FakeChat | None = None,
    sandboxes: ScriptedSandboxes | None = None,
    price: Callable[[Usage], float | None] = lambda _usage: 0.5,
    url: str = "",
    speed: float = 1.0,
    at_once: int = 8,
    looks: Sequence[float] = (0, 0),
    grace: float = 5.0,
    policy: Policy | None = None,
    starters: Mapping[str, Collection[str]] = MappingProxyType({}),
    drop_uploads: Callable[[Collection[str]], Awaitable[None]] | None = None,
) -> AsyncIterator[EngineHarness]:
    """An engine on the tables in a folder or at a URL; one after the other is what a restart is."""
    chat = chat or FakeChat()
    sandboxes = sandboxes or ScriptedSandboxes(FakeBlobs(folder))
    removed: dict[str, set[str]] = {}

    async def remove(session: str, refs: Collection[str]) -> None:
        removed.setdefault(session, set()).update(refs)

    async with Database(url or f"sqlite:///{folder / 'table.sqlite'}") as database:
        parts = engine_parts(database, folder, teams, sandboxes, {chat.name: chat})
        parts = replace(
            parts,
            policy=lambda: it.policy,
            price=price,
            remove=remove,
            drop_uploads=drop_uploads or parts.drop_uploads,
            file_limit=FILE_LIMIT,
            workspace_limit=WORKSPACE_LIMIT,
            at_once=at_once,
            starters=starters,
            clock=_clock(speed),
            timing=replace(
                parts.timing, turn_grace=grace, last_posts=grace, queue_delay=0, looks=looks, speed=speed
            ),
        )
        async with app_engine.engine(parts) as engine:
            it = EngineHarness(
                folder,
                database,
                teams,
                chat,
                sandboxes,
                parts.changes,
                engine.intake,
                engine.runner,
                engine.dispatcher,
                SessionReader(database),
                StoredThreads(database),
                removed,
                policy or Policy(),
            )
            await engine.resume()
            yield it


def _clock(speed: float) -> Callable[[], float]:
    """The time, `speed` times as fast as outside."""
    began = time.time()
    return lambda: began + (time.time() - began) * speed
