"""An engine and a store in memory, for the web adapter: real intake rules, no team and no sandbox."""

from __future__ import annotations

import asyncio
import hashlib
import time
import uuid
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bot.adapters.web.adapter import WebAdapter
from bot.adapters.web.context import ExampleTask, Installation, WebContext
from bot.adapters.web.current_agents import CurrentAgents
from bot.adapters.web.uploads import WebUploads
from bot.domain.errors import BadInput
from bot.domain.events import Decision, Erase, Event, Message, Stop
from bot.domain.participants import Person, ThreadRef
from bot.domain.posts import CostLine, CostPost, Decided, Post, RequestCard, SummaryPost
from bot.domain.views import Entry, FileView, SessionView, Spend, Status
from bot.domain.workspace_files import Artifact
from bot.engine.changes import Changes
from bot.settings import Settings, load

TEAMS = {
    "analyst": "A complete data analyst in a box: looks at the data first, then code, charts and a short finding.",
    "crew": "A product manager, a coder and a reviewer work it out together.",
    "pair": "The classic two: an assistant writes code, the executor runs it.",
}
SALES = Path(__file__).parents[2] / "examples" / "sales.csv"
EXAMPLES = (
    ExampleTask("A year of sales", "Plot the sales by region", "bars", SALES, ("Which product sells best?",)),
    ExampleTask("Google's share price", "Plot the Google share price", "line"),
    ExampleTask("Tell irises apart", "Classify the iris flowers", "dots"),
)
ABOUT = Installation(TEAMS, "analyst", "demo", demo=True, examples=EXAMPLES)
YOU = Person("web", "you")
EXECUTOR = "executor"


@dataclass
class FakeTables:
    """What the fake knows of one session."""

    view: SessionView
    entries: list[Entry] = field(default_factory=list)
    files: list[FileView] = field(default_factory=list)
    spend: list[Spend] = field(default_factory=list)


