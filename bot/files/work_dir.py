"""What is in the work directory: each session's files, what was attached, and the name of this installation."""

from __future__ import annotations

import asyncio
import shutil
import uuid
from collections.abc import Collection
from pathlib import Path, PurePosixPath

from bot.domain.errors import BadInput
from bot.domain.workspace_files import Artifact
from bot.files import local_uploads, private
from bot.sandbox.workspace import Blobs, artifact, session_folder
from bot.settings import Settings


def blobs(settings: Settings, session_id: str) -> Blobs:
    """Where a session's files are."""
    return Blobs(session_folder(settings.roundtable_work_dir, session_id))


async def keep(settings: Settings, session_id: str, path: PurePosixPath, data: bytes) -> Artifact:
    """Implements `bot.ports.Keep`."""
    digest = await asyncio.to_thread(_write, settings, session_id, path, data)
    return artifact(str(path), digest, len(data))


def _write(settings: Settings, session_id: str, path: PurePosixPath, data: bytes) -> str:
    stored = blobs(settings, session_id)
    if not stored.has_room(data, settings.roundtable_session_disk_mb * 1_000_000):
        raise BadInput(
            f"{path} was not kept: all versions of a session's files together may have "
            f"{settings.roundtable_session_disk_mb:,} MB on disk, and they do. Start a new thread for more."
        )
    return stored.write(data)


def uploads_folder(settings: Settings) -> Path:
    """The folder of attached files that no team has taken in yet."""
    return settings.roundtable_work_dir / "uploads"


async def drop_uploads(settings: Settings, refs: Collection[str]) -> None:
    """Remove attached files that their team has taken in."""
    await asyncio.to_thread(local_uploads.remove, uploads_folder(settings), refs)


async def sweep_uploads(settings: Settings, named: Collection[str], before: float) -> None:
    """Remove attached files from before a time (epoch seconds) that no message names."""
    await asyncio.to_thread(local_uploads.sweep, uploads_folder(settings), named, before)


async def remove(settings: Settings, session_id: str, refs: Collection[str]) -> None:
    """Remove every file of a session, and what was attached there."""
    await drop_uploads(settings, refs)
    folder = session_folder(settings.roundtable_work_dir, session_id)
    await asyncio.to_thread(_remove_folder, folder)


def _remove_folder(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def installation(settings: Settings) -> str:
    """What names this installation's containers; made once, then kept."""
    path = settings.roundtable_work_dir / "installation"
    if not path.exists():
        private.write_text(path, uuid.uuid4().hex)
    return path.read_text(encoding="ascii").strip()
