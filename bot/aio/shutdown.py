"""The end of a process: asked for by a signal, and in time whatever hangs.

The tables are the truth and a process may die at any line, so what does not end by itself can be left.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any, TypeVar

from bot.aio.cancellation import end

log = logging.getLogger(__name__)

T = TypeVar("T")

SECONDS = 9.0
"""How long a process that is asked to end may take; people and service managers are promised ten seconds."""
_LAST_WORDS = 0.2
_LEFT = "Something has not ended within %g s and is left as it is; nothing is lost."
_TASKS = 1.0
"""Seconds that the remaining tasks have once the main one has ended."""


class Deadline:
    """Ends the process when it has not ended by itself so many seconds after `begin`.

    Its thread starts at once, and waits at a queue that a signal's handler may fill.
    """

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._begun: SimpleQueue[int] = SimpleQueue()
        threading.Thread(target=self._watch, name="deadline", daemon=True).start()

    def begin(self, code: int) -> None:
        """Start the time; `code` is the exit code. Only the first call counts."""
        self._begun.put(code)

    def _watch(self) -> None:
        code = self._begun.get()
        time.sleep(self._seconds)
        # What hangs may hold the log as well.
        threading.Thread(target=log.critical, args=[_LEFT, self._seconds], daemon=True).start()
        time.sleep(_LAST_WORDS)
        os._exit(code)


@contextmanager
def on_signals(acts: Mapping[signal.Signals, Callable[[], object]]) -> Iterator[None]:
    """Have these called when signals come, also while something blocks the loop.

    They may interrupt any line of code: all they may do is to set a flag.
    """

    def handler(act: Callable[[], object]) -> Callable[[int, Any], object]:
        return lambda _number, _frame: act()

    before = {number: signal.signal(number, handler(act)) for number, act in acts.items()}
    try:
        yield
    finally:
        for number, handled in before.items():
            signal.signal(number, handled)


def run(main: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run`, but tasks that do not end when they are cancelled are left behind, with their loop."""
    runner = asyncio.Runner()
    try:
        return runner.run(main)
    finally:
        if runner.run(_all_ended()):
            runner.close()
        else:
            # Nothing runs them any more, and the log has said that they did not end.
            runner.get_loop().set_exception_handler(lambda _loop, _context: None)


async def _all_ended() -> bool:
    return await end(*(asyncio.all_tasks() - {asyncio.current_task()}), within=_TASKS)
