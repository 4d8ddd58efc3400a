"""Work that follows an acknowledgement and that nobody waits for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, Self

log = logging.getLogger(__name__)


class BackgroundTasks:
    """Owns such tasks while it is open; one that fails is logged."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._open = False

    async def __aenter__(self) -> Self:
        self._open = True
        return self

    async def __aexit__(self, *_: object) -> None:
        self._open = False
        await self._end()

    def start(self, work: Coroutine[Any, Any, Any]) -> None:
        """Do it now, beside everything else."""
        if not self._open:
            work.close()
            return
        task = asyncio.create_task(self._do(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _end(self) -> None:
        tasks = set(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _do(self, work: Coroutine[Any, Any, Any]) -> None:
        try:
            await work
        except Exception as error:
            log.warning("a call to Slack failed: %s", error)
