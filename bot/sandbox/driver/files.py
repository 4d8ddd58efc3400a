"""The workspace and the scratch folders, in a world where file names and files are hostile."""

from __future__ import annotations

import errno
import os
import stat
import subprocess

WORKSPACE = "/workspace"
SCRATCH = "/tmp"  # noqa: S108
SHARED_MEMORY = "/dev/shm"  # noqa: S108
FONT_CACHE = "/opt/roundtable/matplotlib"
SCRIPT = ".roundtable-script"
JUNK = {SCRIPT, "__pycache__", ".cache", ".config", ".local", ".ipynb_checkpoints"}
LONGEST_PATH = 1000
NEARLY_FULL = 128 * 1024

Mark = tuple[int, int, int, int]


def mark(status: os.stat_result) -> Mark:
    """What cannot stay the same when a file's bytes change: code can set mtime back, but not ctime."""
    return (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def to_bytes(text: str) -> bytes:
    return text.encode("latin-1")


def to_text(path: bytes) -> str:
    return path.decode("latin-1")


def in_workspace(path: bytes) -> bytes:
    return os.path.join(os.fsencode(WORKSPACE), path)


def open_regular(path: bytes) -> int:
    """Neither a link in the last place nor a FIFO; nothing else runs meanwhile that could swap the others."""
    source = os.open(in_workspace(path), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(source).st_mode):
        raise OSError(errno.EINVAL, "not a regular file")
    return source


def create(path: bytes) -> int:
    """An empty file to write to; whatever code has left in its way is removed."""
    folder = b""
    for name in path.split(b"/")[:-1]:
        folder = os.path.join(folder, name)
        place = in_workspace(folder)
        if os.path.islink(place) or not os.path.isdir(place):
            remove(place)
            os.mkdir(place)
    remove(in_workspace(path))
    return os.open(in_workspace(path), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)


def write_all(target: int, data: bytes) -> str:
    """Why the data could not be written; empty when it could."""
    left = memoryview(data)
    try:
        while left:
            left = left[os.write(target, left) :]
    except OSError as error:
        return str(error.strerror)
    return ""


def is_full(folder: str) -> bool:
    room = os.statvfs(folder)
    return room.f_bavail * room.f_frsize < NEARLY_FULL or room.f_favail < 8


def wipe(folder: str) -> None:
    for name in os.listdir(folder):
        remove(f"{folder}/{name}")


def remove(path: str | bytes) -> None:
    """Removes whatever is there and follows no link; `rm` can do trees that are too deep for Python."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass
    except OSError:
        subprocess.run(["chmod", "-R", "u+rwx", path], stderr=subprocess.DEVNULL, check=False)
        subprocess.run(["rm", "-rf", path], stderr=subprocess.DEVNULL, check=False)


def used(folder: str) -> dict[str, int]:
    """What a folder with a file system of its own holds."""
    room = os.statvfs(folder)
    return {"disk": (room.f_blocks - room.f_bfree) * room.f_frsize, "inodes": room.f_files - room.f_ffree}


def write_script(code: str, name: bytes) -> tuple[str, bool]:
    """A file with the code, and whether it has the name that was wished for; without one it is to be removed."""
    if name and write_named(code, name):
        return os.fsdecode(in_workspace(name)), True
    return write_unnamed(code), False


def write_named(code: str, name: bytes) -> bool:
    """Whether the code could be written there: only a regular file may give way, and only folders lead there."""
    folders = [
        place
        for end, byte in enumerate(name)
        if byte == ord("/")
        if os.path.lexists(place := in_workspace(name[:end]))
    ]
    if any(os.path.islink(folder) or not os.path.isdir(folder) for folder in folders):
        return False
    place = in_workspace(name)
    if os.path.lexists(place) and not stat.S_ISREG(os.lstat(place).st_mode):
        return False
    try:
        target = create(name)
    except OSError:
        return False
    why = write_all(target, code.encode())
    os.close(target)
    return not why


def write_unnamed(code: str) -> str:
    """A file with the code, in the workspace unless that is full."""
    for folder in (WORKSPACE, SCRATCH):
        path = f"{folder}/{SCRIPT}"
        remove(path)
        try:
            target = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        except OSError:
            continue
        why = write_all(target, code.encode())
        os.close(target)
        if not why:
            return path
    raise SystemExit("no room for a script")


def unlock() -> None:
    """The folders are ours to use again, whatever code has made of their rights."""
    for folder in (WORKSPACE, SCRATCH):
        os.chmod(folder, 0o700)


def clean_scratch() -> bool:
    """What killed programs leave in shared memory goes; a full scratch folder would break every later run.

    Whether that was full, and was emptied.
    """
    wipe(SHARED_MEMORY)
    if not is_full(SCRATCH):
        return False
    wipe(SCRATCH)
    link_font_cache()
    return True


def link_font_cache() -> None:
    """Lets every fresh Python find the fonts that were catalogued when the image was built."""
    home = os.environ["MPLCONFIGDIR"]
    os.makedirs(home, exist_ok=True)
    for name in os.listdir(FONT_CACHE):
        os.symlink(f"{FONT_CACHE}/{name}", f"{home}/{name}")
