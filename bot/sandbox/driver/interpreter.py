"""A session's interpreter, as it is inside: runs one block after the other, and copies itself in between.

What it says to the driver is not believed: the blocks run in this process, and can say the same.
"""

from __future__ import annotations

import contextlib
import ctypes
import io
import json
import os
import signal
import socket
import sys
import threading
from typing import Any, NoReturn

from .child import CONTROL, FIRST_JOB, NOTHING, OUTPUT, PR_SET_DUMPABLE, Script, reset_surroundings, run_python
from .files import SCRIPT

LONGEST_JOB = 4096
COPY, RUNNING = 500, 1000
"""Points for being killed when memory runs out."""
SAFE_THREADS = {"duckdb", "pyarrow"}
"""Modules that start their own threads anew where a copy lacks them."""
UNSAFE_THREADS = {"cv2", "numba", "polars", "torch", "xgboost"}
"""Modules of which a call in the copy could wait for the missing threads for ever."""


def serve_blocks(first: Script) -> NoReturn:
    """Runs blocks until the driver is gone or ends this process."""
    streams = sys.stdout, sys.stderr
    own = descriptors()
    job: dict[str, Any] = {"do": "block", "path": first.path, "number": FIRST_JOB}
    number = 0
    copies: list[int] = []
    while True:
        if job["do"] == "block":
            number += 1
            myself = os.getpid()
            code = run_block(job["path"], shown_path(job["path"], number), streams)
            if os.getpid() != myself or descriptors() != own:
                os._exit(code)  # a child that the block has forked; or the driver cannot be reached any more
            answer(done=code, job=job["number"], can_be_copied=can_be_copied())
        else:
            copy_myself(job["number"], copies)
        job = next_job()


def shown_path(path: str, number: int) -> str:
    """The name of a block in tracebacks: its own, or a number, since all unnamed ones are in the same place."""
    return f"<block {number}>" if path.endswith(SCRIPT) else path


def run_block(path: str, shown: str, streams: tuple[Any, Any]) -> int:
    """Runs a block in the namespace of those before it; its exit code."""
    set_dumpable(1)
    prefer_to_kill(RUNNING)
    reset_surroundings()
    sys.stdout, sys.stderr = (working(stream, number) for number, stream in enumerate(streams, start=1))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    code = run_python(path, shown)
    for timer in (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF):
        signal.setitimer(timer, 0)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    prefer_to_kill(COPY)
    return code & 0xFF


def working(stream: Any, number: int) -> Any:
    """The stream that a block prints to, made anew when an earlier block has closed it."""
    if stream is not None and not stream.closed:
        return stream
    return io.TextIOWrapper(os.fdopen(number, "wb", closefd=False), encoding="utf-8", line_buffering=True)


def descriptors() -> list[tuple[int, int]]:
    """What this process's own descriptors lead to; empty when one is closed."""
    try:
        found = [os.fstat(number) for number in (CONTROL, OUTPUT, NOTHING)]
    except OSError:
        return []
    return [(each.st_dev, each.st_ino) for each in found]


def can_be_copied() -> bool:
    """Whether a fork of this process would find all its threads where it needs them."""
    try:
        threads = len(os.listdir("/proc/self/task"))
    except OSError:  # the block has left no descriptor free
        return False
    if threads == 1 or threading.active_count() > 1:
        return threads == 1
    return not SAFE_THREADS.isdisjoint(sys.modules) and not UNSAFE_THREADS & sys.modules.keys()


def copy_myself(job: int, copies: list[int]) -> None:
    """Forks a copy that no block can look into or change; it waits for a job as this process does."""
    bury(copies)
    try:
        copy = os.fork()
    except OSError:
        answer(copied=0, job=job)  # there is no room for one more process
        return
    if copy:
        copies.append(copy)
        return
    copies.clear()
    os.setsid()
    prefer_to_kill(COPY)
    set_dumpable(0)
    answer(copied=os.getpid(), job=job)


def prefer_to_kill(points: int) -> None:
    """When memory runs out the process with the most points goes first."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:
        score.write(str(points))


def set_dumpable(value: int) -> None:
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, value, 0, 0, 0)


def next_job() -> dict[str, Any]:
    """The driver's newest job: one that the process before this one was killed with is not done again."""
    control = socket.socket(fileno=CONTROL)
    try:
        raw = control.recv(LONGEST_JOB)
        with contextlib.suppress(BlockingIOError):
            while raw:
                raw = control.recv(LONGEST_JOB, socket.MSG_DONTWAIT)
    finally:
        control.detach()
    if not raw:
        os._exit(0)
    job: dict[str, Any] = json.loads(raw)
    return job


def answer(**fields: object) -> None:
    os.write(CONTROL, json.dumps(fields).encode())


def bury(copies: list[int]) -> None:
    """Takes copies that the driver has killed off the process table; blocks wait for their own children."""
    for copy in list(copies):
        with contextlib.suppress(ChildProcessError):
            if not os.waitpid(copy, os.WNOHANG)[0]:
                continue
        copies.remove(copy)
