"""One program under way, as the driver sees it."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable
from typing import Any

from .child import Child
from .processes import cpu_seconds
from .wire import CHUNK, FrameWire

LITTLE = 32 * 1024
GATHER = 0.005
"""Seconds for which more output gathers after a little: a frame for every line costs far more than the line."""


class Program:
    """One program under way: its process, its output, what ended it, and what it has used.

    A block of an interpreter ends with an `answer`, any other program with its process's `status`. `cpu` is in
    seconds, of all its processes; `memory` in bytes, of the largest that has ended; `printed` in bytes.
    """

    def __init__(
        self,
        wire: FrameWire,
        deaths: int,
        child: Child,
        cap: int,
        answer: Callable[[], dict[str, Any] | None] | None,
    ) -> None:
        self.wire = wire
        self.deaths = deaths
        self.child = child
        self.output = os.dup(child.output)
        self.left = cap
        self.take_answer = answer
        self.answer: dict[str, Any] = {}
        self.status: int | None = None
        self.cpu_before = cpu_seconds(child.pid)
        self.printed = 0
        self.cpu = 0.0
        self.memory = 0
        self.ended = "itself"

    def watch(self, deadline: float) -> None:
        """Returns when the program has ended, or has to."""
        everything, news = select.poll(), select.poll()
        for source in (self.wire.incoming, self.deaths, *([self.child.control] if self.take_answer else [])):
            everything.register(source, select.POLLIN)
            news.register(source, select.POLLIN)
        everything.register(self.output, select.POLLIN)
        gathers = False
        while self.status is None and not self.answer and self.ended == "itself":
            left = deadline - time.monotonic()
            if left <= 0:
                self.ended = "time"
                return
            events = news.poll(min(left, GATHER) * 1000) if gathers else everything.poll(left * 1000)
            gathers = False
            for source, _ in events:
                if source == self.output:
                    passed = self.pass_on()
                    gathers = 0 < passed < LITTLE
                    if not passed:
                        everything.unregister(self.output)
                elif source == self.deaths:
                    self.reap()
                elif source == self.child.control:
                    self.take(everything, news)
                elif source == self.wire.incoming:
                    self.hear(self.wire.request()["do"])

    def take(self, *polls: select.poll) -> None:
        """Takes the interpreter's answer; one that has closed its end is not listened to any more."""
        assert self.take_answer
        answer = self.take_answer()
        if answer is None:
            for poll in polls:
                poll.unregister(self.child.control)
        self.answer = answer or {}

    def hear(self, wish: str) -> None:
        """What the bot wants of a program under way: its end, or to know that all is well."""
        if wish == "kill":
            self.ended = "stopped"
        elif wish == "alive":
            self.wire.reply("busy")

    def pass_on(self) -> int:
        """Sends one chunk of output; its length, 0 when there is none to be had."""
        try:
            chunk = os.read(self.output, CHUNK)
        except BlockingIOError:
            return 0
        self.printed += len(chunk)
        if chunk and self.left:
            self.wire.data(chunk[: self.left])
        if len(chunk) > self.left and self.ended == "itself":
            self.ended = "output"
        self.left = max(0, self.left - len(chunk))
        return len(chunk)

    def reap(self) -> None:
        try:
            while os.read(self.deaths, 4096):
                pass
        except BlockingIOError:
            pass
        while self.bury(os.WNOHANG):
            pass

    def bury(self, options: int) -> bool:
        """Collects one dead child; false when there is none."""
        try:
            pid, status, used = os.wait4(-1, options)
        except ChildProcessError:
            return False
        if pid == self.child.pid:
            self.status = status
            self.cpu -= self.cpu_before
        if pid:
            self.cpu += used.ru_utime + used.ru_stime
            self.memory = max(self.memory, used.ru_maxrss * 1024)
        return pid != 0

    def exit_code(self) -> int:
        """As a shell has it: 128 + n for signal n."""
        if self.status is None:
            code = self.answer.get("done")
            return code if isinstance(code, int) and 0 <= code <= 255 else 1
        code = os.waitstatus_to_exitcode(self.status)
        return code if code >= 0 else 128 - code

    def used(self) -> dict[str, int]:
        if self.status is None:
            self.cpu += cpu_seconds(self.child.pid) - self.cpu_before
        return {"cpu_ms": max(0, round(self.cpu * 1000)), "memory": self.memory, "printed": self.printed}

    def close(self) -> None:
        """Takes what output is still in the pipe, and gives it up."""
        while self.pass_on():
            pass
        os.close(self.output)


def count_oom_kills() -> int:
    """How often the kernel killed for memory in this container; always 0 where it does not tell (gVisor)."""
    for source in ("/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control"):
        try:
            with open(source) as lines:
                return next(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))
        except (OSError, StopIteration):
            continue
    return 0
