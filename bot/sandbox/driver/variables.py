"""The interpreter that keeps a session's variables, and its stopped copy from before the current block."""

from __future__ import annotations

import json
import os
import select
import signal
from collections.abc import Callable
from typing import Any, Literal

from . import processes
from .child import Child, Script

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

    @property
    def pids(self) -> set[int]:
        return {pid for pid in (self.child and self.child.pid, self.copy, self.stale) if pid}

    def start(self, path: str, spare: Callable[[], Child]) -> Child:
        """Begins a block, in a clean interpreter when there is none."""
        if self.child is None:
            self.child = spare()
            self.child.send(Script(path, "python", True))
        else:
            self.child.send({"do": "block", "path": path})
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
        """Ends every process but these two; false, and they are gone as well, where they cannot be told apart."""
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
        while self.answer():
            pass
        self.child.send({"do": "copy"})
        processes.signal_one(self.child.pid, signal.SIGCONT)
        select.select([self.child.control], [], [], COPY_WITHIN)
        copy = self.answer().get("copied")
        self.can_be_copied = isinstance(copy, int) and copy > 1
        self.copy = copy if self.can_be_copied and copy != self.child.pid else None

    def answer(self) -> dict[str, Any]:
        """What the interpreter has said, if it has and in whatever way; the code in it may have said it."""
        assert self.child
        try:
            said = json.loads(os.read(self.child.control, LARGEST_ANSWER) or b"{}")
        except (OSError, ValueError, RecursionError):
            return {}
        return said if isinstance(said, dict) else {}
