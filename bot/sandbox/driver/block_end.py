"""What a block has left under way when its last line has run: threads and open files."""

from __future__ import annotations

import _io
import contextlib
import fcntl
import gc
import os
import stat
import sys
import threading
from typing import Any

_EXECUTORS = {
    "concurrent.futures.thread": "_shutdown",
    "concurrent.futures.process": "_global_shutdown",
    "joblib.externals.loky.process_executor": "_global_shutdown",
}
"""Modules whose executors end with the interpreter, and what they remember that by."""


def join_threads(before: frozenset[threading.Thread]) -> None:
    """Waits for the threads that were started since, as the interpreter does at its end."""
    for name, flag in _EXECUTORS.items():
        if module := sys.modules.get(name):
            module._python_exit()
            setattr(module, flag, False)
    _drop_joblibs_processes()
    while waiting := [each for each in threading.enumerate() if each not in before and not each.daemon]:
        for thread in waiting:
            thread.join()


def _drop_joblibs_processes() -> None:
    """Those that joblib keeps for its next call are killed after the block, so that call is to start its own."""
    kept: Any = sys.modules.get("joblib.externals.loky.reusable_executor")
    if kept and kept._executor:
        kept._executor = None
        gc.collect()  # frees its locks while the process that counts them is there


def flush_files() -> None:
    """Writes out what files hold that are left open; they are looked for only if there are any."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    try:
        numbers = os.listdir("/proc/self/fd")
    except OSError:  # the block has left no descriptor free to look with
        numbers = [str(number) for number in range(1024)]
    if any(_is_written_to(int(number)) for number in numbers):
        for each in gc.get_objects():
            if issubclass(type(each), _io._IOBase):
                with contextlib.suppress(Exception):
                    each.flush()


def _is_written_to(descriptor: int) -> bool:
    try:
        flags, mode = fcntl.fcntl(descriptor, fcntl.F_GETFL), os.fstat(descriptor).st_mode
    except OSError:
        return False
    return stat.S_ISREG(mode) and flags & os.O_ACCMODE != os.O_RDONLY
