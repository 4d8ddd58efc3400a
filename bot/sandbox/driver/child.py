"""What a forked child of the driver does: it gets ready, waits to be told what to run, and becomes that."""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import gc
import importlib.machinery
import json
import os
import signal
import sys
import threading
import types
from typing import NamedTuple, NoReturn

from .cells import run_cell
from .files import WORKSPACE

SHELLS = {"bash": "/bin/bash", "sh": "/bin/sh"}
PR_SET_DUMPABLE = 4
JOBS = 3


class Script(NamedTuple):
    """What a child has to become."""

    path: str
    language: str


class Spare(NamedTuple):
    """A child in waiting: where it reads its job from, and where its output will come out."""

    pid: int
    jobs: int
    output: int

    def start(self, script: Script) -> None:
        os.write(self.jobs, json.dumps(script).encode())
        os.close(self.jobs)


def fork_spare() -> Spare | Script:
    """Forks: the driver gets a Spare at once, the child gets its Script once there is one."""
    job, give_job = os.pipe()
    output, write_output = os.pipe()
    pid = os.fork()
    if pid:
        os.close(job)
        os.close(write_output)
        os.set_blocking(output, False)
        return Spare(pid, give_job, output)
    try:
        leave_the_driver(job, write_output)
        prepare_main()
        script = Script(*json.loads(os.read(JOBS, 4096)))
        os.close(JOBS)
    except BaseException:
        os._exit(70)
    return script


def leave_the_driver(job: int, output: int) -> None:
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
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.dup2(job, JOBS, inheritable=False)
    os.closerange(JOBS + 1, 65536)
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
    """The rest of the child's life; `loaded` are the modules it was born with."""
    if script.language in SHELLS:
        for number in (signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)  # Python ignores both
        os.execv(SHELLS[script.language], [script.language, script.path])
    main = sys.modules["__main__"]
    main.__file__ = script.path
    main.__loader__ = importlib.machinery.SourceFileLoader("__main__", script.path)
    sys.argv[:] = [script.path]
    code = run_python(script.path, main)
    end_python(code, main, loaded)


def run_python(path: str, main: types.ModuleType) -> int:
    """Runs a script as a cell of a notebook; its exit code is as of `python PATH`."""
    with open(path, encoding="utf-8") as source:
        return run_cell(source.read(), path, main.__dict__)


def end_python(code: int, main: types.ModuleType, loaded: frozenset[str]) -> NoReturn:
    """Ends the interpreter in its usual order, but takes down only what the script brought: the rest is large.

    So threads are waited for, exit handlers run, open files are flushed and `__del__` is called.
    """
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.modules.pop("__main__", None)
    while sys.modules and next(reversed(sys.modules)) not in loaded:
        sys.modules.popitem()
    main.__dict__.clear()
    gc.collect()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    os._exit(code)
