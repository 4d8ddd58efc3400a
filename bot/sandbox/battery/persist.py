"""Attacks that want to stay: past their time, past a stop, in the next run, in another session."""

from __future__ import annotations

from bot.sandbox.battery.attack import (
    Attack,
    AttackEvidence,
    Holds,
    alone_later,
    both,
    killed,
    unseen_elsewhere,
)


def _python(name: str, code: str, *holds: Holds, timeout: float = 10, stop_after: float | None = None) -> Attack:
    return Attack("persist", name, code, both(*holds), timeout=timeout, stop_after=stop_after)


def _not_later(text: str) -> Holds:
    """The next run in the same sandbox sees nothing of it."""
    return lambda evidence: evidence.later.ok and text not in evidence.later.output


def _soon(evidence: AttackEvidence) -> bool:
    return evidence.seconds < 5


_IGNORE_ALL = """
import os, signal, time
for number in set(range(1, 65)) - {9, 19, 32, 33}:
    signal.signal(number, signal.SIG_IGN)
print("on", flush=True)
"""

PERSIST = (
    _python(
        "a daemon",
        """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.close(1), os.close(2)
        for _ in range(600):
            time.sleep(0.1)
    os._exit(0)
os.wait()
""",
        _soon,
        alone_later,
    ),
    _python(
        "a daemon that holds the output open",
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(60)\n    os._exit(0)",
        _soon,
        alone_later,
    ),
    _python(
        "a program that ignores every signal",
        _IGNORE_ALL + "os.fork(), os.fork()\nfor _ in range(600): time.sleep(0.1)",
        killed("time", within=4),
        alone_later,
        timeout=1,
    ),
    _python(
        "a program that ignores every signal, stopped by a person",
        _IGNORE_ALL + "for _ in range(600): time.sleep(0.1)",
        killed("stopped", within=4),
        alone_later,
        timeout=60,
        stop_after=0.5,
    ),
    _python(
        "a program that stands still",
        "import os; os.kill(os.getpid(), 19)",
        killed("time", within=4),
        alone_later,
        timeout=1,
    ),
    _python(
        "children that stand still",
        "import os, signal\nfor _ in range(5):\n    if not os.fork():\n        os.kill(os.getpid(), signal.SIGSTOP)",
        _soon,
        alone_later,
    ),
    _python(
        "a child that is reborn when it dies",
        """
import os, time
if os.fork() == 0:
    os.setsid()
    os.close(1), os.close(2)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if os.fork() == 0:
            time.sleep(0.05)
            os._exit(0)
        os.wait()
""",
        _soon,
        alone_later,
    ),
    _python(
        "a file planted in the workspace for another session",
        "open('/workspace/planted', 'w').write('x')",
        unseen_elsewhere,
    ),
    _python(
        "a file planted in scratch for another session",
        "open('/tmp/planted', 'w').write('x')",
        unseen_elsewhere,
    ),
    _python(
        "a process planted for another session",
        """
import os, time
if os.fork() == 0:
    os.setsid()
    open("/proc/self/comm", "w").write("planted")
    os.close(1), os.close(2)
    time.sleep(60)
time.sleep(0.1)
""",
        unseen_elsewhere,
        _not_later("planted"),
    ),
    _python(
        "shared memory that nobody frees",
        """
from multiprocessing import shared_memory, resource_tracker
block = shared_memory.SharedMemory("planted", create=True, size=8_000_000)
resource_tracker.unregister(block._name, "shared_memory")
""",
        unseen_elsewhere,
        _not_later("planted"),
    ),
    _python(
        "libraries changed for the next run",
        """
import builtins, json, os, site
json.planted = builtins.planted = True
os.environ["PLANTED"] = "planted"
try:
    open(site.getsitepackages()[0] + "/planted.pth", "w").write("import builtins; builtins.planted = True")
except OSError:
    pass
""",
        _not_later("planted"),
        unseen_elsewhere,
    ),
    _python(
        "limits and priorities changed for the next run",
        "import os, resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))\nos.umask(0o777)\nos.chdir('/tmp')",
        lambda evidence: "open files: 1024\n" in evidence.later.output,
        lambda evidence: "folder: /workspace\n" in evidence.later.output,
    ),
)
