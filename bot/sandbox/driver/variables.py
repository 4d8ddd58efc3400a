"""The interpreter that keeps a session's variables, and its stopped copy from before the current block."""

from __future__ import annotations

import json
import os
import select
import signal
import time
from collections.abc import Callable
from typing import Any, Literal

from . import processes
from .child import FIRST_JOB, Child, Script

COPY_WITHIN = 1.0
LARGEST_ANSWER = 4096

Variables = Literal["kept", "restored", "lost"]


class KeptInterpreter:
    """Between two runs the interpreter and its copies are the only processes, and all are stopped.

    They share their descriptors, so that the copy can take the interpreter's place. A stale copy, of before the
    last block, waits to be killed until there is time for it: it takes some milliseconds to die.
    """

    def __init__(self) -> None:
        self.child: Child | None = None
        self.copy: int | None = None
        self.stale: int | None = None
        self.can_be_copied = False
        self.number = FIRST_JOB

    @property
    def pids(self) -> set[int]:
        return {pid for pid in (self.child and self.child.pid, self.copy, self.stale) if pid}

    def start(self, path: str, spare: Callable[[], Child]) -> Child:
        """Begins a block, in a clean interpreter when there is none."""
        if self.child is None:
            self.child, self.number = spare(), FIRST_JOB
            self.child.send(Script(path, "python", True))
        else:
            self.number += 1
            self.child.send({"do": "block", "path": path, "number": self.number})
            processes.signal_one(self.child.pid, signal.SIGCONT)
        return self.child

    def finish(self, bury: Callable[[], None]) -> Variables:
        """After a block that ended: everything else is killed, and the copy from before it is stale."""
        self.copy, self.stale = None, self.copy
        return "kept" if self.settle(bury) else "lost"

    def fall_back(self, bury: Callable[[], None]) -> Variables:
        """After a block that died or has to: the copy takes the interpreter's place."""
        assert self.child
        processes.signal_one(self.child.pid, signal.SIGKILL)
        if self.copy is None:
            self.drop(bury)
            return "lost"
        self.child, self.copy = self.child._replace(pid=self.copy), None
        self.can_be_copied = True
        return "restored" if self.settle(bury) else "lost"

    def settle(self, bury: Callable[[], None]) -> bool:
        """Ends every process but the interpreter and its copies; false, and these are gone too, if that fails."""
        if self.child is None:
            processes.end_all(bury)
            return True
        if processes.end_all_but(self.pids, bury):
            return True
        self.drop(bury)
        return False

    def drop(self, bury: Callable[[], None]) -> None:
        """Nothing is kept."""
        processes.end_all(bury)
        if self.child:
            self.child.close()
        self.child = self.copy = self.stale = None

    def make_copy(self, bury: Callable[[], None]) -> None:
        """Has the interpreter fork, for a block that will have to be undone; the stale copy goes."""
        stale, self.stale = self.stale, None
        if stale:
            processes.signal_one(stale, signal.SIGKILL)
        can_fork = self.child is not None and self.copy is None and self.can_be_copied
        if can_fork:
            self.ask_for_copy()
        if stale or can_fork:
            self.settle(bury)

    def ask_for_copy(self) -> None:
        """Continues the interpreter until it has forked, or has had the time for it."""
        assert self.child
        self.number += 1
        self.child.send({"do": "copy", "number": self.number})
        processes.signal_one(self.child.pid, signal.SIGCONT)
        copy = self.wait_for_answer(COPY_WITHIN).get("copied")
        self.can_be_copied = isinstance(copy, int) and copy > 1 and copy != self.child.pid
        self.copy = copy if self.can_be_copied else None

    def wait_for_answer(self, seconds: float) -> dict[str, Any]:
        """The answer to the newest job; empty when there is none in time, or none to be had."""
        assert self.child
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            select.select([self.child.control], [], [], left)
            answer = self.answer()
            if answer is None or answer:
                return answer or {}
        return {}

    def answer(self) -> dict[str, Any] | None:
        """The answer to the newest job, empty while there is none; None when none can come any more.

        The code that runs may have said it, in whatever way; answers to earlier jobs are passed over.
        """
        assert self.child
        while True:
            try:
                raw = os.read(self.child.control, LARGEST_ANSWER)
            except BlockingIOError:
                return {}
            except OSError:
                return None
            if not raw and is_hung_up(self.child.control):
                return None
            if said := parsed(raw, self.number):
                return said


def is_hung_up(control: int) -> bool:
    """Whether all others have closed their end; an empty message reads the same."""
    poll = select.poll()
    poll.register(control, 0)
    return any(events & select.POLLHUP for _, events in poll.poll(0))


def parsed(raw: bytes, number: int) -> dict[str, Any]:
    """An answer to the job of this number; empty when it is none."""
    try:
        said = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) and said.get("job") == number else {}
