"""Carries runs out, several at a time, and keeps the record of each before it is told of."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from bot.errors import OperatorError, RoundtableError
from bot.evaluate.record import Record
from bot.evaluate.records import Records
from bot.evaluate.runs import Run


async def carry_out(
    todo: Iterable[Run],
    play: Callable[[Run], Awaitable[Record]],
    records: Records,
    *,
    at_once: int,
    begun: Callable[[Run], None],
    done: Callable[[Run, Record], None],
) -> None:
    """Play every run, `at_once` at a time; raises OperatorError for a task that cannot be given."""
    waiting, writing = iter(todo), asyncio.Lock()

    async def work() -> None:
        for run in waiting:
            begun(run)
            record = await _played(play, run)
            async with writing:
                await asyncio.to_thread(records.add, record)
            done(run, record)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(work())
    except* RoundtableError as errors:
        raise errors.exceptions[0] from None


async def _played(play: Callable[[Run], Awaitable[Record]], run: Run) -> Record:
    try:
        return await play(run)
    except RoundtableError as error:
        raise OperatorError(f"task {run.case.task.name}: {error}") from None
