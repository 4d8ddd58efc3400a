"""Files that programs leave outside the workspace, where nothing is kept."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping

from . import files
from .survey import KeptFile, digest_of

CACHES = ("joblib_memmapping_folder_", "loky-", "pymp-")
"""What libraries begin the names of their own folders with."""


class Strays:
    """What is in the scratch folder, and what of it the bot was told."""

    def __init__(self, folder: str = files.SCRATCH) -> None:
        self.folder = os.fsencode(folder)
        self.told: dict[bytes, files.Mark] = {}

    def untold(self, kept: Mapping[bytes, KeptFile]) -> list[bytes]:
        """The paths of files that are new or have changed since the last call, but for copies of what is kept."""
        found = dict(regular_files(self.folder))
        new = [path for path, status in found.items() if self.told.get(path) != files.mark(status)]
        self.told = {path: files.mark(status) for path, status in found.items()}
        return sorted(path for path in new if not is_copy(path, found[path].st_size, kept))


def regular_files(folder: bytes) -> Iterator[tuple[bytes, os.stat_result]]:
    """Every regular file that holds something, in no hidden folder and in none of a library's own."""
    folders = [folder]
    while folders:
        try:
            entries = list(os.scandir(folders.pop()))
        except OSError:
            continue
        for entry in entries:
            name = os.fsdecode(entry.name)
            if name.startswith((".", *CACHES)) or name in files.JUNK or len(entry.path) > files.LONGEST_PATH:
                continue
            status = entry.stat(follow_symlinks=False)
            if stat.S_ISDIR(status.st_mode):
                folders.append(entry.path)
            elif stat.S_ISREG(status.st_mode) and status.st_size:
                yield entry.path, status


def is_copy(path: bytes, size: int, kept: Mapping[bytes, KeptFile]) -> bool:
    """Whether the workspace has the same bytes in one of its files."""
    digests = {file.digest for file in kept.values() if file.size == size}
    try:
        return bool(digests) and digest_of(path, lambda: None) in digests
    except OSError:
        return False
