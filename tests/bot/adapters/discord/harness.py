"""The engine between fakes and the played Discord, so that a test reads like a conversation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from bot.adapters.discord.adapter import DiscordAdapter
from bot.adapters.discord.context import AdapterContext
from bot.aio.keyed_workers import KeyedWorkers
from bot.dispatch.local_dispatcher import LocalDispatcher
from bot.domain.policy import EVERYONE, Policy
from bot.domain.views import SessionView
from bot.engine.changes import Changes
from bot.engine.courier import Courier
from bot.engine.intake import Intake
from bot.engine.runner import Runner
from bot.ports import Teams
from bot.store import outbox, sessions
from bot.store.database import Database
from bot.store.reader import SessionReader
from bot.store.threads import StoredThreads
from tests.fakes.blob_store import FakeBlobs
from tests.fakes.scripted_sandbox import ScriptedSandboxes
from tests.platforms.discord import Discord
from tests.platforms.discord.world import Message
from tests.watchdog import watchdog

FILE_LIMIT = 1_000_000


@dataclass(slots=True)
class DiscordHarness:
    """A running Roundtable in the played Discord. `reports`: what the adapter said of how it stands."""

    server: Discord
    context: AdapterContext
    intake: Intake
    adapter: DiscordAdapter
    sandboxes: ScriptedSandboxes
    shelf: FakeBlobs
    reader: SessionReader
    database: Database
    reports: list[str] = field(default_factory=list)

    async def session(self) -> SessionView:
        """The one session that there is."""
        (view,) = await self.reader.sessions()
        return view

    async def hears(self, message: Message) -> None:
        """Waits until a message is in the inbox."""
        guild, channel = str(message.channel.guild), str(message.channel.id)
        while not await self.context.threads.holding("discord", guild, channel, str(message.id)):  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    async def reported(self, text: str) -> None:
        """Waits until the adapter says that it stands so."""
        while not any(text in report for report in self.reports):  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    async def became(self, status: str) -> SessionView:
        """Waits until the one session has this status."""
        while True:
            views = await self.reader.sessions()
            if views and views[0].status == status:
                return views[0]
            await asyncio.sleep(0.01)


def context(
    server: Discord, folder: Path, database: Database, *, teams: Teams, policy: Policy, reports: list[str]
) -> AdapterContext:
    """What the adapter is given."""

    def blob(session: str, digest: str) -> Path | None:
        path = folder / digest
        return path if path.exists() else None

    return AdapterContext(
        token=server.token,
        api=server.api,
        gateway=server.gateway_url,
        reader=SessionReader(database),
        threads=StoredThreads(database),
        blob=blob,
        policy=lambda: policy,
        teams=teams.names(),
        team="pair",
        kept=folder / "commands",
        report=reports.append,
    )


@asynccontextmanager
async def harness(
    server: Discord,
    folder: Path,
    teams: Teams,
    *,
    starters: Collection[str] = (EVERYONE,),
    policy: Policy | None = None,
    sandboxes: Callable[[FakeBlobs], ScriptedSandboxes] = ScriptedSandboxes,
    connected: bool = True,
    token: str = "",
    at_once: int = 8,
) -> AsyncIterator[DiscordHarness]:
    """A Roundtable on the tables in a folder; one after the other is what a restart is."""
    shelf, changes, rules = FakeBlobs(folder), Changes(), policy or Policy()
    scripted, reports = sandboxes(shelf), list[str]()
    async with Database(f"sqlite:///{folder / 'room.sqlite'}") as database:
        given = context(server, folder, database, teams=teams, policy=rules, reports=reports)
        given = replace(given, token=token or given.token)
        adapter = DiscordAdapter(given)
        courier = Courier(database, {"discord": adapter}, (0, 0))
        async with KeyedWorkers(courier.deliver, again=0.01) as deliveries:
            runner = Runner(
                database=database,
                teams=teams,
                sandboxes=scripted,
                adapters={"discord": adapter},
                changes=changes,
                keep=shelf.keep,
                price=lambda _: 0.5,
                posted=deliveries.wake,
                file_limit=FILE_LIMIT,
                run_timeout=60,
                workspace_limit=100_000_000,
                at_once=at_once,
                policy=lambda: rules,
            )
            dispatcher = LocalDispatcher(runner.run, partial(_due, database))
            intake = Intake(
                database,
                changes,
                teams.names(),
                "pair",
                FILE_LIMIT,
                dispatcher.wake,
                deliveries.wake,
                policy=lambda: rules,
                starters={"discord": starters},
            )
            async with dispatcher.started(1):
                running = asyncio.create_task(adapter.run(intake))
                try:
                    for session in await database.read(sessions.running):
                        await dispatcher.wake(session)
                    for session in await database.read(outbox.waiting):
                        deliveries.wake(session)
                    if connected:
                        await server.gateway.connected()
                    async with watchdog():
                        yield DiscordHarness(
                            server,
                            given,
                            intake,
                            adapter,
                            sandboxes=scripted,
                            shelf=shelf,
                            reader=SessionReader(database),
                            database=database,
                            reports=reports,
                        )
                finally:
                    runner.closing = True
                    running.cancel()
                    with suppress(asyncio.CancelledError):
                        await running


async def _due(database: Database, now: float) -> tuple[list[str], float | None]:
    return await database.read(sessions.due, now, {"discord"})
