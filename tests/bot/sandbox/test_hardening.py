"""What hostile code tries in a sandbox, and what must come of it. Every attack leaves a sandbox that works."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from textwrap import dedent

import pytest

from bot.events import RunResult
from bot.sandbox.session import DockerSandbox
from tests.bot.sandbox.conftest import Opened

pytestmark = [pytest.mark.docker, pytest.mark.asyncio(loop_scope="module")]


@dataclass(frozen=True)
class Attack:
    """Code, and how its result must look: its output, or what killed it, or a closer check."""

    name: str
    code: str
    output: str | None = None
    killed: str | None = None
    check: Callable[[RunResult], bool] = lambda result: True
    timeout: float = 10
    language: str = "python"


# Tries calls and prints how each ended, by the name of its error.
_TRY = """
import ctypes, errno, os, socket
libc = ctypes.CDLL(None, use_errno=True)
def attempt(name, call):
    try:
        ended = "DONE" if call() != -1 else errno.errorcode[ctypes.get_errno()]
    except OSError as error:
        ended = errno.errorcode.get(error.errno, repr(error))
    print(name, ended)
def syscall(*arguments):
    return libc.syscall(*arguments)
NUMBERS = __import__("json").loads(os.environ.get("NUMBERS", "{}"))
"""

_X86_64 = {
    "unshare": 272, "setns": 308, "mount": 165, "pivot_root": 155, "bpf": 321, "keyctl": 250, "add_key": 248,
    "perf_event_open": 298, "userfaultfd": 323, "io_uring_setup": 425, "ptrace": 101, "process_vm_readv": 310,
    "open_by_handle_at": 304, "kexec_load": 246, "init_module": 175, "syslog": 103, "shmget": 29, "mq_open": 240,
    "fsopen": 430, "move_mount": 429, "chroot": 161, "kcmp": 312,
}  # fmt: skip
_ARM64 = {
    "unshare": 97, "setns": 268, "mount": 40, "pivot_root": 41, "bpf": 280, "keyctl": 219, "add_key": 217,
    "perf_event_open": 241, "userfaultfd": 282, "io_uring_setup": 425, "ptrace": 117, "process_vm_readv": 270,
    "open_by_handle_at": 265, "kexec_load": 104, "init_module": 105, "syslog": 116, "shmget": 194, "mq_open": 180,
    "fsopen": 430, "move_mount": 429, "chroot": 51, "kcmp": 272,
}  # fmt: skip
_CLONE_NEWUSER = 0x10000000

ESCAPE = [
    Attack(
        "no privilege is left",
        """
        fields = dict(line.split(":\\t") for line in open("/proc/self/status").read().splitlines())
        wanted = ("Uid", "Gid", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp")
        print(*(fields[name].split()[0].lstrip("0") or 0 for name in wanted))
        """,
        output="1000 1000 0 0 0 0 0 1 2\n",
    ),
    Attack(
        "calls that reach into the kernel are refused",
        _TRY
        + f"""
numbers = {_X86_64!r} if os.uname().machine == "x86_64" else {_ARM64!r}
for name, number in numbers.items():
    attempt(name, lambda: syscall(number, {_CLONE_NEWUSER} if name == "unshare" else 0, 0, 0, 0, 0))
        """,
        check=lambda result: {line.split()[1] for line in result.output.splitlines()} == {"EPERM"},
    ),
    Attack(
        "clone cannot make a namespace, and clone3 is not there",
        _TRY
        + f"""
x86 = os.uname().machine == "x86_64"
attempt("clone", lambda: syscall(56 if x86 else 220, {_CLONE_NEWUSER} | 17, 0, 0, 0, 0))
attempt("clone3", lambda: syscall(435, 0, 0))
        """,
        output="clone EPERM\nclone3 ENOSYS\n",
    ),
    Attack(
        "only ordinary sockets can be had",
        _TRY
        + """
for family, kind in ((40, 1), (38, 5), (16, 3), (17, 3), (31, 3), (2, 3)):
    attempt(family, lambda: socket.socket(family, kind, 1 if family == 2 else 0) and 0)
for family in (1, 2, 10):
    attempt(family, lambda: socket.socket(family, 1) and 0)
        """,
        output="40 EPERM\n38 EPERM\n16 EPERM\n17 EPERM\n31 EPERM\n2 EPERM\n1 DONE\n2 DONE\n10 DONE\n",
    ),
    Attack(
        "there is no network",
        _TRY
        + """
import pathlib
print(*(line.split(":")[0].strip() for line in open("/proc/net/dev").read().splitlines()[2:]
        if int(pathlib.Path(f"/sys/class/net/{line.split(':')[0].strip()}/flags").read_text(), 16) & 1))
for address in ("169.254.169.254", "172.17.0.1", "10.0.0.1", "192.168.0.1", "1.1.1.1"):
    attempt(address, lambda: socket.create_connection((address, 80), 1) and 0)
        """,
        output="lo\n"
        + "".join(
            f"{address} ENETUNREACH\n"
            for address in ("169.254.169.254", "172.17.0.1", "10.0.0.1", "192.168.0.1", "1.1.1.1")
        ),
    ),
    Attack(
        "only the workspace and scratch can be written",
        """
        import os
        for folder in ("/", "/etc", "/opt/venv", "/usr/bin", "/proc/sys/kernel", "/sys", "/sys/fs/cgroup", "/dev",
                       "/var/tmp", "/run", "/tmp", "/workspace", "/dev/shm"):
            try:
                open(folder + "/x", "w").close()
                print(folder)
            except OSError:
                pass
        """,
        output="/tmp\n/workspace\n/dev/shm\n",
    ),
    Attack(
        "the host's files and engine are not there",
        """
        import os
        for path in ("/var/run/docker.sock", "/run/docker.sock", "/run/containerd", "/var/lib/docker"):
            print(os.path.exists(path))
        """,
        output="False\n" * 4,
    ),
    Attack(
        "devices cannot be made, and programs that change user are not there",
        _TRY
        + """
import subprocess
attempt("mknod", lambda: os.mknod("disk", 0o60600, os.makedev(8, 0)) or 0)
print(subprocess.run(["find", "/", "-xdev", "-perm", "/6000", "-type", "f"], capture_output=True).stdout)
        """,
        output="mknod EPERM\nb''\n",
    ),
    Attack(
        "PID 1 cannot be read, traced, frozen or killed",
        _TRY
        + """
import signal
for name in ("mem", "environ", "maps", "fd", "root", "cwd"):
    attempt(name, lambda: os.listdir(f"/proc/1/{name}") and 0 if name in ("fd", "root", "cwd")
            else open(f"/proc/1/{name}").read(1) and 0)
for number in range(1, 65):
    if number not in (32, 33):
        os.kill(1, number)
print("still here")
        """,
        output="mem EACCES\nenviron EACCES\nmaps EACCES\nfd EACCES\nroot EACCES\ncwd EACCES\nstill here\n",
    ),
    Attack(
        "no descriptor of the driver is left",
        "import os; print(sorted(os.listdir('/proc/self/fd')), os.path.realpath('/proc/self/fd/0'))",
        output="['0', '1', '2', '3'] /dev/null\n",
    ),
]

EXHAUST = [
    Attack(
        "a fork bomb",
        """
        import os
        while True:
            try:
                os.fork()
            except OSError:
                pass
        """,
        killed="time",
        timeout=2,
    ),
    Attack(
        "a fork bomb in bash",
        "bomb() { bomb | bomb & }; bomb; sleep 60",
        killed="time",
        timeout=2,
        language="bash",
    ),
    Attack("a memory bomb", "hoard = []\nwhile True: hoard.append(bytearray(10**7))", killed="memory"),
    Attack(
        "a memory bomb in a child of bash",
        "python -c 'x = bytearray(2 * 10**9)'; exit 137",
        killed="memory",
        language="bash",
    ),
    Attack("a full workspace", "open('big', 'wb').write(bytes(300_000_000))", killed="disk"),
    Attack(
        "a full workspace, full scratch and full shared memory",
        "for f in /workspace/f /tmp/f /dev/shm/f; do head -c 400M /dev/zero > $f; done; false",
        killed="disk",
        language="bash",
        timeout=30,
    ),
    Attack(
        "a flood of empty files",
        "import itertools\nfor n in itertools.count(): open(f'f{n}', 'w').close()",
        killed="disk",
        timeout=30,
        check=lambda result: "more files not kept" in result.note,
    ),
    Attack(
        "a file of a terabyte",
        "open('sparse', 'wb').truncate(10**12)",
        check=lambda result: "File too large" in result.output,
    ),
    Attack("a file of a terabyte in bash", "exec truncate -s 1T sparse", killed="disk", language="bash"),
    Attack("endless output", "import os\nwhile True: os.write(1, bytes(65536))", killed="output"),
    Attack("endless output of children", "yes & yes & yes", killed="output", language="bash"),
    Attack(
        "too many open files",
        "files = []\nwhile True: files.append(open('/dev/null'))",
        check=lambda result: "Too many open files" in result.output,
    ),
    Attack(
        "a tree too deep to walk",
        """
        import os
        for _ in range(3000):
            os.mkdir("d" * 200)
            os.chdir("d" * 200)
        print("made")
        """,
        output="made\n",
        check=lambda result: "not kept" in result.note,
        timeout=30,
    ),
]

PERSIST = [
    Attack(
        "a daemon",
        """
        import os, sys, time
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.close(1), os.close(2)
                while True:
                    open("/workspace/alive", "w").write(str(time.time()))
                    time.sleep(0.01)
            os._exit(0)
        """,
        output="",
    ),
    Attack(
        "a program that ignores every signal",
        """
        import os, signal, time
        for number in set(range(1, 65)) - {9, 19, 32, 33}:
            signal.signal(number, signal.SIG_IGN)
        os.fork(), os.fork()
        while True: time.sleep(1)
        """,
        killed="time",
        timeout=1,
    ),
    Attack("a program that stops itself", "import os; os.kill(os.getpid(), 19)", killed="time", timeout=1),
    Attack(
        "a trap in place of the next script",
        """
        import os, sys
        os.remove(sys.argv[0])
        os.mkfifo(sys.argv[0])
        """,
        output="",
    ),
    Attack(
        "a folder in place of the next script",
        """
        import os, sys
        os.remove(sys.argv[0])
        os.makedirs(sys.argv[0] + "/x")
        os.chmod(sys.argv[0], 0)
        """,
        output="",
    ),
    Attack(
        "unreadable files and folders",
        "mkdir a; touch a/x b; chmod 0 a b",
        language="bash",
        check=lambda result: "2 more files not kept" in result.note,
    ),
    Attack(
        "shared memory that nobody frees",
        """
        from multiprocessing import shared_memory, resource_tracker
        block = shared_memory.SharedMemory("left", create=True, size=8_000_000)
        resource_tracker.unregister(block._name, "shared_memory")
        """,
        output="",
    ),
]


@pytest.mark.parametrize("attack", [pytest.param(attack, id=attack.name) for attack in ESCAPE + EXHAUST + PERSIST])
async def test_an_attack_fails_and_the_sandbox_lives(box: DockerSandbox, attack: Attack) -> None:
    before = box._box
    started = time.monotonic()
    result = await box.run(dedent(attack.code), attack.language, attack.timeout)
    assert time.monotonic() - started < attack.timeout + 3
    if attack.output is not None:
        assert result.output == attack.output
    assert result.killed == attack.killed, result
    assert attack.check(result), result
    after = await box.run("import os; print(sorted(p for p in os.listdir('/proc') if p.isdigit()))", "python", 20)
    assert after.ok, after
    assert len(after.output.split(",")) == 2, "a process has survived"
    await box.changed()
    assert box._box is before, "the container had to be thrown away"


async def test_nothing_planted_in_one_session_is_seen_in_another(opened: Opened) -> None:
    plant = "echo x > /workspace/planted; echo x > /tmp/planted; echo x > /dev/shm/planted; sleep 60 & exit 0"
    look = "ls /workspace /tmp/planted /dev/shm; ls /proc | grep -c '^[0-9]'"
    async with opened.sandboxes.open("a", ()) as a, opened.sandboxes.open("b", ()) as b:
        await a.run(plant, "bash", 10)
        seen = await b.run(look, "bash", 10)
    assert "planted\n" not in seen.output.replace("'/tmp/planted'", "")


async def test_a_run_cannot_use_more_cpu_than_its_share(box: DockerSandbox) -> None:
    code = """
    import multiprocessing, os, time
    def burn(_):
        end = time.monotonic() + 2
        while time.monotonic() < end: pass
    with multiprocessing.Pool(4) as pool:
        pool.map(burn, range(4), 1)
    pool.join()
    times = os.times()
    print(times.children_user + times.children_system)
    """
    result = await box.run(dedent(code), "python", 30)
    assert float(result.output) < 4
