"""Attacks that want everything: processes, memory, disk, output, time. Each takes a bounded amount."""

from __future__ import annotations

from bot.sandbox import limits
from bot.sandbox.battery.attack import (
    Attack,
    AttackEvidence,
    Holds,
    alone_later,
    both,
    killed,
    notes,
    shows,
)
from bot.sandbox.limits import Limits
from bot.settings import Settings


def _python(name: str, code: str, *holds: Holds, timeout: float = 20) -> Attack:
    return Attack("exhaust", name, code, both(*holds), timeout=timeout)


def _bash(name: str, code: str, *holds: Holds, timeout: float = 20) -> Attack:
    return Attack("exhaust", name, code, both(*holds), language="bash", timeout=timeout)


def _less_than(count: int, word: str) -> Holds:
    """The last line says how many it got, in the form `WORD N`."""

    def holds(evidence: AttackEvidence) -> bool:
        lines = evidence.result.output.splitlines()
        said = lines[-1].split() if lines else []
        return len(said) == 2 and said[0] == word and int(said[1]) < count

    return holds


def _never_stalls(evidence: AttackEvidence) -> bool:
    return evidence.stall < 0.5


def _usable_later(evidence: AttackEvidence) -> bool:
    return evidence.later.ok


def exhaust(settings: Settings) -> tuple[Attack, ...]:
    """More of everything than one sandbox may have by these settings, and not much more."""
    return (
        *_processes(settings.roundtable_sandbox_pids),
        *_memory(settings.roundtable_sandbox_memory_mb),
        *_disk(settings.roundtable_sandbox_workspace_mb, limits.from_settings(settings)),
        *_output(settings.roundtable_sandbox_output_kb * 1000),
        *_OTHER,
    )


def _processes(most: int) -> tuple[Attack, ...]:
    much = most + 300
    return (
        _python(
            "a fork bomb",
            f"""
import os, signal, time
children = []
try:
    while len(children) < {much}:
        child = os.fork()
        if not child:
            time.sleep(60)
            os._exit(0)
        children.append(child)
except OSError:
    pass
print("forked", len(children))
""",
            _less_than(most + 50, "forked"),
            alone_later,
        ),
        _bash(
            "a fork bomb in bash that does not end",
            f"for n in $(seq {much}); do sleep 60 & done 2>/dev/null; sleep 60",
            lambda evidence: evidence.result.killed == "time" or evidence.result.exit_code != 0,
            lambda evidence: evidence.seconds < 10,
            alone_later,
            timeout=3,
        ),
        _python(
            "a bomb of threads",
            f"""
import threading, time
count = 0
try:
    for count in range({much}):
        threading.Thread(target=time.sleep, args=(3,), daemon=True).start()
except RuntimeError:
    pass
print("started", count, flush=True)
""",
            _less_than(most + 50, "started"),
            alone_later,
        ),
    )


def _memory(most: int) -> tuple[Attack, ...]:
    piece = most // 8 * 1_000_000
    return (
        _python(
            "more memory than there is",
            f"hoard = [bytearray(b'x') * {piece} for _ in range(12)]\nprint('had', len(hoard))",
            killed("memory"),
            notes("Its largest process had"),
            alone_later,
        ),
        _bash(
            "more memory than there is, in a child",
            f"python -c \"x = bytearray(b'x') * {12 * piece}\" && echo had",
            lambda evidence: "had\n" not in evidence.result.output,
            lambda evidence: "more memory than" in evidence.result.note,
            alone_later,
        ),
        _python(
            "memory by many processes that share the load",
            f"""
import os, time
for _ in range(12):
    if not os.fork():
        hoard = bytearray(b"x") * {piece}
        time.sleep(1.5)
        os._exit(0)
ended = [os.waitstatus_to_exitcode(os.wait()[1]) for _ in range(12)]
print("survived", ended.count(0))
""",
            lambda evidence: not evidence.result.output.endswith("survived 12\n"),
            _usable_later,
        ),
        _bash(
            "memory by files in shared memory",
            "head -c 200M /dev/zero > /dev/shm/f; ls -s --block-size=M /dev/shm/f",
            shows("No space left on device"),
            _usable_later,
        ),
    )


