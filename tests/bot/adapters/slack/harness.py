"""The real engine and the real adapter in front of a played Slack; the team and the sandbox follow a script."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bot import app_engine
from bot.adapters.slack.adapter import SlackAdapter
from bot.adapters.slack.credentials import Credentials
from bot.adapters.slack.manifest import manifest
from bot.domain.events import Event
from bot.domain.policy import Policy
from bot.domain.views import SessionView
from bot.store.database import Database
from bot.store.reader import SessionReader
from bot.store.threads import StoredThreads
from tests.fakes.blob_store import FakeBlobs
from tests.fakes.engine_parts import engine_parts
from tests.fakes.scripted_sandbox import ScriptedSandboxes
from tests.fakes.team import FakeTeams, Line
from tests.platforms import slack
from tests.platforms.slack import Message, Workspace
from tests.platforms.slack.state import APP_TOKEN, BOT_TOKEN, SECRET

FILE_LIMIT = 10_000
TEAMS = {"pair": "two agents", "crew": "three agents"}


def access(workspace: Workspace, *, http: bool = False) -> Credentials:
    """What the settings say of a played workspace."""
    if http:
        return Credentials(BOT_TOKEN, signing_secret=SECRET, api_url=workspace.url)
    return Credentials(BOT_TOKEN, APP_TOKEN, api_url=workspace.url)


def adapter(
    workspace: Workspace,
    folder: Path,
    database: Database,
    *,
    policy: Callable[[], Policy] = Policy,
    gap: float = 0.0,
    http: bool = False,
) -> SlackAdapter:
    """The adapter for a played workspace; no pause between messages unless asked for."""
    return SlackAdapter(
        access(workspace, http=http),
        reader=SessionReader(database),
        threads=StoredThreads(database),
        policy=policy,
        blob=FakeBlobs(folder).path,
        teams=TEAMS,
        default_team="pair",
        file_limit=FILE_LIMIT,
        gap=gap,
        token_wait=0.1,
    )


@dataclass(slots=True)
class SlackHarness:
    """A running Roundtable in one workspace."""

    workspace: Workspace
    adapter: SlackAdapter
    database: Database
    reader: SessionReader
    teams: FakeTeams
    sandboxes: ScriptedSandboxes
    events: list[Event] = field(default_factory=list)
    """What the adapter brought to the intake, stored or not."""
    serving: asyncio.Task[None] | None = None

    async def session(self, thread: Message) -> SessionView:
        """The session of a thread."""
        views = await self.reader.sessions()
        return next(view for view in views if view.thread.thread == thread.thread)

    async def ended(self, thread: Message) -> Message:
        """The closing line of a thread, once it is there."""
        return await self.workspace.reply_in(thread, containing=" turn")

    async def rest(self) -> None:
        """Everything that Slack sent is taken in, no session works, and everything is delivered."""
        await self.workspace.settled()
        while busy := [task for task in asyncio.all_tasks() if task.get_name().startswith("worker ")]:
            await asyncio.wait(busy)


@asynccontextmanager
async def harness(
    folder: Path,
    *script: Line,
    teams: FakeTeams | None = None,
    workspace: Workspace | None = None,
    policy: Mapping[str, Any] | None = None,
    spoil: Callable[[Workspace], object] = lambda workspace: None,
    gap: float = 0.0,
    http: bool = False,
    at_once: int = 8,
    looks: Sequence[float] = (0, 0.05, 0.1),
    connected: bool = True,
) -> AsyncIterator[SlackHarness]:
    """Roundtable on the tables in a folder; one after the other in the same workspace is what a restart is.

    The workspace has the scopes and events of our manifest; `spoil` changes it before Roundtable connects. That is
    waited for unless it is not to be `connected`.
    """
    rules = Policy.model_validate(policy or {})
    async with _workspace(workspace) as there, Database(f"sqlite:///{folder / 'stage.sqlite'}") as database:
        spoil(there)
        bot = adapter(there, folder, database, policy=lambda: rules, gap=gap, http=http)
        teams = teams or FakeTeams(script, known=TEAMS)
        it = SlackHarness(
            there, bot, database, SessionReader(database), teams, ScriptedSandboxes(FakeBlobs(folder))
        )
        async with _running(folder, it, rules, at_once, looks):
            if connected:
                await _first(it)
            yield it


@asynccontextmanager
async def _workspace(given: Workspace | None) -> AsyncIterator[Workspace]:
    if given is not None:
        yield given
        return
    async with played() as workspace:
        yield workspace


@asynccontextmanager
async def played() -> AsyncIterator[Workspace]:
    """A workspace with the app installed as our manifest says."""
    wanted = manifest()
    async with slack.play() as workspace:
        workspace.state.scopes = set(wanted["oauth_config"]["scopes"]["bot"])
        workspace.state.events = set(wanted["settings"]["event_subscriptions"]["bot_events"])
        yield workspace


@asynccontextmanager
async def _running(
    folder: Path, it: SlackHarness, rules: Policy, at_once: int, looks: Sequence[float]
) -> AsyncIterator[None]:
    parts = engine_parts(it.database, folder, it.teams, it.sandboxes, {"slack": it.adapter})
    parts = replace(
        parts,
        policy=lambda: rules,
        file_limit=FILE_LIMIT,
        at_once=at_once,
        timing=replace(parts.timing, retry=0.05, looks=looks),
    )
    async with app_engine.engine(parts) as engine:

        async def listen(event: Event) -> str:
            it.events.append(event)
            return await engine.intake(event)

        it.serving = serving = asyncio.create_task(it.adapter.run(listen))
        try:
            await engine.resume()
            yield
        finally:
            serving.cancel()
            await asyncio.wait([serving])


async def _first(it: SlackHarness) -> None:
    """Until the adapter listens; a failure of its own is raised here."""
    assert it.serving is not None
    connecting = asyncio.create_task(_listens(it))
    await asyncio.wait({it.serving, connecting}, return_when=asyncio.FIRST_COMPLETED)
    connecting.cancel()
    if it.serving.done():
        it.serving.result()


async def _listens(it: SlackHarness) -> None:
    while str(it.adapter.health) != "ok":  # noqa: ASYNC110  nothing tells
        await asyncio.sleep(0.01)
