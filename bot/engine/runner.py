"""Runs a session: plan, one turn, one commit, until there is nothing left to do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from sqlalchemy import Connection

from bot.engine import attachments
from bot.engine.attachments import Arrived
from bot.engine.changes import Changes
from bot.engine.floor import Floor
from bot.engine.plan import End, Rest, TakeTurn, after, plan
from bot.engine.setbacks import Pause, setback
from bot.engine.sitting import Sitting
from bot.engine.summary import add_costs, summary
from bot.errors import Stopped, TurnError
from bot.events import Code, Hint, TurnResult, Usage
from bot.ports import ChatAdapter, Keep, Sandboxes, Teams
from bot.posts import Post, StatusPost
from bot.store import inbox, ledger, outbox, runs, turns
from bot.store import sessions as rows
from bot.store.database import Database
from bot.store.inbox import Pending
from bot.store.sessions import Session


@dataclass(slots=True)
class Runner:
    """Runs sessions one turn at a time; `posted` is told of each session that has posts to deliver."""

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
    closing: bool = field(default=False, init=False)
    """Set to let sessions rest at the next turn's end."""

    async def run(self, session_id: str, woken: asyncio.Event) -> None:
        """Take steps until the session rests or the process closes; `woken` is set when something happened."""
        async with Sitting(session_id, self.database, self.teams, self.sandboxes) as sitting:
            while not self.closing:
                woken.clear()
                session, pending = await self.database.read(_look, session_id)
                match plan(session, pending, self.teams.limits(session.team), time.time()):
                    case Rest():
                        return
                    case End() as end:
                        await self._end(session, end)
                    case TakeTurn() as take:
                        await self._turn(session, take, sitting, woken)

    async def _turn(self, session: Session, take: TakeTurn, sitting: Sitting, woken: asyncio.Event) -> None:
        try:
            arrived = await self._arrive(session, take)
            result = await self._play(session, arrived, sitting, woken)
        except Exception as error:
            sitting.forget_team()
            await self._failed(session, error)
        else:
            await self._commit(session, take, arrived, result)

    async def _arrive(self, session: Session, take: TakeTurn) -> Arrived:
        fetch = self.adapters[session.thread.platform].fetch
        messages = [message for _, message in take.heard]
        return await attachments.fetch_all(messages, session.id, fetch, self.keep, self.file_limit)

    async def _play(
        self, session: Session, arrived: Arrived, sitting: Sitting, woken: asyncio.Event
    ) -> TurnResult:
        hints: asyncio.Queue[Hint] = asyncio.Queue()
        limits = self.teams.limits(session.team)
        floor = Floor(
            session.id,
            session.turns + 1,
            sitting=sitting,
            database=self.database,
            attached=arrived.files,
            tokens_left=limits.token_cap - (session.tokens - session.opened_tokens),
            timeout=self.run_timeout,
            speaking=lambda agent: hints.put_nowait(Hint(agent)),
        )
        team = await sitting.team(session.team)
        async with _alongside(self._listen(session.id, floor, woken)), _alongside(self._show(session, hints)):
            try:
                result = await team.turn(arrived.messages, floor)
            except Exception as error:
                if floor.is_stopped:
                    raise Stopped("stopped", _usage(error)) from error
                raise floor.failure or error from None
        if floor.is_stopped:
            raise Stopped("stopped", result.usage)
        return result

    async def _listen(self, session_id: str, floor: Floor, woken: asyncio.Event) -> None:
        while True:
            await woken.wait()
            woken.clear()
            if await self.database.read(inbox.stop_waits, session_id):
                await floor.stop()
                return

    async def _show(self, session: Session, hints: asyncio.Queue[Hint]) -> None:
        adapter = self.adapters[session.thread.platform]
        try:
            while True:
                await adapter.hint(session.thread, await hints.get())
        finally:
            await adapter.hint(session.thread, Hint(""))

    async def _commit(self, session: Session, take: TakeTurn, arrived: Arrived, result: TurnResult) -> None:
        now = time.time()
        number = session.turns + 1
        costs = [(usage, self.price(usage)) for usage in result.usage]
        what_follows = after(session, result)
        posts: list[Post] = [StatusPost(note) for note in arrived.notes]
        posts += what_follows.posts
        if what_follows.outcome is not None:
            spent = await self.database.read(ledger.cost, session.id, session.opened_at)
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
            posts=posts,
            status=what_follows.status,
            outcome=what_follows.outcome,
            last_error=what_follows.last_error,
            errors_in_row=what_follows.errors_in_row,
        )
        await self.database.write(turns.commit, turn, now)
        self._tell(session.id)

    async def _failed(self, session: Session, error: Exception) -> None:
        now = time.time()
        costs = [(attempt, self.price(attempt)) for attempt in _usage(error)]
        await self.database.write(ledger.add, session.id, session.turns + 1, costs, now)
        match setback(session, error, self.teams.limits(session.team), now):
            case None:
                return
            case End() as end:
                session, _ = await self.database.read(_look, session.id)
                await self._end(session, end)
            case Pause() as pause:
                await self.database.write(_pause, session, pause, now)
                self._tell(session.id)

    async def _end(self, session: Session, end: End) -> None:
        now = time.time()
        spent = await self.database.read(ledger.cost, session.id, session.opened_at)
        closing_line = summary(
            session, end.outcome, end.text, now=now, turns=session.turns, tokens=session.tokens, cost=spent
        )
        await self.database.write(_end, session, end, closing_line, now)
        self._tell(session.id)

    def _tell(self, session_id: str) -> None:
        self.changes.tell(session_id)
        self.posted(session_id)


def _usage(error: Exception) -> Sequence[Usage]:
    return error.usage if isinstance(error, TurnError) else ()


def _look(connection: Connection, session_id: str) -> tuple[Session, list[Pending]]:
    session = rows.get(connection, session_id)
    assert session is not None, f"session {session_id} has no row"
    return session, inbox.pending(connection, session_id)


def _pause(connection: Connection, session: Session, pause: Pause, now: float) -> None:
    if pause.text != session.why_paused:
        outbox.add(connection, session.id, [StatusPost(pause.text)], now)
    rows.pause(connection, session.id, pause.text, pause.wake_at, now)


def _end(connection: Connection, session: Session, end: End, closing_line: Post, now: float) -> None:
    inbox.consume(connection, session.id, end.stops, session.turns)
    if end.outcome == "stopped" and isinstance(turns.last(connection, session.id), Code):
        runs.stop(connection, session.id, session.turns + 1, now)
    outbox.add(connection, session.id, [closing_line], now)
    rows.settle(connection, session.id, "ended", end.outcome, now=now, after_seq=max(end.stops, default=0))


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
