"""What a forked child of the driver does: it gets ready, waits to be told what to run, and does that."""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import fcntl
import gc
import importlib.machinery
import json
import os
import signal
import socket
import sys
import threading
import types
from typing import NamedTuple, NoReturn

from .cells import run_cell
from .files import WORKSPACE

SHELLS = {"bash": "/bin/bash", "sh": "/bin/sh"}
PR_SET_DUMPABLE = 4
FIRST_JOB = 1
CONTROL, OUTPUT, NOTHING = 3, 4, 5
"""The child's own descriptors: its jobs and answers, where all that it prints goes, and what is empty to read."""


class Script(NamedTuple):
    """What a child is to run; with `stays` it is a block of an interpreter that then waits for the next one."""

    path: str
    language: str
    stays: bool


class Child(NamedTuple):
    """A child as the driver sees it: where it gets its jobs and answers, and where its output comes out."""

    pid: int
    control: int
    output: int

    def send(self, job: object) -> None:
        """Gives it a job; one that has closed its end, or never reads, is found out by its silence."""
        with contextlib.suppress(OSError):
            os.write(self.control, json.dumps(job).encode())

    def close(self) -> None:
        os.close(self.control)
        os.close(self.output)


def fork_spare() -> Child | Script:
    """Forks: the driver gets a Child at once, the child gets its Script once there is one."""
    ours, theirs = (end.detach() for end in socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET))
    output, write_output = os.pipe()
    try:
        pid = os.fork()
    except OSError:
        for end in (ours, theirs, output, write_output):
            os.close(end)
        raise
    if pid:
        os.close(theirs)
        os.close(write_output)
        os.set_blocking(ours, False)
        os.set_blocking(output, False)
        return Child(pid, ours, output)
    try:
        leave_the_driver(theirs, write_output)
        prepare_main()
        script = Script(*json.loads(os.read(CONTROL, 4096)))
    except BaseException:
        os._exit(70)
    return script


def leave_the_driver(control: int, output: int) -> None:
    """Makes a fresh fork an ordinary process: no descriptor, signal or privilege of the driver is left in it."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.setsid()
    os.nice(5)
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)
    with open("/proc/self/oom_score_adj", "w") as score:
        score.write("1000")
    nothing = os.open(os.devnull, os.O_RDONLY)
    own = [fcntl.fcntl(each, fcntl.F_DUPFD, NOTHING + 1) for each in (control, output, nothing)]
    for descriptor, wanted in zip(own, (CONTROL, OUTPUT, NOTHING), strict=True):
        os.dup2(descriptor, wanted, inheritable=False)
    os.closerange(NOTHING + 1, 65536)
    reset_surroundings()


def reset_surroundings() -> None:
    """What a program may have changed of its process, and the next one expects as it was."""
    os.set_blocking(OUTPUT, True)
    for wanted, number in enumerate((NOTHING, OUTPUT, OUTPUT)):
        os.dup2(number, wanted)
    os.umask(0o022)
    os.chdir(WORKSPACE)


def prepare_main() -> None:
    """A module `__main__` of the script's own, so that what it defines can be pickled and found."""
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    sys.path[0] = WORKSPACE
    sys.modules["numpy"].random.seed()  # else every run would draw the same numbers
    main = types.ModuleType("__main__")
    main.__dict__["__builtins__"] = sys.modules["builtins"]
    sys.modules["__main__"] = main


def become(script: Script, loaded: frozenset[str]) -> NoReturn:
    """The rest of the child's life, unless it stays; `loaded` are the modules it was born with."""
    if script.language in SHELLS:
        for number in (signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)  # Python ignores both
        os.execv(SHELLS[script.language], [script.language, script.path])
    code = run_python(script.path)
    end_python(code, loaded)


def run_python(path: str, shown: str = "") -> int:
    """Runs a script in `__main__` as a cell of a notebook, `shown` as its file in tracebacks; its exit code."""
    main = sys.modules["__main__"]
    main.__file__ = path
    main.__loader__ = importlib.machinery.SourceFileLoader("__main__", path)
    sys.argv[:] = [path]
    try:
        with open(path, encoding="utf-8") as source:
            code = source.read()
    except OSError as error:  # earlier blocks have left no descriptor free, for example
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    return run_cell(code, shown or path, main.__dict__)


def end_python(code: int, loaded: frozenset[str]) -> NoReturn:
    """Ends the interpreter in its usual order, but takes down only what the script brought: the rest is large.

    So threads are waited for, exit handlers run, open files are flushed and `__del__` is called.
    """
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    main = sys.modules.pop("__main__")
    while sys.modules and next(reversed(sys.modules)) not in loaded:
        sys.modules.popitem()
    main.__dict__.clear()
    gc.collect()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    os._exit(code)
