"""Attacks that want out: to the kernel, the network, the host's files, the driver."""

from __future__ import annotations

from bot.sandbox.battery.attack import Attack, Holds, all_lines, both, keeps, lacks, prints

_TRY = """
import ctypes, errno, os, socket, stat
libc = ctypes.CDLL(None, use_errno=True)
def attempt(name, call):
    try:
        ended = "DONE" if call() != -1 else errno.errorcode[ctypes.get_errno()]
    except OSError as error:
        ended = errno.errorcode.get(error.errno, repr(error))
    print(name, ended)
x86 = os.uname().machine == "x86_64"
"""

_CALLS = {
    # on x86-64 and on arm64
    "mount": (165, 40), "fsopen": (430, 430), "move_mount": (429, 429), "pivot_root": (155, 41), "chroot": (161, 51),
    "unshare": (272, 97), "setns": (308, 268), "bpf": (321, 280), "perf_event_open": (298, 241),
    "userfaultfd": (323, 282), "io_uring_setup": (425, 425), "keyctl": (250, 219), "add_key": (248, 217),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "kcmp": (312, 272), "open_by_handle_at": (304, 265),
    "kexec_load": (246, 104), "init_module": (175, 105), "syslog": (103, 116), "shmget": (29, 194),
    "mq_open": (240, 180),
}  # fmt: skip
_NEWUSER = 0x10000000


def _refused(name: str, *calls: str) -> Attack:
    lines = [
        f"attempt({call!r}, lambda: libc.syscall({_CALLS[call][0]} if x86 else {_CALLS[call][1]}, "
        f"{_NEWUSER if call == 'unshare' else 0}, 0, 0, 0, 0))"
        for call in calls
    ]
    return Attack("escape", name, _TRY + "\n".join(lines), all_lines(" EPERM"))


def _no_socket(name: str, *sockets: tuple[int, int, int]) -> Attack:
    lines = [
        f"attempt({family}, lambda: socket.socket{family, kind, protocol} and 0)"
        for family, kind, protocol in sockets
    ]
    return Attack("escape", name, _TRY + "\n".join(lines), all_lines(" EPERM", " ENOTSUP", " EOPNOTSUPP"))


def _unreachable(name: str, *addresses: str) -> Attack:
    lines = [
        f"attempt({address!r}, lambda: socket.create_connection(({address!r}, 80), 1) and 0)"
        for address in addresses
    ]
    return Attack("escape", name, _TRY + "\n".join(lines), all_lines(" ENETUNREACH"))


def _python(name: str, code: str, holds: Holds) -> Attack:
    return Attack("escape", name, _TRY + code, holds)


