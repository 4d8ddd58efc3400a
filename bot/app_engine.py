"""The engine, put together from its parts: `bot.app` makes them from the settings, tests put fakes among them."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

from bot.aio.keyed_workers import KeyedWorkers
from bot.dispatch.local_dispatcher import LocalDispatcher
from bot.domain.policy import Policy
from bot.domain.turn_results import Usage
from bot.engine.changes import Changes
from bot.engine.courier import LOOKS, Courier
from bot.engine.housekeeping import Housekeeping
from bot.engine.intake import Intake
from bot.engine.runner import Runner
from bot.engine.session_deletion import SessionDeletion
from bot.ports import ChatAdapter, Keep, Notebook, Read, Sandboxes, Teams, no_notebook
from bot.store import deletions, outbox, sessions
from bot.store.database import Database


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds, except `speed`: tests have less patience than people."""

    turn_grace: float = 5.0
    """For a turn to end by itself when the process closes; the rest of ten is for cleaning up."""
    last_posts: float = 5.0
    """In which a session that is to be deleted may still say who stopped it."""
    last_deliveries: float = 1.0
    """For deliveries to end when the process closes."""
    retry: float = 30.0
    """After which work that failed is done again."""
    queue_delay: float = 2.0
    """For which the place in a queue must have stayed the same before the thread sees it."""
    looks: Sequence[float] = LOOKS
    """Before each look at a thread after an unknown outcome of a delivery."""
    speed: float = 1.0
    """Seconds of the engine's clock in one second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineParts:
    """What an engine works with, and its limits.

    `file_limit` and `workspace_limit` are bytes, `run_timeout` seconds. With `alone`, as in a terminal, only
    sessions that something comes for in this process are run. `starters` is as in `bot.engine.admission`.
    """

    database: Database
    changes: Changes
    teams: Teams
    default_team: str
    sandboxes: Sandboxes
    adapters: Mapping[str, ChatAdapter]
    policy: Callable[[], Policy]
    price: Callable[[Usage], float | None]
    keep: Keep
    read: Read
    remove: Callable[[str, Collection[str]], Awaitable[None]]
    """Removes every file of a session, and these attached ones."""
    drop_uploads: Callable[[Collection[str]], Awaitable[None]]
    """Removes attached files that their team has."""
    sweep_uploads: Callable[[Collection[str], float], Awaitable[None]]
    """Removes attached files from before a time, except these."""
    file_limit: int
    workspace_limit: int
    run_timeout: float
    at_once: int = 8
    retention_days: int = 0
    alone: bool = False
    starters: Mapping[str, Collection[str]] = field(default_factory=dict)
    notebook: Notebook = no_notebook
    clock: Callable[[], float] = time.time
    timing: Timing = Timing()


@dataclass(frozen=True, slots=True)
class Engine:
    """A running engine: events go in through `intake`; `house` deletes what is too old or no longer needed."""

    intake: Intake
    runner: Runner
    dispatcher: LocalDispatcher
    deliveries: KeyedWorkers
    house: Housekeeping
    database: Database

    async def resume(self) -> None:
        """Continue every session, every post and every deletion that an earlier process left unfinished."""
        for which in (sessions.unfinished, deletions.all_requested):
            for session_id in await self.database.read(which):
                await self.dispatcher.wake(session_id)
        for session_id in await self.database.read(outbox.waiting):
            self.deliveries.wake(session_id)


@asynccontextmanager
async def engine(parts: EngineParts) -> AsyncIterator[Engine]:
    """Run sessions and deliver posts while the body runs."""
    timing = parts.timing
    courier = Courier(parts.database, parts.adapters, timing.looks)
    async with KeyedWorkers(courier.deliver, again=timing.retry) as deliveries:
        runner = _runner(parts, deliveries)
        mine: set[str] = set()
        due = partial(_due, parts, mine if parts.alone else None)
        dispatcher = LocalDispatcher(runner.run, due, again=timing.retry, clock=parts.clock)
        intake = _intake(parts, partial(_wake, dispatcher, mine), deliveries.wake)
        house = Housekeeping(
            parts.database, parts.retention_days, dispatcher.wake, parts.sweep_uploads, parts.clock
        )
        async with dispatcher.started(timing.turn_grace):
            try:
                yield Engine(intake, runner, dispatcher, deliveries, house, parts.database)
            finally:
                runner.closing = True
        await deliveries.close(grace=timing.last_deliveries)


async def _remove_files(parts: EngineParts, session_id: str, uploads: Collection[str]) -> None:
    parts.sandboxes.forget(session_id)
    await parts.remove(session_id, uploads)


def _runner(parts: EngineParts, deliveries: KeyedWorkers) -> Runner:
    deletion = SessionDeletion(
        parts.database,
        parts.changes,
        end_deliveries=partial(deliveries.end, grace=parts.timing.last_posts),
        remove_files=partial(_remove_files, parts),
        clock=parts.clock,
    )
    return Runner(
        database=parts.database,
        teams=parts.teams,
        sandboxes=parts.sandboxes,
        adapters=parts.adapters,
        changes=parts.changes,
        keep=parts.keep,
        read=parts.read,
        price=parts.price,
        posted=deliveries.wake,
        file_limit=parts.file_limit,
        run_timeout=parts.run_timeout,
        workspace_limit=parts.workspace_limit,
        at_once=parts.at_once,
        drop_uploads=parts.drop_uploads,
        delete=deletion.delete,
        policy=parts.policy,
        notebook=parts.notebook,
        queue_delay=parts.timing.queue_delay,
        clock=parts.clock,
    )


def _intake(parts: EngineParts, wake: Callable[[str], Awaitable[None]], posted: Callable[[str], None]) -> Intake:
    return Intake(
        parts.database,
        parts.changes,
        parts.teams.names(),
        parts.default_team,
        parts.file_limit,
        wake,
        posted,
        policy=parts.policy,
        starters=parts.starters,
        clock=parts.clock,
    )


async def _due(parts: EngineParts, among: set[str] | None, now: float) -> tuple[list[str], float | None]:
    """The sessions whose time has come, and when the next one is due, as the dispatcher has to wait for it."""
    due, following = await parts.database.read(sessions.due, now, parts.adapters, among)
    return due, None if following is None else now + (following - now) / parts.timing.speed


async def _wake(dispatcher: LocalDispatcher, mine: set[str], session_id: str) -> None:
    """Wake a session that something has come for in this process."""
    mine.add(session_id)
    await dispatcher.wake(session_id)
