"""The processes of the container besides the driver, as the kernel shows them."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator, Set

PATIENCE = 3.0
"""Seconds that processes which are killed or stopped have to be so; a fork bomb needs nearly all of it."""
PAUSE = 0.0002
DEAD = ("Z", "X", "")
TICKS = os.sysconf("SC_CLK_TCK")


def end_all_but(keep: Set[int], bury: Callable[[], None]) -> bool:
    """Kills every process but those to keep, which are stopped; false, and all are dead, if that takes too long.

    `bury` collects the dead children of this process.
    """
    deadline = time.monotonic() + PATIENCE
    while keep and time.monotonic() < deadline:
        signal_all(signal.SIGSTOP)  # what is stopped cannot fork faster than it is killed
        alive = set(living())
        # Twice: what died after the first look may have continued one of them.
        if alive == keep and all(is_stopped(pid) for pid in [*keep, *keep]):
            bury()
            return True
        if not keep <= alive:
            break
        for pid in alive - keep:
            signal_one(pid, signal.SIGKILL)
        bury()
        time.sleep(PAUSE)
    end_all(bury)
    return False


def end_all(bury: Callable[[], None]) -> None:
    while signal_all(signal.SIGKILL):
        bury()
        time.sleep(PAUSE)
    bury()


def signal_all(number: int) -> bool:
    """Whether there was any process but this one."""
    try:
        os.kill(-1, number)
    except ProcessLookupError:
        return False
    return True


def signal_one(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def living() -> Iterator[int]:
    """Every process but this one that is not dead; zombies are, unless a thread of theirs goes on."""
    for name in os.listdir("/proc"):
        if name.isdecimal() and name != "1" and not is_dead(name):
            yield int(name)


def is_dead(pid: str) -> bool:
    """Whether no thread of a process runs any more; its first one may have ended before the others."""
    if state(f"/proc/{pid}") not in DEAD:
        return False
    try:
        return all(state(f"/proc/{pid}/task/{thread}") in DEAD for thread in os.listdir(f"/proc/{pid}/task"))
    except OSError:
        return True


def is_stopped(pid: int) -> bool:
    """Whether each of its threads is stopped by a signal."""
    try:
        return all(state(f"/proc/{pid}/task/{thread}") == "T" for thread in os.listdir(f"/proc/{pid}/task"))
    except OSError:
        return False


def state(folder: str) -> str:
    """The kernel's letter for the state of a process or thread; empty when it is gone."""
    try:
        return stat_fields(folder)[0]
    except OSError:
        return ""


def cpu_seconds(pid: int) -> float:
    """What a living process and its dead children have used; 0 when it is gone."""
    try:
        return sum(int(ticks) for ticks in stat_fields(f"/proc/{pid}")[11:15]) / TICKS
    except OSError:
        return 0.0


def stat_fields(folder: str) -> list[str]:
    """The fields behind the process's name, which can hold anything."""
    with open(f"{folder}/stat", encoding="latin-1") as source:
        return source.read().rpartition(")")[2].split()
