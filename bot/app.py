"""The composition root: makes the engine and what it works with. `bot.app_adapters` adds the adapters."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from agents.models.prices import cost as listed
from agents.team_factory import TeamFactory
from bot.aio.keyed_workers import KeyedWorkers
from bot.dispatch.local_dispatcher import LocalDispatcher
from bot.domain.errors import OperatorError
from bot.domain.events import Usage
from bot.domain.policy import ADMIN, Policy
from bot.engine.budget import priced
from bot.engine.changes import Changes
from bot.engine.courier import Courier
from bot.engine.housekeeping import Housekeeping
from bot.engine.intake import Intake
from bot.engine.runner import Runner
from bot.engine.session_deletion import SessionDeletion
from bot.engine.session_notebook import SessionNotebook
from bot.files import work_dir
from bot.files.policy_file import PolicyFile
from bot.ports import ChatAdapter
from bot.sandbox import naming
from bot.sandbox.battery import memory
from bot.sandbox.battery.run_attacks import battery
from bot.sandbox.docker import DockerSandboxes
from bot.settings import Settings, prices
from bot.store import audit, deletions, outbox, sessions
from bot.store.database import Database
from bot.store.reader import SessionReader

_TURN_GRACE = 5.0
"""Seconds a turn may take to end by itself when the process closes; the rest of ten is for cleaning up."""
_LAST_WORDS = 5.0
"""Seconds in which a session that is to be deleted may still say who stopped it."""


@dataclass(frozen=True, slots=True)
class Base:
    """What every command that touches sessions needs."""

    settings: Settings
    database: Database
    reader: SessionReader
    changes: Changes
    roster: TeamFactory
    rules: PolicyFile

    @property
    def policy(self) -> Policy:
        """The rules in force."""
        return self.rules.current

    def blob(self, session_id: str, digest: str) -> Path | None:
        """Where the bytes of a session's file are."""
        path = work_dir.blobs(self.settings, session_id).path(digest)
        return path if path.is_file() else None


@dataclass(frozen=True, slots=True)
class Engine:
    """A running engine: events go in through `intake`."""

    intake: Intake
    resume: Callable[[], Awaitable[None]]
    """Goes on with every session, every post and every deletion that an earlier process left unfinished."""
    keep_house: Callable[[], Coroutine[None, None, None]]
    """Deletes what is too old or of no use, now and every day, until cancelled."""
    check: Callable[[], Awaitable[None]]
    """Makes one sandbox and looks how strong it is; raises OperatorError when it is too weak, else
    SandboxUnavailable when there is none."""
    supply: Callable[[], str]
    """How the supply of sandboxes has done so far, in words."""
    reread: Callable[[], Awaitable[str]]
    """Reads the rules again, notes that, and lets whom they have room for come in; says how it went."""


def rules(settings: Settings, roster: TeamFactory) -> PolicyFile:
    """What `policy.toml` says; raises OperatorError, also when new tasks go to a team that there is not."""
    if settings.roundtable_team not in roster.names():
        known = ", ".join(sorted(roster.names()))
        raise OperatorError(f"ROUNDTABLE_TEAM names no team {settings.roundtable_team!r}. Teams: {known}.")
    return PolicyFile(settings.roundtable_policy, roster.names())


@asynccontextmanager
async def base(settings: Settings) -> AsyncIterator[Base]:
    """Open the tables and read the teams; raises OperatorError."""
    roster = TeamFactory(settings)
    read = rules(settings, roster)
    async with Database(settings.database_url) as database:
        try:
            yield Base(settings, database, SessionReader(database), Changes(), roster, read)
        finally:
            await roster.close()


@asynccontextmanager
async def engine(base: Base, adapters: Mapping[str, ChatAdapter], *, alone: bool = False) -> AsyncIterator[Engine]:
    """Run sessions and deliver posts while the body runs.

    With `alone`, as in a terminal, only sessions that something comes for in this process are run.

    Raises OperatorError when another process already works on the database.
    """
    settings, database = base.settings, base.database
    courier = Courier(database, adapters)
    await database.claim()
    async with (
        DockerSandboxes(settings, settings.roundtable_work_dir, work_dir.installation(settings)) as sandboxes,
        KeyedWorkers(courier.deliver) as deliveries,
    ):
        runner = _runner(base, adapters, sandboxes, deliveries.wake)
        eraser = SessionDeletion(
            database,
            base.changes,
            runner.run,
            hush=partial(deliveries.end, grace=_LAST_WORDS),
            remove=partial(work_dir.remove, settings),
        )
        mine: set[str] = set()
        among = mine if alone else None
        dispatcher = LocalDispatcher(
            eraser.work, due=lambda now: database.read(sessions.due, now, adapters, among)
        )
        intake = _intake(base, partial(_wake, dispatcher, mine), deliveries.wake)
        house = Housekeeping(
            database,
            settings.roundtable_retention_days,
            dispatcher.wake,
            partial(work_dir.sweep_uploads, settings),
        )
        async with dispatcher.started(_TURN_GRACE):
            try:
                resume = partial(_resume, database, dispatcher, deliveries)
                supply = lambda: str(sandboxes.supply)  # noqa: E731
                yield Engine(intake, resume, house.run, sandboxes.check, supply, partial(_reread, base, runner))
            finally:
                runner.closing = True
        await deliveries.close(grace=1)


