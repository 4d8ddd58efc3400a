"""A process ends in time, whatever hangs in it."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.aio import shutdown
from tests.fakes.deaf import wait_on

ROOT = Path(__file__).parents[3]

_ON_SIGTERM = """
import asyncio, signal, sys, time
from bot.aio.shutdown import Deadline, on_signals

async def main():
    loop, told, deadline = asyncio.get_running_loop(), asyncio.Event(), Deadline(0.2)
    def leave():
        deadline.begin(7)
        loop.call_soon_threadsafe(told.set)
    with on_signals({signal.SIGTERM: leave}):
        print("ready", flush=True)
        HANG
    print("left", flush=True)

asyncio.run(main())
"""


def _told_to_end(hang: str) -> tuple[int, bytes]:
    """The exit code, and what was said, of a process that hangs so when it is told to end."""
    command = [sys.executable, "-c", _ON_SIGTERM.replace("HANG", hang)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGTERM)
        said = process.stdout.read()
        return process.wait(), said


def test_a_process_that_is_told_to_end_and_does_is_not_hurried() -> None:
    assert _told_to_end("await told.wait()") == (0, b"left\n")


@pytest.mark.parametrize(
    "hang",
    [
        "await asyncio.Event().wait()",
        "await told.wait(); time.sleep(1e6)",
        "time.sleep(1e6)",
        "while True: pass",
    ],
)
def test_a_process_that_hangs_ends_all_the_same(hang: str) -> None:
    assert _told_to_end(hang)[0] == 7


def test_handlers_are_as_before_afterwards() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with shutdown.on_signals({signal.SIGTERM: lambda: None}):
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_task_that_does_not_end_is_left_behind() -> None:
    cleaned = list[str]()

    async def deaf() -> None:
        await wait_on(asyncio.Event())

    async def heeds() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.append("the other")

    async def main() -> str:
        tasks.extend(asyncio.create_task(work()) for work in (deaf, heeds))
        await asyncio.sleep(0)
        return "result"

    tasks = list[asyncio.Task[None]]()
    assert shutdown.run(main()) == "result"
    assert [task.done() for task in tasks] == [False, True]
    assert cleaned == ["the other"]
    loop = tasks[0].get_loop()
    assert not loop.is_running()
    loop.close()


def test_errors_come_through_and_the_loop_is_closed() -> None:
    loops = list[asyncio.AbstractEventLoop]()

    async def main() -> None:
        loops.append(asyncio.get_running_loop())
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        shutdown.run(main())
    assert loops[0].is_closed()
