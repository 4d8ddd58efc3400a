"""Files and folders that other users of the machine can neither read nor list."""

from __future__ import annotations

import logging
import os
import re
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

log = logging.getLogger(__name__)

_OTHERS = 0o077
_FILES = re.compile(
    r"installation|discord-commands|(?:sandbox-image|battery)\.json(?:\.unfinished)?"
    r"|roundtable\.lock|roundtable\.sqlite(?:-wal|-shm|-journal|\.lock)?"
)
_FOLDERS = re.compile(r"uploads|doctor|evaluations|s[0-9a-f]{10}")
"""What Roundtable makes in a work directory; the folders hold what was attached, and what sessions have."""
_KEEPER = ".gitkeep"
_BLOB = re.compile(r"[0-9a-f]{2,64}|tmp[0-9a-z_]{8}|\.unfinished-.*")
"""The files in such folders."""


def make_folder(path: Path) -> None:
    """Make a folder, 0700, unless it is there; the folders above it are made as usual."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)


def make_file(path: Path) -> None:
    """Make an empty file, 0600, unless it is there."""
    path.touch(mode=0o600)


def create(path: Path) -> BinaryIO:
    """Open a file to write, 0600 from its first moment; one that is there is emptied."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb")


def write_text(path: Path, text: str) -> None:
    """Write a file, 0600 when it is new."""
    with create(path) as file:
        file.write(text.encode())


def close_folder(folder: Path) -> None:
    """Close a work directory, and what earlier versions left readable in it, to all users but its owner.

    What has no name of ours stays as it is, and so does a folder that has such things in it, or is open to all
    users as /tmp is.
    """
    if folder.stat().st_mode & stat.S_ISVTX:
        log.warning("%s is open to all users: set ROUNDTABLE_WORK_DIR to a folder of its own.", folder)
        return
    ours, theirs = _sorted(folder)
    if theirs:
        log.warning(
            "%s has files of others, as %s, and others may list it: set ROUNDTABLE_WORK_DIR to one of its own.",
            folder,
            theirs[0].name,
        )
    close_files(ours if theirs else [folder.resolve(), *ours])


def close_files(paths: Iterable[Path]) -> None:
    """Close these files and folders, those that exist, to all users but their owner; links are not followed."""
    left = [path for path in paths if not _close(path)]
    if left:
        log.warning("Others may read %s%s, and that cannot be changed.", left[0], _and_more(len(left) - 1))


def _sorted(folder: Path) -> tuple[list[Path], list[Path]]:
    """What is in a work directory: what is to be closed, and what is not ours."""
    ours: list[Path] = []
    theirs: list[Path] = []
    for path in folder.iterdir():
        is_link = path.is_symlink()
        if _FILES.fullmatch(path.name) and path.is_file() and not is_link:
            ours.append(path)
        elif _FOLDERS.fullmatch(path.name) and path.is_dir() and not is_link:
            ours += _closable(path)
        elif path.name != _KEEPER:
            theirs.append(path)
    return ours, theirs


def _closable(folder: Path) -> list[Path]:
    """A folder of ours and its files; only these when something else is in it."""
    if folder.name == "evaluations":
        return [folder]
    found = list(folder.iterdir())
    blobs = [path for path in found if _BLOB.fullmatch(path.name)]
    return blobs if len(blobs) < len(found) else [folder, *blobs]


def _close(path: Path) -> bool:
    """Whether no other user may use it now."""
    try:
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode) or not status.st_mode & _OTHERS:
            return True
        # By its handle: the name may mean another file by now.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            os.fchmod(handle, stat.S_IMODE(os.fstat(handle).st_mode) & ~_OTHERS)
        finally:
            os.close(handle)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _and_more(count: int) -> str:
    return f" and {count:,} more" if count else ""
