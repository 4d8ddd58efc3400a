"""Runs a session: plan, one turn, one commit, until there is nothing left to do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import PurePosixPath
from typing import TypeAlias

from sqlalchemy import Connection

from bot.audit import ROUNDTABLE, Paused
from bot.engine import attachments
from bot.engine.attachments import Arrived
from bot.engine.changes import Changes
from bot.engine.floor import Floor, queued
from bot.engine.places import Places
from bot.engine.plan import End, TakeTurn, after, plan
from bot.engine.setbacks import Pause, setback
from bot.engine.sitting import Sitting
from bot.engine.summary import add_costs, summary
from bot.errors import BadInput, Stopped, TurnCrashed, TurnError
from bot.events import Code, Hint, ThreadRef, TurnResult, Usage
from bot.ports import ChatAdapter, Keep, Sandboxes, Team, TeamLimits, Teams
from bot.posts import Post, StatusPost
from bot.store import audit, inbox, ledger, outbox, runs, turns
from bot.store import sessions as rows
from bot.store.database import Database
from bot.store.inbox import Pending
from bot.store.sessions import Session

Hints: TypeAlias = asyncio.Queue[tuple[ThreadRef, Hint]]


async def _nobody(_refs: Collection[str]) -> None:
    return None


@dataclass(slots=True)
class Runner:
    """Runs sessions one turn at a time; `posted` is told of each session that has posts to deliver.

    `file_limit` and `workspace_limit` are bytes, of one attached file and of all files of a session; at most
    `at_once` sessions have a team and a sandbox at a time, the others queue.
    """

    database: Database
    teams: Teams
    sandboxes: Sandboxes
    adapters: Mapping[str, ChatAdapter]
    changes: Changes
    keep: Keep
    price: Callable[[Usage], float | None]
    posted: Callable[[str], None]
    file_limit: int
    run_timeout: float
    workspace_limit: int = 256_000_000
    at_once: int = 8
    heard: Callable[[Collection[str]], Awaitable[None]] = _nobody
    """Told the refs of attached files once the turn that took them in is committed."""
    clock: Callable[[], float] = time.time
    closing: bool = field(default=False, init=False)
    """Set to let sessions rest at the next turn's end."""
    places: Places = field(init=False)

    def __post_init__(self) -> None:
        self.places = Places(self.at_once)

    async def run(self, session_id: str, woken: asyncio.Event) -> None:
        """Take steps until the session rests or the process closes; `woken` is set when something happened."""
        hints: Hints = asyncio.Queue()
        async with (
            Sitting(session_id, self.database, self.teams, self.sandboxes, self.places) as sitting,
            _alongside(self._show(hints)),
        ):
            while not self.closing:
                woken.clear()
                session, pending = await self.database.read(_look, session_id)
                match plan(session, pending, self._limits(session.team), self.clock()):
                    case End() as end:
                        await self._end(session, end, heard=_before(end, pending))
                    case TakeTurn() as take if session.thread.platform in self.adapters:
                        if await sitting.seated(woken, partial(_queue, hints, session.thread)):
                            await self._turn(session, take, sitting, woken, hints)
                    case _:
                        return

    def _limits(self, team: str) -> TeamLimits | None:
        try:
            return self.teams.limits(team)
        except BadInput:
            return None

    async def _show(self, hints: Hints) -> None:
        thread: ThreadRef | None = None
        try:
            while True:
                thread, hint = await hints.get()
                await self.adapters[thread.platform].hint(thread, hint)
        finally:
            if thread is not None:
                await self.adapters[thread.platform].hint(thread, Hint(""))

    async def _turn(
        self, session: Session, take: TakeTurn, sitting: Sitting, woken: asyncio.Event, hints: Hints
    ) -> None:
        floor = self._floor(session, sitting, hints)
        try:
            arrived, result = await self._play(session, take, sitting, woken, floor)
            await self._commit(session, take, arrived, result, floor)
        except Exception as error:
            sitting.spoil()
            await self._failed(session, error, floor, heard=max((seq for seq, _ in take.heard), default=0))

    async def _play(
        self, session: Session, take: TakeTurn, sitting: Sitting, woken: asyncio.Event, floor: Floor
    ) -> tuple[Arrived, TurnResult]:
        try:
            async with _alongside(self._listen(session.id, floor, woken)):
                arrived, team = await floor.unless_stopped(self._prepare(session, take, sitting, floor))
                result = await team.turn(arrived.messages, floor)
        except Exception as error:
            if floor.is_stopped:
                raise Stopped("stopped", _usage(error)) from error
            if floor.failure is not None:
                raise floor.failure from error
            raise
        if floor.is_stopped:
            raise Stopped("stopped", result.usage)
        return arrived, result

    def _floor(self, session: Session, sitting: Sitting, hints: Hints) -> Floor:
        limits = self._limits(session.team)
        cap = limits.token_cap if limits else 0
        return Floor(
            session.id,
            session.turns + 1,
            sitting=sitting,
            database=self.database,
            tokens_left=cap - (session.tokens - session.opened_tokens),
            timeout=self.run_timeout,
            show=lambda hint: hints.put_nowait((session.thread, hint)),
            price=self.price,
            keep=self.keep,
            clock=self.clock,
        )

    async def _prepare(
        self, session: Session, take: TakeTurn, sitting: Sitting, floor: Floor
    ) -> tuple[Arrived, Team]:
        arrived = await self._arrive(session, take)
        await sitting.bring(arrived.files)
        if arrived.files:
            sandbox = await floor.open_sandbox()
            arrived = attachments.with_cards(
                arrived, [await sandbox.card(PurePosixPath(file.path)) for file, _ in arrived.files]
            )
        await self._announce(session, take, arrived)
        return arrived, await sitting.team(session.team)

    async def _announce(self, session: Session, take: TakeTurn, arrived: Arrived) -> None:
        """Say what there is to say of files before the team speaks, and once, however often the turn is tried."""
        if not (posts := attachments.posts(arrived)):
            return
        heard = min((seq for seq, _ in take.heard), default=0)
        if await self.database.write(outbox.add_once, session.id, posts, heard, self.clock()):
            self._tell(session.id)

    async def _arrive(self, session: Session, take: TakeTurn) -> Arrived:
        messages = [message for _, message in take.heard]
        if not any(message.files for message in messages):
            return Arrived(tuple(messages), (), ())
        files = await self.database.read(turns.workspace, session.id)
        return await attachments.fetch_all(
            messages,
            session.id,
            self.adapters[session.thread.platform].fetch,
            self.keep,
            limit=self.file_limit,
            room=self.workspace_limit - sum(file.size for file in files),
        )

    async def _listen(self, session_id: str, floor: Floor, woken: asyncio.Event) -> None:
        while True:
            await woken.wait()
            woken.clear()
            if await self.database.read(inbox.stop_waits, session_id):
                await floor.stop()
                return

    async def _commit(
        self, session: Session, take: TakeTurn, arrived: Arrived, result: TurnResult, floor: Floor
    ) -> None:
        now = self.clock()
        number = session.turns + 1
        costs = [(usage, self.price(usage)) for usage in result.usage]
        what_follows = after(session, result)
        posts: list[Post] = list(what_follows.posts)
        if what_follows.outcome is not None:
            spent = await self.database.read(_spent, session, floor.reserved)
            posts.append(
                summary(
                    session,
                    what_follows.outcome,
                    "The team has finished.",
                    now=now,
                    turns=number,
                    tokens=session.tokens + sum(usage.tokens for usage in result.usage),
                    cost=add_costs(spent, costs),
                )
            )
        turn = turns.Turn(
            session=session.id,
            number=number,
            result=result,
            heard=[seq for seq, _ in take.heard],
            attached=[artifact for artifact, _ in arrived.files],
            costs=costs,
            reserved=floor.reserved,
            posts=posts,
            status=what_follows.status,
            outcome=what_follows.outcome,
            last_error=what_follows.last_error,
            errors_in_row=what_follows.errors_in_row,
        )
        if not await self.database.write(turns.commit, turn, now):
            raise Stopped("stopped", result.usage)
        await self.heard([file.ref for _, message in take.heard for file in message.files])
        self._tell(session.id)

    async def _failed(self, session: Session, error: Exception, floor: Floor, *, heard: int) -> None:
        now = self.clock()
        if isinstance(error, Stopped) and not await self.database.read(inbox.stop_waits, session.id):
            error = TurnCrashed("the turn was cancelled, and by no person", error.usage)
        costs = [(attempt, self.price(attempt)) for attempt in _usage(error)]
        await self.database.write(_book, session, floor.reserved, costs, now)
        limits = self._limits(session.team)
        match setback(session, error, now, limits.token_cap if limits else 0):
            case End() as end:
                session, pending = await self.database.read(_look, session.id)
                await self._end(session, end, heard=_before(end, pending))
            case Pause() as pause:
                await self.database.write(_pause, session, pause, heard, now)
                self._tell(session.id)
            case None:
                pass

    async def _end(self, session: Session, end: End, *, heard: int) -> None:
        """End the session; messages up to number `heard` do not start it again."""
        now = self.clock()
        spent = await self.database.read(ledger.cost, session.id, session.opened_at)
        closing_line = summary(
            session, end.outcome, end.text, now=now, turns=session.turns, tokens=session.tokens, cost=spent
        )
        await self.database.write(_end, session, end, closing_line, heard=heard, now=now)
        self._tell(session.id)

    def _tell(self, session_id: str) -> None:
        self.changes.tell(session_id)
        self.posted(session_id)


