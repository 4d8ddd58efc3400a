"""Files and folders that other users of the machine can neither read nor list."""

from __future__ import annotations

import logging
import os
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

log = logging.getLogger(__name__)

_OTHERS = 0o077
_OURS = re.compile(r"uploads|doctor|s[0-9a-f]{10}")
"""The folders in a work directory that hold files of ours: what was attached, and what sessions have."""


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
    """Take a work directory, and what earlier versions left readable in it, from everybody but its owner.

    A folder for everybody, as /tmp is, stays one.
    """
    if folder.stat().st_mode & stat.S_ISVTX:
        log.warning("%s is a folder for everybody: set ROUNDTABLE_WORK_DIR to one of its own.", folder)
        return
    close_files([folder.resolve(), *_inside(folder)])


def close_files(paths: Iterable[Path]) -> None:
    """Take from everybody but their owner these files and folders, where they are; links are not followed."""
    left = [path for path in paths if not _close(path)]
    if left:
        log.warning("Others may read %s%s, and that cannot be changed.", left[0], _and_more(len(left) - 1))


def _inside(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_symlink():
            continue
        if path.is_file():
            yield path
        elif path.is_dir() and _OURS.fullmatch(path.name):
            yield path
            yield from path.iterdir()


def _close(path: Path) -> bool:
    """Whether nobody else may use it now."""
    try:
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode) or not status.st_mode & _OTHERS:
            return True
        # By its handle: what this name means may change meanwhile.
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
