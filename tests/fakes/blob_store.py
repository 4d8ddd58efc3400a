"""Where the bytes of files are, by digest, in memory or in a folder that outlives the process."""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePosixPath

from bot.domain.workspace_files import Artifact


class FakeBlobs:
    """Implements `bot.ports.Keep` as its method `keep`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def keep(self, session_id: str, path: PurePosixPath, data: bytes) -> Artifact:
        digest = hashlib.sha256(data).hexdigest()
        (self._folder / digest).write_bytes(data)
        return Artifact(str(path), digest, len(data), "application/octet-stream")

    def read(self, digest: str) -> bytes:
        return (self._folder / digest).read_bytes()

    async def bytes(self, session_id: str, digest: str) -> bytes:
        """Implements `bot.ports.Read`."""
        return self.read(digest)

    def path(self, session_id: str, digest: str) -> Path | None:
        """Where the bytes are."""
        path = self._folder / digest
        return path if path.is_file() else None