def _queue(hints: Hints, thread: ThreadRef, ahead: int) -> None:
    hints.put_nowait((thread, queued(ahead)))


def _usage(error: Exception) -> Sequence[Usage]:
    return error.usage if isinstance(error, TurnError) else ()


def _look(connection: Connection, session_id: str) -> tuple[Session, list[Pending]]:
    session = rows.get(connection, session_id)
    assert session is not None, f"session {session_id} has no row"
    return session, inbox.pending(connection, session_id)


def _before(end: End, pending: Sequence[Pending]) -> int:
    """The last message that does not open the session again: at a limit that is whatever waits to be heard."""
    return 0 if end.outcome == "stopped" else max((item.seq for item in pending), default=0)


def _spent(connection: Connection, session: Session, reserved: Sequence[int]) -> float | None:
    """The dollars since the session was opened, without what is only reserved."""
    return ledger.cost(connection, session.id, session.opened_at, but=reserved)


def _book(
    connection: Connection,
    session: Session,
    reserved: Sequence[int],
    costs: Sequence[tuple[Usage, float | None]],
    now: float,
) -> None:
    ledger.release(connection, session.id, reserved)
    ledger.add(connection, session.id, session.turns + 1, costs, now)


def _pause(connection: Connection, session: Session, pause: Pause, heard: int, now: float) -> None:
    if pause.text != session.why_paused:
        outbox.add(connection, session.id, [StatusPost(pause.text)], now)
        audit.add(connection, session.id, ROUNDTABLE, Paused(pause.wake_at), now)
    rows.pause(connection, session.id, pause.text, pause.wake_at, now=now, after_seq=heard)


def _end(
    connection: Connection, session: Session, end: End, closing_line: Post, *, heard: int, now: float
) -> None:
    rows.hold(connection, session.id)
    last_stop = inbox.consume_stops(connection, session.id, session.turns)
    if end.outcome == "stopped" and isinstance(turns.last(connection, session.id), Code):
        runs.stop(connection, session.id, session.turns + 1, now)
    outbox.add(connection, session.id, [closing_line], now)
    reopened = rows.settle(connection, session.id, "ended", end.outcome, now=now, after_seq=max(last_stop, heard))
    audit.ended(connection, session.id, ROUNDTABLE, end.outcome, now, reopened=reopened)


@asynccontextmanager
async def _alongside(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Do `work` while the body runs; it is cancelled when the body ends."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled() and (error := task.exception()):
            raise error