ESCAPE = (
    _python(
        "use a privilege that was left",
        """
fields = dict(line.split(":\\t") for line in open("/proc/self/status").read().splitlines())
wanted = ("Uid", "Gid", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp")
print(*(fields[name].split()[0].lstrip("0") or 0 for name in wanted))
""",
        prints("1000 1000 0 0 0 0 0 1 2"),
    ),
    _refused("mount something", "mount", "fsopen", "move_mount"),
    _refused("change the root folder", "pivot_root", "chroot"),
    _refused("make or enter a namespace", "unshare", "setns"),
    _python(
        "make a namespace by clone",
        f"""
pid = libc.syscall(56 if x86 else 220, {_NEWUSER} | 17, 0, 0, 0, 0)
if pid == 0:
    os._exit(0)
attempt("clone", lambda: -1 if pid < 0 else 0)
attempt("clone3", lambda: libc.syscall(435, 0, 0))
""",
        prints("clone EPERM", "clone3 ENOSYS"),
    ),
    _refused("load a program into the kernel", "bpf", "perf_event_open"),
    _refused("freeze the kernel in a page fault", "userfaultfd"),
    _refused("open an io_uring", "io_uring_setup"),
    _refused("reach the kernel's keyrings", "keyctl", "add_key"),
    _refused("look into other processes", "ptrace", "process_vm_readv", "kcmp"),
    _refused("open a file by its handle (shocker)", "open_by_handle_at"),
    _refused("load a module or another kernel", "kexec_load", "init_module"),
    _refused("read the kernel's log", "syslog"),
    _refused("use System V or POSIX queues", "shmget", "mq_open"),
    _no_socket("talk to the virtual machine's host (AF_VSOCK)", (40, 1, 0)),
    _no_socket("reach the kernel's cryptography (AF_ALG)", (38, 5, 0)),
    _no_socket("talk to the kernel (AF_NETLINK)", (16, 3, 0)),
    _no_socket("write raw packets", (17, 3, 0), (2, 3, 1)),
    _python(
        "find a network",
        """
links = [line.split(":")[0].strip() for line in open("/proc/net/dev").read().splitlines()[2:]]
print(*(link for link in links if int(open(f"/sys/class/net/{link}/flags").read(), 16) & 1))
""",
        prints("lo"),
    ),
    _unreachable("reach the cloud's metadata", "169.254.169.254"),
    _unreachable("reach the host by its gateways", "172.17.0.1", "10.0.0.1", "192.168.0.1"),
    _unreachable("reach the internet", "1.1.1.1"),
    _python(
        "ask a name server",
        """
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
    attempt("ask", lambda: line.sendto(b"x", ("8.8.8.8", 53)))
""",
        prints("ask ENETUNREACH"),
    ),
    _python(
        "write anywhere but into the workspace and scratch",
        """
for folder in ("/", "/etc", "/opt/venv", "/usr/bin", "/var/tmp", "/run", "/root", "/home"):
    try:
        open(folder + "/x", "w").close()
        print(folder)
    except OSError:
        pass
print("done")
""",
        prints("done"),
    ),
    _python(
        "set what the kernel does (core_pattern, sysctl, sysrq)",
        """
for path in ("/proc/sys/kernel/core_pattern", "/proc/sys/vm/overcommit_memory", "/proc/sysrq-trigger"):
    attempt(path, lambda: os.close(os.open(path, os.O_WRONLY)) or 0)
""",
        all_lines(" EROFS", " EACCES", " ENOENT"),
    ),
    _python(
        "change its own limits (cgroups, release_agent)",
        """
import glob
for path in glob.glob("/sys/fs/cgroup/**/cgroup.procs", recursive=True)[:5] + ["/sys/fs/cgroup/release_agent"]:
    attempt(path, lambda: os.close(os.open(path, os.O_WRONLY)) or 0)
""",
        all_lines(" EROFS", " EACCES", " ENOENT"),
    ),
    _python(
        "find devices of the host",
        """
known = {"null", "zero", "full", "random", "urandom", "tty", "console"}
for name in os.listdir("/dev"):
    if stat.S_IFMT(os.lstat("/dev/" + name).st_mode) in (stat.S_IFBLK, stat.S_IFCHR) and name not in known:
        print("device", name)
print("done")
""",
        prints("done"),
    ),
    _python(
        "make a device",
        'attempt("mknod", lambda: os.mknod("disk", 0o60600, os.makedev(8, 0)) or 0)',
        prints("mknod EPERM"),
    ),
    _python(
        "find a program that changes its user",
        """
import subprocess
found = subprocess.run(["find", "/", "-xdev", "-perm", "/6000", "-type", "f"], capture_output=True, text=True)
print("found", found.stdout.split())
attempt("setuid", lambda: os.setuid(0) or 0)
""",
        prints("found []", "setuid EPERM"),
    ),
    _python(
        "find the engine's socket",
        """
for path in ("/var/run/docker.sock", "/run/docker.sock", "/run/containerd", "/var/lib/docker", "/host"):
    if os.path.exists(path):
        print("there is", path)
for port in (2375, 2376):
    attempt(port, lambda: socket.create_connection(("127.0.0.1", port), 1) and 0)
""",
        prints("2375 ECONNREFUSED", "2376 ECONNREFUSED"),
    ),
    _python(
        "find a secret in the environment",
        """
words = ("TOKEN", "KEY", "SECRET", "PASSWORD", "ROUNDTABLE", "DOCKER")
print([name for name in os.environ if any(word in name.upper() for word in words)])
""",
        prints("[]"),
    ),
    _python(
        "read the driver (PID 1)",
        """
for name in ("mem", "environ", "maps"):
    attempt(name, lambda: open(f"/proc/1/{name}", "rb").read(1) and 0)
for name in ("fd", "root", "cwd"):
    attempt(name, lambda: os.listdir(f"/proc/1/{name}") and 0)
""",
        all_lines(" EACCES"),
    ),
    _python(
        "speak in the driver's place",
        """
attempt("stdout of PID 1", lambda: os.open("/proc/1/fd/1", os.O_WRONLY) and 0)
print(sorted(os.listdir("/proc/self/fd")), os.path.realpath("/proc/self/fd/0"))
""",
        prints("stdout of PID 1 EACCES", "['0', '1', '2', '3', '4', '5', '6'] /dev/null"),
    ),
    _python(
        "have links to the host's files taken along",
        """
os.symlink("/etc/passwd", "passwd.txt")
os.symlink("/etc", "etc")
os.makedirs("real")
os.symlink("/proc/self", "real/self")
open("honest.txt", "w").write("x")
""",
        keeps("honest.txt"),
    ),
    _python(
        "read what the kernel knows of the host",
        """
for path in ("/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware", "/proc/scsi"):
    try:
        found = os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(1)
    except OSError:
        found = []
    if found:
        print("leaks", path)
print("done")
""",
        both(lacks("leaks"), lambda evidence: evidence.result.ok),
    ),
)
