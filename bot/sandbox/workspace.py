"""The bot's copy of what sessions' workspaces hold: bytes under their own SHA-256, one folder a session."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bot.domain.workspace_files import Artifact
from bot.files import private
from bot.text.safe_names import media_type

_DIGEST = re.compile(r"[0-9a-f]{64}")
_SESSION = re.compile(r"[A-Za-z0-9_-]{1,100}")
_UNFINISHED = ".unfinished-"


def session_folder(work_dir: Path, session_id: str) -> Path:
    """Where a session's bytes are; raises ValueError for an id that is not one of ours."""
    if not _SESSION.fullmatch(session_id):
        raise ValueError(f"not a session id: {session_id!r}")
    return work_dir / session_id


def artifact(path: str, digest: str, size: int) -> Artifact:
    """An artifact whose media type is guessed from its cleaned name, never from its content."""
    return Artifact(path, digest, size, media_type(path))


class Blobs:
    """Bytes by digest in one folder. No name that a person or a program chose ever becomes a file name here."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __contains__(self, digest: str) -> bool:
        return self.path(digest).is_file()

    def path(self, digest: str) -> Path:
        """Where the bytes of this digest are, or would be."""
        if not _DIGEST.fullmatch(digest):
            raise ValueError(f"not a digest: {digest!r}")
        return self._folder / digest

    def size(self, digest: str) -> int:
        """How many bytes there are of this digest; raises FileNotFoundError."""
        return self.path(digest).stat().st_size

    def stored(self) -> int:
        """The bytes of everything that is here."""
        try:
            with os.scandir(self._folder) as entries:
                return sum(entry.stat().st_size for entry in entries)
        except FileNotFoundError:
            return 0

    def has_room(self, data: bytes, most: int) -> bool:
        """Whether these bytes are here already, or everything is at most so many bytes with them."""
        return hashlib.sha256(data).hexdigest() in self or self.stored() + len(data) <= most

    def read(self, digest: str) -> bytes:
        """All bytes; raises FileNotFoundError."""
        return self.path(digest).read_bytes()

    def chunks(self, digest: str, size: int = 1 << 18) -> Iterator[bytes]:
        """The bytes piece by piece; raises FileNotFoundError."""
        with self.path(digest).open("rb") as source:
            while chunk := source.read(size):
                yield chunk

    def write(self, data: bytes) -> str:
        """Store bytes durably; their digest."""
        writer = self.writer()
        writer.write(data)
        writer.finish()
        return writer.digest

    def writer(self) -> BlobWriter:
        """For bytes that come piece by piece; `finish` or `discard` it."""
        private.make_folder(self._folder)
        return BlobWriter(self._folder)

    def sweep(self) -> None:
        """Remove what a crash left half-written; only while nothing is written."""
        for leftover in self._folder.glob(f"{_UNFINISHED}*"):
            leftover.unlink(missing_ok=True)


class BlobWriter:
    """Bytes that are being written into Blobs. `digest` and `size` are of what was written so far."""

    def __init__(self, folder: Path) -> None:
        descriptor, name = tempfile.mkstemp(prefix=_UNFINISHED, dir=folder)
        self._file = os.fdopen(descriptor, "wb")
        self._path = Path(name)
        self._hash = hashlib.sha256()
        self.size = 0

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()

    def write(self, chunk: bytes) -> None:
        self._file.write(chunk)
        self._hash.update(chunk)
        self.size += len(chunk)

    def finish(self) -> None:
        """Make the bytes durable under their digest; they are whole there or not there at all."""
        with self._file:
            self._file.flush()
            os.fsync(self._file.fileno())
        self._path.replace(self._path.with_name(self.digest))
        _sync_folder(self._path.parent)

    def discard(self) -> None:
        self._file.close()
        self._path.unlink()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