def _disk(most: int, bounds: Limits) -> tuple[Attack, ...]:
    return (
        _python(
            "a workspace filled to the brim",
            f"with open('big', 'wb') as big:\n    for _ in range({most * 6 // 5}): big.write(bytes(1_000_000))",
            killed("disk"),
            notes("It holds"),
            _usable_later,
        ),
        _bash(
            "workspace, scratch and shared memory filled to the brim",
            f"for f in /workspace/f /tmp/f /dev/shm/f; do head -c {most + 100}M /dev/zero > $f; done; false",
            killed("disk"),
            _usable_later,
            timeout=30,
        ),
        _python(
            "a flood of empty files",
            f"for number in range({bounds.inodes + 1000}): open('f' + str(number), 'w').close()",
            killed("disk"),
            notes("only 1,000 files are"),
            lambda evidence: len(evidence.files) <= 1000,
            timeout=30,
        ),
        _python(
            "more files than are kept",
            "for number in range(1500): open(f'f{number}', 'w').close()",
            notes("and 495 more"),
            lambda evidence: len(evidence.files) == 1000,
        ),
        _python(
            "a file that is too large to keep",
            f"open('large.bin', 'wb').truncate({bounds.each + 1})\nopen('small.txt', 'w').write('x')",
            notes("Not kept: `large.bin` (larger than"),
            lambda evidence: list(evidence.files) == ["small.txt"],
        ),
        _python(
            "a file of a terabyte that takes no room",
            "open('sparse', 'wb').truncate(10**12)",
            shows("File too large"),
            _usable_later,
        ),
        _bash("a file of a terabyte, by a signal", "exec truncate -s 1T sparse", killed("disk"), _usable_later),
        _python(
            "a tree that is too deep to walk",
            """
import os
for _ in range(3000):
    os.mkdir("d" * 200)
    os.chdir("d" * 200)
print("made")
""",
            shows("made"),
            notes("its path is too long"),
            _usable_later,
            timeout=30,
        ),
        _python(
            "a flood of files outside the workspace",
            "for number in range(2000): open(f'/tmp/f{number}', 'w').write('x')",
            notes("and 1,995 more"),
            lambda evidence: not evidence.files and len(evidence.result.note) < 500,
            _usable_later,
        ),
    )


def _output(cap: int) -> tuple[Attack, ...]:
    return (
        _python(
            "output without end",
            f"import os\nfor _ in range({cap // 65536 + 50}): os.write(1, bytes(65536))",
            killed("output"),
            notes("It had printed"),
            _never_stalls,
            alone_later,
        ),
        _bash(
            "output of many children",
            f"for n in 1 2 3; do head -c {cap} /dev/zero | tr '\\\\0' y & done; wait",
            killed("output"),
            alone_later,
        ),
        _python(
            "output that is slow to clean",
            f"print('\\x1b[0;' * {(cap - 10) // 4})",
            lambda evidence: evidence.result.ok and "\x1b" not in evidence.result.output,
            _never_stalls,
        ),
    )


_OTHER = (
    _python(
        "more open files than are allowed",
        "files = []\ntry:\n    for _ in range(3000): files.append(open('/dev/null'))\nexcept OSError: pass\nprint('opened', len(files))",
        _less_than(1100, "opened"),
    ),
    _python(
        "all processors at once",
        """
import multiprocessing, time
def burn(_):
    end = time.monotonic() + 2
    while time.monotonic() < end: pass
    return time.process_time()
try:
    quota, period = open("/sys/fs/cgroup/cpu.max").read().split()
except OSError:
    quota, period = (open(f"/sys/fs/cgroup/cpu/cpu.cfs_{name}_us").read() for name in ("quota", "period"))
before = time.monotonic()
with multiprocessing.Pool(4) as pool:
    used = sum(pool.map(burn, range(4), 1)) / (time.monotonic() - before)
print("unlimited" if quota.strip() in ("max", "-1") else "within" if used < 1.3 * int(quota) / int(period) else "more")
""",
        shows("within"),
        timeout=30,
    ),
    _python(
        "sleep past the time",
        "import time\ntime.sleep(20)\nprint('slept')",
        killed("time", within=6),
        notes("It had used"),
        timeout=1,
    ),
)
