"""Attacks that want to stay: past their time, past a stop, in the next run, in another session."""

from __future__ import annotations

from bot.sandbox.battery.attack import (
    Attack,
    AttackEvidence,
    Holds,
    all_lines,
    alone_later,
    both,
    killed,
    prints,
    unseen_elsewhere,
)


def _python(name: str, code: str, *holds: Holds, timeout: float = 10, stop_after: float | None = None) -> Attack:
    return Attack("persist", name, code, both(*holds), timeout=timeout, stop_after=stop_after)


def _kept(name: str, code: str, *holds: Holds, timeout: float = 10) -> Attack:
    """One that uses or attacks what is kept between the blocks of a session."""
    return Attack("persist", name, _KEPT + code, both(*holds), timeout=timeout, before="before = 1")


def _not_later(text: str) -> Holds:
    """The next run in the same sandbox sees nothing of it."""
    return lambda evidence: evidence.later.ok and text not in evidence.later.output


def _soon(evidence: AttackEvidence) -> bool:
    return evidence.seconds < 5


_KEPT = """
import ctypes, errno, fcntl, json, os, signal, time
libc = ctypes.CDLL(None, use_errno=True)
def stopped():
    for name in filter(str.isdigit, os.listdir("/proc")):
        if name not in ("1", str(os.getpid())) and " T " in open(f"/proc/{name}/stat").read():
            yield int(name)
def attempt(name, call):
    try:
        ended = "DONE" if call() != -1 else errno.errorcode[ctypes.get_errno()]
    except OSError as error:
        ended = errno.errorcode[error.errno]
    print(name, ended)
def say(**words):
    for job in range(1, 9):
        os.write(3, json.dumps({"job": job, **words}).encode())
"""

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
    _kept(
        "a timer that would continue a stopped process",
        "event = (ctypes.c_int * 16)(0, 0, signal.SIGCONT, 0)\n"
        "attempt('timer', lambda: libc.timer_create(1, event, ctypes.byref(ctypes.c_void_p())))",
        prints("timer ENOSYS"),
        alone_later,
    ),
    _kept(
        "a file that would continue a stopped process",
        """
folder = os.open(".", os.O_RDONLY)
attempt("signal", lambda: fcntl.fcntl(folder, 10, signal.SIGCONT))
attempt("notify", lambda: fcntl.fcntl(folder, 1026, 0x80000007))
attempt("lease", lambda: fcntl.fcntl(os.open("leased", os.O_CREAT | os.O_RDONLY), 1024, 0))
number = 72 if os.uname().machine == "x86_64" else 25
attempt("wide", lambda: libc.syscall(number, folder, ctypes.c_long(2**32 + 10), 18))
""",
        all_lines(" EPERM"),
        alone_later,
    ),
    _kept(
        "the copy of the interpreter rewritten",
        """
for pid in stopped():
    attempt("memory", lambda: os.open(f"/proc/{pid}/mem", os.O_RDWR) and 0)
    attempt("trace", lambda: libc.ptrace(16, pid, 0, 0))
""",
        prints("memory EACCES", "trace EPERM"),
        alone_later,
    ),
    _kept(
        "the copy of the interpreter continued, again and again",
        """
copies = list(stopped())
for _ in range(4):
    if not os.fork():
        while True:
            for pid in (*copies, os.getppid()):
                os.kill(pid, signal.SIGCONT)
time.sleep(0.2)
""",
        _soon,
        alone_later,
    ),
    _kept(
        "an end that is forged, and children that go on",
        """
for _ in range(8):
    if not os.fork():
        os.setsid()
        while True:
            pass
say(done=0, can_be_copied=True)
while True:
    pass
""",
        _soon,
        alone_later,
    ),
    _kept(
        "a copy that is forged",
        """
if not os.fork():
    say(done=0, can_be_copied=True)
    while True:
        say(copied=os.getpid())
while True:
    pass
""",
        _soon,
        alone_later,
    ),
    _kept(
        "nonsense in the interpreter's place",
        "for said in (b'', b'[' * 4096, b'\\xff' * 100, b'{\"done\": 1e999}', b'[]', b'{\"done\": {}}'):\n"
        "    os.write(3, said)\ntime.sleep(0.1)",
        _soon,
        alone_later,
    ),
    _kept(
        "a fork that plants itself in the copy",
        """
def plant():
    libc.prctl(1, signal.SIGCONT)
    if not os.fork():
        while True:
            pass
os.register_at_fork(after_in_child=plant)
""",
        _soon,
        alone_later,
    ),
)
