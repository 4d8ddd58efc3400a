"""What a container is, by its own kernel's word: the bot compares it with the profile it asked for."""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import socket

from . import files

UNLIMITED = 2**62
PR_GET_NO_NEW_PRIVS = 39
CLONE_NEWUSER = 0x10000000
CALLS = {"x86_64": {"unshare": 272, "io_uring_setup": 425}, "aarch64": {"unshare": 97, "io_uring_setup": 425}}
AF_ALG, AF_VSOCK = 38, 40


def about_this_container() -> dict[str, object]:
    """User, rights, network and limits as they are in effect, and the doors that should be closed but are open."""
    with open("/proc/self/status") as lines:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in lines)
    return {
        "user": int(status["Uid"].split()[1]),
        "capabilities": int(status["CapEff"], 16) | int(status["CapBnd"], 16) | int(status["CapPrm"], 16),
        "no_new_privileges": ctypes.CDLL(None).prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1,
        "seccomp": int(status["Seccomp"]),
        "read_only_root": bool(os.statvfs("/").f_flag & os.ST_RDONLY),
        "interfaces": interfaces(),
        "open_doors": open_doors(),
        "limits": limits(),
    }


def interfaces() -> list[str]:
    """Those that are up, but for the one that leads back here."""
    with open("/proc/net/dev") as lines:
        names = [line.split(":")[0].strip() for line in lines.read().splitlines()[2:]]
    return sorted(name for name in names if name != "lo" and is_up(name))


def is_up(interface: str) -> bool:
    """As far as is known: gVisor does not tell, and is taken to mean yes."""
    try:
        with open(f"/sys/class/net/{interface}/flags") as flags:
            return bool(int(flags.read(), 16) & 1)
    except FileNotFoundError:
        return True


def open_doors() -> list[str]:
    """Ways into the kernel that our own seccomp filter closes and some engines leave open."""
    libc = ctypes.CDLL(None, use_errno=True)
    calls = CALLS.get(os.uname().machine, {})
    doors = [name for name, number in calls.items() if is_let_through(libc, name, number)]
    for name, family, kind in (
        ("AF_ALG", AF_ALG, socket.SOCK_SEQPACKET),
        ("AF_VSOCK", AF_VSOCK, socket.SOCK_STREAM),
    ):
        try:
            socket.socket(family, kind).close()
            doors.append(name)
        except OSError:
            pass
    return doors


def is_let_through(libc: ctypes.CDLL, name: str, number: int) -> bool:
    """Whether the kernel itself gets to see a call; in a child, since it might succeed."""
    pid = os.fork()
    if not pid:
        libc.syscall(number, CLONE_NEWUSER if name == "unshare" else 0, 0)
        os._exit(int(ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS)))
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) != 0


def limits() -> dict[str, int]:
    """What the kernel lets this container use; a limit that it does not tell of is left out."""
    workspace = os.statvfs(files.WORKSPACE)
    found = {
        "memory": read_number("memory.max", "memory/memory.limit_in_bytes"),
        "processes": read_number("pids.max", "pids/pids.max"),
        "cpu_percent": cpu_percent(),
        "workspace": workspace.f_blocks * workspace.f_frsize,
        "workspace_files": workspace.f_files,
        "open_files": resource.getrlimit(resource.RLIMIT_NOFILE)[1],
        "file_size": resource.getrlimit(resource.RLIMIT_FSIZE)[1],
    }
    return {name: value for name, value in found.items() if value is not None and 0 <= value < UNLIMITED}


def memory_in_use() -> int:
    """Bytes that the whole container holds, files in memory included; 0 when the kernel does not tell."""
    return read_number("memory.current", "memory/memory.usage_in_bytes") or 0


def read_number(*names: str) -> int | None:
    """The first of these cgroup files that holds a number."""
    for name in names:
        try:
            with open(f"/sys/fs/cgroup/{name}") as source:
                return int(source.read())
        except (OSError, ValueError):
            continue
    return None


def cpu_percent() -> int | None:
    """The share of one core, of all cores together."""
    try:
        with open("/sys/fs/cgroup/cpu.max") as source:
            most, period = source.read().split()
        return int(most) * 100 // int(period) if most != "max" else None
    except OSError:
        quota, length = read_number("cpu/cpu.cfs_quota_us"), read_number("cpu/cpu.cfs_period_us")
        return quota * 100 // length if quota and length and quota > 0 else None
