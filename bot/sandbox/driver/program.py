"""One program under way, as the driver sees it."""

from __future__ import annotations

import os
import select
import signal
import time

from .wire import CHUNK, FrameWire


class Program:
    """One program under way: its process, its output, what ended it, and what it has used.

    `cpu` is in seconds, of all its processes; `memory` in bytes, of the largest; `printed` in bytes.
    """

    def __init__(self, wire: FrameWire, deaths: int, pid: int, output: int, cap: int) -> None:
        self.wire = wire
        self.deaths = deaths
        self.pid = pid
        self.output = output
        self.left = cap
        self.status: int | None = None
        self.printed = 0
        self.cpu = 0.0
        self.memory = 0
        self.ended = "itself"

    def watch(self, deadline: float) -> None:
        """Comes back when the program has ended, or has to."""
        poll = select.poll()
        for source in (self.wire.incoming, self.deaths, self.output):
            poll.register(source, select.POLLIN)
        while self.status is None and self.ended == "itself":
            left = deadline - time.monotonic()
            if left <= 0:
                self.ended = "time"
                return
            for source, _ in poll.poll(left * 1000):
                if source == self.output and not self.pass_on():
                    poll.unregister(self.output)
                elif source == self.deaths:
                    self.reap()
                elif source == self.wire.incoming and self.wire.request()["do"] == "kill":
                    self.ended = "stopped"

    def pass_on(self) -> bool:
        """Sends one chunk of output; false when there is none to be had."""
        try:
            chunk = os.read(self.output, CHUNK)
        except BlockingIOError:
            return False
        self.printed += len(chunk)
        if chunk and self.left:
            self.wire.data(chunk[: self.left])
        if len(chunk) > self.left and self.ended == "itself":
            self.ended = "output"
        self.left = max(0, self.left - len(chunk))
        return bool(chunk)

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
        if pid == self.pid:
            self.status = status
        if pid:
            self.cpu += used.ru_utime + used.ru_stime
            self.memory = max(self.memory, used.ru_maxrss * 1024)
        return pid != 0

    def used(self) -> dict[str, int]:
        return {"cpu_ms": round(self.cpu * 1000), "memory": self.memory, "printed": self.printed}

    def finish(self) -> None:
        """Leaves no process behind, daemons and all, then takes what output is still in the pipe."""
        try:
            while True:
                os.kill(-1, signal.SIGKILL)
                while self.bury(0):
                    pass
        except ProcessLookupError:
            self.reap()
        while self.pass_on():
            pass


def exit_code(status: int | None) -> int:
    """As a shell has it: 128 + n for signal n."""
    code = os.waitstatus_to_exitcode(status or 0)
    return code if code >= 0 else 128 - code


def count_oom_kills() -> int:
    """How often the kernel killed for memory in this container; always 0 where it does not tell (gVisor)."""
    for source in ("/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control"):
        try:
            with open(source) as lines:
                return next(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))
        except (OSError, StopIteration):
            continue
    return 0
