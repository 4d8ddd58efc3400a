"""One process a database: a lock that dies with its process, and the address of the process that holds it."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.domain.errors import OperatorError
from bot.files import private

_FILE = "roundtable.lock"


@dataclass(frozen=True, slots=True)
class LockHolder:
    """The process that holds the work directory; `url` is empty until, or unless, it serves a page."""

    pid: int
    url: str


class DatabaseInUse(OperatorError):
    """Another process holds the work directory."""

    def __init__(self, holder: LockHolder, work_dir: Path) -> None:
        at = f" at {holder.url}" if holder.url else ""
        super().__init__(
            f"Another Roundtable (process {holder.pid}) already works on {work_dir}{at}. "
            "Stop it first, or give this one a folder of its own with ROUNDTABLE_WORK_DIR."
        )
        self.holder = holder


class ProcessLock:
    """The lock while it is held."""

    def __init__(self, file: int) -> None:
        self._file = file

    def announce(self, url: str) -> None:
        """Tell others where this process serves."""
        data = json.dumps({"pid": os.getpid(), "url": url}).encode()
        os.pwrite(self._file, data, 0)
        os.ftruncate(self._file, len(data))


@contextmanager
def hold(work_dir: Path) -> Iterator[ProcessLock]:
    """Hold the work directory, in which only its owner can read our files from now on.

    Raises Held, or OperatorError when it cannot be written.
    """
    try:
        private.make_folder(work_dir)
    except OSError as error:
        raise _cannot_write(work_dir, error) from None
    with locked(work_dir) as lock:
        try:
            private.close_folder(work_dir)
        except OSError as error:
            raise _cannot_write(work_dir, error) from None
        yield lock


@contextmanager
def locked(folder: Path) -> Iterator[ProcessLock]:
    """Be the only process that works in a folder, whose rights stay as they are; raises as `hold` does."""
    try:
        file = os.open(folder / _FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _cannot_write(folder, error) from None
    try:
        yield _take(file, folder)
    finally:
        os.close(file)


def _take(file: int, work_dir: Path) -> ProcessLock:
    lock = ProcessLock(file)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        lock.announce("")
    except BlockingIOError:
        raise DatabaseInUse(_holder(file), work_dir) from None
    except OSError as error:
        raise _cannot_write(work_dir, error) from None
    return lock


def _cannot_write(work_dir: Path, error: OSError) -> OperatorError:
    return OperatorError(
        f"The work directory {work_dir} cannot be written ({error.strerror}). "
        "Make it writable, or set ROUNDTABLE_WORK_DIR to a folder that is."
    )


def _holder(file: int) -> LockHolder:
    try:
        data = json.loads(os.pread(file, 4096, 0))
        return LockHolder(int(data["pid"]), str(data["url"]))
    except (ValueError, KeyError, TypeError):
        return LockHolder(0, "")
