"""The engine between fakes and the played Discord, so that a test reads like a conversation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot import app_engine
from bot.adapters.discord.adapter import DiscordAdapter
from bot.adapters.discord.context import AdapterContext
from bot.aio.background import running_beside
from bot.domain.policy import EVERYONE, Policy
from bot.domain.views import SessionView
from bot.engine.intake import Intake
from bot.ports import Teams
from bot.store.database import Database
from bot.store.reader import SessionReader
from bot.store.threads import StoredThreads
from tests.fakes.blob_store import FakeBlobs
from tests.fakes.engine_parts import engine_parts
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
    shelf, rules, reports = FakeBlobs(folder), policy or Policy(), list[str]()
    scripted = sandboxes(shelf)
    async with Database(f"sqlite:///{folder / 'room.sqlite'}") as database:
        given = context(server, folder, database, teams=teams, policy=rules, reports=reports)
        given = replace(given, token=token or given.token)
        adapter = DiscordAdapter(given)
        parts = engine_parts(database, folder, teams, scripted, {"discord": adapter})
        parts = replace(
            parts,
            policy=lambda: rules,
            file_limit=FILE_LIMIT,
            at_once=at_once,
            starters={"discord": starters},
        )
        async with app_engine.engine(parts) as engine, running_beside(adapter.run(engine.intake)):
            await engine.resume()
            if connected:
                await server.gateway.connected()
            async with watchdog():
                yield DiscordHarness(
                    server,
                    given,
                    engine.intake,
                    adapter,
                    sandboxes=scripted,
                    shelf=shelf,
                    reader=SessionReader(database),
                    database=database,
                    reports=reports,
                )
