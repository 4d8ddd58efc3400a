"""Fails a test whose event loop was kept busy for too long at a stretch, or waited for something else."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

_ROOT = f"{Path(__file__).parents[1]}/"
_OURS = (f"{_ROOT}bot/", f"{_ROOT}agents/")
_WAITS = frozenset({"open", "time.sleep", "os.listdir", "os.scandir", "shutil.rmtree", "sqlite3.connect"})
_WAITS |= frozenset({"socket.getaddrinfo", "subprocess.Popen"})
"""What Python tells its audit hooks of, and may take as long as it likes."""
_READ_ONCE = ("importlib", "linecache")
"""Who reads our own program: imports, and tracebacks for the log."""


@dataclass(slots=True)
class _Watch:
    thread: int
    longest: float = 0.0
    waited: set[str] = field(default_factory=set)

    def saw(self, event: str) -> None:
        """Note a call of our code that waits, whether or not it took long here."""
        if event in _WAITS and threading.get_ident() == self.thread:
            caller: FrameType | None = sys._getframe(2)
            while caller and not _is_here(name := caller.f_code.co_filename):
                caller = None if any(each in name for each in _READ_ONCE) else caller.f_back
            if caller and name.startswith(_OURS):
                self.waited.add(f"{event} in {name.removeprefix(_ROOT)}:{caller.f_lineno}")

    async def run(self) -> None:
        while True:
            before = time.thread_time()
            await asyncio.sleep(0.002)
            self.longest = max(self.longest, time.thread_time() - before)


def _is_here(file: str) -> bool:
    """Whether a file is of this repository, and not of a library in its environment."""
    return file.startswith(_ROOT) and "site-packages" not in file


_watches: list[_Watch] = []


def _hear(event: str, _: object) -> None:
    for watch in _watches:
        watch.saw(event)


sys.addaudithook(_hear)


@asynccontextmanager
async def watchdog(limit: float = 0.1) -> AsyncIterator[None]:
    """Let no stretch of work on the loop take more than `limit` seconds of the processor while the body runs.

    Nor let our code wait there for files, other programs or sleep.

    Time of the processor, not of the clock: other programs on this machine stall nobody but themselves.
    """
    # What other tests have left is theirs: the collector is not to walk through it now.
    gc.collect()
    gc.freeze()
    watch = _Watch(threading.get_ident())
    _watches.append(watch)
    watching = asyncio.create_task(watch.run())
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.wait([watching])
        gc.unfreeze()
        _watches.remove(watch)
    assert watch.longest <= limit, f"the loop was busy for {watch.longest:.3f} s at a stretch"
    assert not watch.waited, f"the loop waited: {', '.join(sorted(watch.waited))}"
