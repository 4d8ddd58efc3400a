"""Which files of the workspace the bot has or should get, and why it does not get the others."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from . import files
from .wire import CHUNK

PAGE = 4096

Why = str
"""One word for a reason; the bot has the sentences."""


class KeptFile(NamedTuple):
    """A file as the bot has it."""

    mark: files.Mark
    digest: str

    @property
    def size(self) -> int:
        return self.mark[1]


class Seen(NamedTuple):
    """What is in the workspace: regular files that can be read, and why nothing else can be kept."""

    files: dict[bytes, os.stat_result]
    others: dict[bytes, Why]


class Room:
    """What may still be kept: files and bytes in a workspace, and bytes on the bot's disk, fewer for new files."""

    def __init__(self, limits: Mapping[str, int], kept: Mapping[bytes, KeptFile]) -> None:
        self.each = limits["each"]
        self.files = limits["files"] - len(kept)
        self.total = limits["total"] - sum(in_pages(file.size) for file in kept.values())
        self.disk = limits["disk"]
        self.new = limits["new"]

    def refuses(self, size: int, before: KeptFile | None) -> Why:
        """Why a workspace has no place for a file of this size, or for one that was smaller before."""
        if size > self.each:
            return "large"
        if before is None and self.files < 1:
            return "many"
        return "full" if self._growth(size, before) > max(0, self.total) else ""

    def take(self, size: int, cost: int, before: KeptFile | None) -> bool:
        """Uses what a file takes, `cost` bytes of the bot's disk included; false when that has no room for it."""
        if cost > (self.disk if before else self.new):
            return False
        self.files -= before is None
        self.total -= self._growth(size, before)
        self.disk -= cost
        self.new -= cost
        return True

    def _growth(self, size: int, before: KeptFile | None) -> int:
        return in_pages(size) - (in_pages(before.size) if before else 0)


class KeptFiles:
    """The files of a workspace that the bot has, and what it was told of the others."""

    def __init__(self, root: str = files.WORKSPACE) -> None:
        self.root = os.fsencode(root)
        self.known: dict[bytes, KeptFile] = {}
        self.told: dict[bytes, tuple[Why, files.Mark | None]] = {}
        self.untold: list[tuple[bytes, Why]] = []
        """What the last `update` left out for the first time, the most important first."""

    def add(self, path: bytes, status: os.stat_result, digest: str) -> None:
        self.known[path] = KeptFile(files.mark(status), digest)

    def forget(self, path: bytes) -> None:
        self.known.pop(path, None)

    def update(
        self, limits: Mapping[str, int], busy: Callable[[], None]
    ) -> Iterator[tuple[bytes, KeptFile | None]]:
        """What the bot should know: files that are gone, with None, then those that are new or have other bytes.

        Known files come first, then new ones at the top, then deeper ones, each time the newest first.
        """
        seen = look(self.root)
        for path in sorted(path for path in self.known if path not in seen.files and is_absent(self.root, path)):
            del self.known[path]
            yield path, None
        left_out: dict[bytes, tuple[Why, files.Mark | None]] = {
            path: (why, None) for path, why in seen.others.items()
        }
        room, stored = Room(limits, self.known), {file.digest for file in self.known.values()}
        for path, status in sorted(seen.files.items(), key=self._rank):
            before = self.known.get(path)
            if why := self._keep(path, status, room, stored, busy):
                left_out[path] = (why, files.mark(status))
            elif before is None or self.known[path].digest != before.digest:
                yield path, self.known[path]
        self._left_out(left_out, seen)

    def _keep(
        self, path: bytes, status: os.stat_result, room: Room, stored: set[str], busy: Callable[[], None]
    ) -> Why:
        """Takes a file into `known` as it is now; why not, or empty."""
        before, now = self.known.get(path), files.mark(status)
        if before and before.mark == now:
            return ""
        if why := room.refuses(status.st_size, before):
            return why
        if self.told.get(path) == ("disk", now):
            return "disk"
        try:
            digest = digest_of(os.path.join(self.root, path), busy)
        except OSError:
            return "unreadable"
        if not room.take(status.st_size, 0 if digest in stored else status.st_size, before):
            return "disk"
        self.known[path] = KeptFile(now, digest)
        stored.add(digest)
        return ""

    def _left_out(self, found: dict[bytes, tuple[Why, files.Mark | None]], seen: Seen) -> None:
        untold = [path for path, (why, _) in found.items() if self.told.get(path, ("", None))[0] != why]
        untold.sort(key=lambda path: self._rank((path, seen.files.get(path))))
        self.untold = [(path, found[path][0]) for path in untold]
        self.told = found

    def _rank(self, found: tuple[bytes, os.stat_result | None]) -> tuple[int, int, bytes]:
        path, status = found
        place = 0 if path in self.known else 2 if b"/" in path else 1
        return place, -status.st_ctime_ns if status else 0, path

    def rename(self, path: bytes, to: bytes, replace: bool) -> Why:
        """Gives a file another name, also where the bot knows it; why not, or empty.

        With `replace` a regular file of that name gives way.
        """
        source, target = os.path.join(self.root, path), os.path.join(self.root, to)
        try:
            if os.path.lexists(target) and not (replace and stat.S_ISREG(os.lstat(target).st_mode)):
                return "the name is taken"
            os.makedirs(os.path.dirname(target), exist_ok=True)
            os.rename(source, target)
            status = os.lstat(target)
        except OSError as error:
            return str(error.strerror)
        if kept := self.known.pop(path, None):
            self.add(to, status, kept.digest)
        self._remove_empty_folders(path)
        return ""

    def _remove_empty_folders(self, path: bytes) -> None:
        """Removes the folders that a file was in, as far as it was alone in them."""
        while path := os.path.dirname(path):
            try:
                os.rmdir(os.path.join(self.root, path))
            except OSError:
                return