class WebHarness:
    """A Reader, an Intake and blobs over dictionaries."""

    def __init__(self, folder: Path) -> None:
        self.changes = Changes()
        self.folder = folder
        self.tables: dict[str, FakeTables] = {}
        self.events: list[Event] = []
        self.going: set[str] = set()
        self.state: dict[str, str] = {"database": "ok"}
        self._seen: dict[str, str] = {}
        (folder / "blobs").mkdir(parents=True, exist_ok=True)

    async def intake(self, event: Event) -> str:
        """Take an event as the engine's intake does; raises BadInput."""
        if event.key in self._seen:
            return self._seen[event.key]
        if isinstance(event, Message) and event.text == "refuse me":
            raise BadInput("The engine refuses this.")
        self.events.append(event)
        table = self._of(event.thread) or self._open(event)
        self._seen[event.key] = table.view.id
        if isinstance(event, Erase):
            del self.tables[table.view.id]
            self.going.add(table.view.id)
            self.changes.tell(table.view.id)
            return table.view.id
        assert isinstance(event, Message | Stop | Decision)
        self.say(table.view.id, event)
        if isinstance(event, Decision):
            self._decide(table, event)
        elif isinstance(event, Stop):
            self.say(table.view.id, SummaryPost("stopped", f"Stopped by {event.who.name}.", 3.2, 1, 900, 0.002))
            self.set(table.view.id, status="ended", outcome="stopped")
        else:
            self.set(table.view.id, status="running", outcome=None)
        return table.view.id

    def _decide(self, table: FakeTables, event: Decision) -> None:
        for index, entry in enumerate(table.entries):
            if isinstance(entry.item, RequestCard) and entry.item.request == event.request:
                decided = Decided("approved", f"Decided by {event.who.name}.", time.time())
                table.entries[index] = replace(entry, item=replace(entry.item, decided=decided))
        self.set(table.view.id, status="running")

    def open(self, title: str, *, team: str = "analyst", status: Status = "running", ago: float = 0) -> str:
        """A session that stands already; `ago` is in seconds."""
        session_id = uuid.uuid4().hex[:12]
        thread = ThreadRef("web", "", "page", session_id)
        at = time.time() - ago
        view = SessionView(session_id, thread, team, title, YOU, status, None, at, at, 0, 0, 0.0)
        self.tables[session_id] = FakeTables(view)
        self.changes.tell(session_id)
        return session_id

    def say(self, session_id: str, item: Message | Stop | Decision | Post, at: float | None = None) -> None:
        """Append an entry to a thread."""
        table = self.tables[session_id]
        table.entries.append(Entry(len(table.entries) + 1, at or time.time(), item))
        self.changes.tell(session_id)

    def set(self, session_id: str, **fields: Any) -> None:
        """Change a session."""
        table = self.tables[session_id]
        table.view = replace(table.view, updated=time.time(), **fields)
        self.changes.tell(session_id)

    def keep(
        self, session_id: str, path: str, data: bytes, media_type: str, *, attached: bool = False
    ) -> Artifact:
        """Put a file into a workspace."""
        digest = hashlib.sha256(data).hexdigest()
        (self.folder / "blobs" / digest).write_bytes(data)
        artifact = Artifact(path, digest, len(data), media_type)
        self.tables[session_id].files.append(FileView(artifact, 1, attached))
        self.changes.tell(session_id)
        return artifact

    def blob(self, session_id: str, digest: str) -> Path | None:
        known = {view.file.digest for view in self.tables[session_id].files}
        return self.folder / "blobs" / digest if digest in known else None

    def ready(self) -> Mapping[str, str]:
        return self.state

    async def sessions(self, limit: int = 100) -> list[SessionView]:
        views = [table.view for table in self.tables.values()]
        return sorted(views, key=lambda view: -view.created)[:limit]

    async def session(self, session_id: str) -> SessionView | None:
        table = self.tables.get(session_id)
        return table.view if table else None

    async def is_going(self, session_id: str) -> bool:
        return session_id in self.going

    def gone(self, session_id: str) -> None:
        """The deletion of a session is done."""
        self.going.discard(session_id)
        self.changes.tell(session_id)

    async def timeline(self, session_id: str, after: int = 0, limit: int = 500) -> list[Entry]:
        return [entry for entry in self.tables[session_id].entries if entry.seq > after][:limit]

    async def entries(self, session_id: str, seqs: Collection[int]) -> list[Entry]:
        return [entry for entry in self.tables[session_id].entries if entry.seq in seqs]

    async def files(self, session_id: str) -> list[FileView]:
        return list(self.tables[session_id].files)

    async def spend(self, session_id: str) -> list[Spend]:
        return list(self.tables[session_id].spend)

    async def in_thread(self, thread: ThreadRef) -> str | None:
        table = self._of(thread)
        return table.view.id if table else None

    async def newest_post(self, session_id: str) -> int:
        return max(
            (entry.seq for entry in self.tables[session_id].entries if isinstance(entry.item, Post)), default=0
        )

    async def has_ended_since(self, session_id: str, post: int) -> bool:
        return any(isinstance(entry.item, SummaryPost) for entry in await self.timeline(session_id, post))

    async def times_ended(self, session_id: str) -> int:
        return sum(isinstance(entry.item, SummaryPost) for entry in self.tables[session_id].entries)

    async def has_event(self, thread: ThreadRef, prefix: str) -> bool:
        return any(event.thread == thread and event.key.startswith(prefix) for event in self.events)

    async def background_until(self, thread: ThreadRef) -> str:
        said = [event for event in self.events if isinstance(event, Message) and event.thread == thread]
        return max((message.context_until for message in said), default="")

    async def open_card(self, session_id: str) -> RequestCard | None:
        items = [entry.item for entry in self.tables[session_id].entries]
        return next((item for item in items if isinstance(item, RequestCard) and item.decided is None), None)

    async def card(self, session_id: str, request_id: str) -> RequestCard | None:
        items = [entry.item for entry in self.tables[session_id].entries]
        return next((item for item in items if isinstance(item, RequestCard) and item.request == request_id), None)

    async def cost_post(self, session_id: str) -> CostPost:
        spent = self.tables[session_id].spend
        agents = tuple(CostLine(each.agent, each.calls, each.tokens, each.cost) for each in spent)
        return CostPost(CostLine("in all", 0, 0, self.tables[session_id].view.cost), agents, ())

    async def cost_since(self, since: float) -> float | None:
        views = [table.view for table in self.tables.values()]
        return sum(view.cost or 0.0 for view in views if view.updated >= since)

    def context(self, limit: int = 1_000_000, about: Installation = ABOUT) -> WebContext:
        """What the API works with."""
        return WebContext(
            reader=self,
            blob=self.blob,
            changes=self.changes,
            intake=self.intake,
            at_work=CurrentAgents(self.changes),
            uploads=WebUploads(self.folder / "uploads", limit),
            about=about,
            ready=self.ready,
            closing=asyncio.Event(),
        )

    def _of(self, thread: ThreadRef) -> FakeTables | None:
        return next((table for table in self.tables.values() if table.view.thread == thread), None)

    def _open(self, event: Event) -> FakeTables:
        assert isinstance(event, Message)
        session_id = self.open(event.text[:80], team=event.team or "analyst")
        self.set(session_id, thread=event.thread)
        return self.tables[session_id]


@dataclass(frozen=True)
class Served:
    """A running adapter, its address, and the task that ends it when cancelled."""

    web: WebAdapter
    url: str
    task: asyncio.Task[None]


@asynccontextmanager
async def serving(harness: WebHarness, **overrides: str | int) -> AsyncIterator[Served]:
    """The real adapter over a fake desk."""
    url: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    web = adapter(harness, settings(harness.folder, **overrides), url.set_result)
    task = asyncio.create_task(web.run(harness.intake))
    try:
        async with asyncio.timeout(20):
            address = await url
        yield Served(web, address, task)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def settings(folder: Path, **overrides: Any) -> Settings:
    """Settings that touch nothing but this folder; a free port."""
    return load(None, **{"roundtable_work_dir": folder, "roundtable_web_port": 0, **overrides})


def adapter(
    context: WebHarness, settings: Settings, serving: Any = print, about: Installation = ABOUT
) -> WebAdapter:
    """The real adapter over the fake desk."""
    return WebAdapter(
        settings=settings,
        reader=context,
        blob=context.blob,
        changes=context.changes,
        about=about,
        ready=context.ready,
        serving=serving,
    )
