from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.turn_results import Killed
from bot.sandbox import results
from bot.sandbox.frames import ResourcesUsed, RunReply
from bot.sandbox.limits import MB, Limits

LIMITS = Limits(memory_mb=1024, output=1_000_000, files=1000, each=50 * MB, total=256 * MB)
USED = ResourcesUsed(cpu_ms=1500, memory=300 * MB, printed=1_100_000, disk=255 * MB, held=0, inodes=17)
WELL = RunReply(
    exit_code=0,
    ended="itself",
    oom_kills=0,
    full=False,
    named=False,
    clean=False,
    variables="kept",
    used=USED,
)
FULL = b"OSError: [Errno 28] No space left on device"


@pytest.mark.parametrize(
    ("reply", "output", "killed", "note"),
    [
        (WELL, b"", None, ""),
        (replace(WELL, exit_code=1), b"ZeroDivisionError", None, ""),
        (
            replace(WELL, exit_code=137, ended="time"),
            b"",
            "time",
            "after 12 s, the most a run may take. It had used 1.5 s of CPU time and 300 MB",
        ),
        (
            replace(WELL, exit_code=137, ended="output"),
            b"",
            "output",
            "more than 1,000 kB; write more to a file. It had printed 1,100 kB",
        ),
        (replace(WELL, exit_code=137, ended="stopped"), b"", "stopped", "A person"),
        (
            replace(WELL, exit_code=137, oom_kills=1),
            b"",
            "memory",
            "than the 1,024 MB there are. Its largest process had 300 MB",
        ),
        (replace(WELL, exit_code=137), b"", None, ""),
        (replace(WELL, exit_code=1, oom_kills=1), b"", None, "One of its processes"),
        (
            replace(WELL, exit_code=1, full=True),
            FULL,
            "disk",
            "room for 256 MB and 5,000 files. It holds 255 MB in 17 files",
        ),
        (replace(WELL, exit_code=1, full=True), b"ZeroDivisionError", None, ""),
        (replace(WELL, exit_code=1), FULL, None, ""),
        (replace(WELL, exit_code=0, full=True), FULL, None, ""),
        (replace(WELL, exit_code=153), b"", "disk", "full"),
        (replace(WELL, exit_code=124), b"", None, ""),
    ],
)
def test_how_a_run_ended_is_told(reply: RunReply, output: bytes, killed: Killed | None, note: str) -> None:
    result = results.ran(reply, output, 1.5, 12, LIMITS)
    assert (result.killed, result.exit_code, result.seconds) == (killed, reply.exit_code, 1.5)
    assert note in result.note if note else result.note == ""