def look(root: bytes) -> Seen:
    """Everything in a workspace that is not junk; of a path that is too long only its first folder is named."""
    seen, folders = Seen({}, {}), [b""]
    while folders:
        folder = folders.pop()
        try:
            entries = list(os.scandir(os.path.join(root, folder)))
        except OSError:
            seen.others[folder] = "unreadable"
            continue
        for entry in entries:
            path = os.path.join(folder, entry.name)
            if os.fsdecode(entry.name) in files.JUNK:
                continue
            status = entry.stat(follow_symlinks=False)
            if len(path) > files.LONGEST_PATH:
                seen.others[path.partition(b"/")[0]] = "deep"
            elif why := unkeepable(status):
                seen.others[path] = why
            elif stat.S_ISDIR(status.st_mode):
                folders.append(path)
            else:
                seen.files[path] = status
    seen.others.pop(b"", None)
    return seen


def unkeepable(status: os.stat_result) -> Why:
    """Why what is there cannot be kept, or looked into; empty for readable files and folders."""
    mode = status.st_mode
    if stat.S_ISLNK(mode):
        return "link"
    if stat.S_ISDIR(mode):
        return "" if mode & 0o500 == 0o500 else "unreadable"
    if not stat.S_ISREG(mode):
        return "special"
    return "" if mode & 0o400 else "unreadable"


def is_absent(root: bytes, path: bytes) -> bool:
    """Whether there is nothing of this name, or a folder; what cannot be looked at counts as there."""
    try:
        return stat.S_ISDIR(os.lstat(os.path.join(root, path)).st_mode)
    except OSError as error:
        return error.errno in (errno.ENOENT, errno.ENOTDIR)


def digest_of(place: bytes, busy: Callable[[], None]) -> str:
    """SHA-256 of a regular file, in hex; `busy` is called again and again."""
    source = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    digest = hashlib.sha256()
    try:
        while chunk := os.read(source, CHUNK):
            digest.update(chunk)
            busy()
    finally:
        os.close(source)
    return digest.hexdigest()


def in_pages(size: int) -> int:
    """The memory that so many bytes take."""
    return -(-size // PAGE) * PAGE
