"""Runs several runs at a time, and keeps the record of each before it is shown."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from bot.evaluate.record import RunRecord
from bot.evaluate.records import RecordFile
from bot.evaluate.run_matrix import EvaluationRun


async def carry_out(
    todo: Iterable[EvaluationRun],
    play: Callable[[EvaluationRun], Awaitable[RunRecord]],
    records: RecordFile,
    *,
    at_once: int,
    begun: Callable[[EvaluationRun], None],
    done: Callable[[EvaluationRun, RunRecord], None],
) -> None:
    """Play every run, `at_once` at a time.

    After an error no other run begins, the current ones are kept when they are done, and then it is raised.
    """
    waiting, writing, errors = iter(todo), asyncio.Lock(), list[Exception]()

    async def work() -> None:
        for run in waiting:
            begun(run)
            try:
                record = await play(run)
                async with writing:
                    await asyncio.to_thread(records.add, record)
                done(run, record)
            except Exception as error:
                errors.append(error)
            if errors:
                return

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(work())
    if errors:
        raise errors[0]