def _intake(base: Base, wake: Callable[[str], Awaitable[None]], posted: Callable[[str], None]) -> Intake:
    return Intake(
        base.database,
        base.changes,
        base.roster.names(),
        base.settings.roundtable_team,
        base.settings.roundtable_file_limit,
        wake,
        posted,
        policy=lambda: base.policy,
        starters=_starters(base),
    )


def _runner(
    base: Base, adapters: Mapping[str, ChatAdapter], sandboxes: DockerSandboxes, posted: Callable[[str], None]
) -> Runner:
    settings = base.settings
    return Runner(
        database=base.database,
        teams=base.roster,
        sandboxes=sandboxes,
        adapters=adapters,
        changes=base.changes,
        keep=partial(work_dir.keep, settings),
        price=price(settings),
        posted=posted,
        file_limit=settings.roundtable_file_limit,
        run_timeout=settings.roundtable_sandbox_timeout,
        notebook=notebooks(base),
        read=partial(_read, base),
        workspace_limit=settings.roundtable_sandbox_workspace_mb * 1_000_000,
        at_once=settings.roundtable_sessions_at_once,
        heard=partial(work_dir.drop_uploads, settings),
        policy=lambda: base.policy,
    )


async def _read(base: Base, session_id: str, digest: str) -> bytes | None:
    path = base.blob(session_id, digest)
    return None if path is None else await asyncio.to_thread(path.read_bytes)


def price(settings: Settings) -> Callable[[Usage], float | None]:
    """What an attempt at a model call costs, in dollars; None when nobody knows."""
    return priced(prices(settings.roundtable_prices), partial(listed, address=settings.openai_base_url))


async def _wake(dispatcher: LocalDispatcher, mine: set[str], session_id: str) -> None:
    """Wake a session that something has come for in this process."""
    mine.add(session_id)
    await dispatcher.wake(session_id)


async def _resume(database: Database, dispatcher: LocalDispatcher, deliveries: KeyedWorkers) -> None:
    for which in (sessions.running, deletions.all_requested):
        for session_id in await database.read(which):
            await dispatcher.wake(session_id)
    for session_id in await database.read(outbox.waiting):
        deliveries.wake(session_id)


async def _reread(base: Base, runner: Runner) -> str:
    read = await asyncio.to_thread(base.rules.reload)
    await base.database.write(audit.rules_read, read.in_force, time.time())
    runner.slots.recount()
    return read.said


def _starters(base: Base) -> Mapping[str, Collection[str]]:
    """Who may start sessions on a platform that strangers can be on: its admins, and everyone with the demo."""
    if base.roster.default_model.provider == "demo":
        return {}
    return {"discord": (ADMIN,)}


async def try_sandbox(settings: Settings) -> str:
    """Start a sandbox, check how strong it is and run a line of code in it; says how it went."""
    async with DockerSandboxes(settings, settings.roundtable_work_dir, f"doctor-{uuid.uuid4().hex}") as sandboxes:
        await sandboxes.check()
        async with sandboxes.open("doctor", ()) as sandbox:
            result = await sandbox.run("import pandas; print('pandas', pandas.__version__)", "python", 60)
        passed = memory.key(await sandboxes.facts(), battery(settings))
    if not result.ok:
        raise OperatorError(f"code does not run in the sandbox: {result.output.strip() or result.note}")
    day = memory.held_on(settings.roundtable_work_dir, passed)
    attacked = f"held against every attack on {day}" if day else "try it yourself: roundtable doctor --attack"
    image = settings.roundtable_sandbox_image
    return f"{image} runs code without network or rights; {result.output.strip()}; {attacked}"


def notebooks(base: Base) -> SessionNotebook:
    """Makes notebooks of sessions."""
    return SessionNotebook(base.reader, base.blob, partial(work_dir.keep, base.settings), naming.script)


async def known(base: Base, session_id: str) -> None:
    """Raises OperatorError when there is no such session."""
    if await base.reader.session(session_id) is None:
        raise OperatorError(f"There is no session {session_id}; `roundtable sessions list` shows them.")
