"""The folder of attached files that have no platform of their own to be fetched from, by SHA-256 of content."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from tempfile import NamedTemporaryFile

from bot.errors import BadInput
from bot.events import RemoteFile
from bot.names import clean_path

_DIGEST = re.compile(r"[0-9a-f]{64}")


def add(folder: Path, source: Path, limit: int) -> RemoteFile:
    """Copy a local file in, durably; raises BadInput when it cannot be read or has more than `limit` bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        if source.exists() and not source.is_file():
            raise BadInput(f"{source} is not a file.")
        with source.open("rb") as original:
            data = original.read(limit + 1)
    except OSError as error:
        raise BadInput(f"{source} cannot be read: {error.strerror}.") from None
    if len(data) > limit:
        raise BadInput(f"{source} is larger than {limit / 1e6:g} MB; attach a smaller file or a sample of it.")
    return RemoteFile(str(clean_path(source.name)), len(data), _store(folder, data))


def _store(folder: Path, data: bytes) -> str:
    digest = hashlib.sha256(data).hexdigest()
    with NamedTemporaryFile(dir=folder, delete=False) as copy:
        copy.write(data)
        copy.flush()
        os.fsync(copy.fileno())
    Path(copy.name).replace(folder / digest)
    sync_folder(folder)
    return digest


def read(folder: Path, ref: str, limit: int) -> bytes:
    """The bytes of a file that was added; raises BadInput when they are gone, or more than `limit`."""
    if not _DIGEST.fullmatch(ref):
        raise BadInput("This file was not attached here; attach it again.")
    try:
        with (folder / ref).open("rb") as file:
            data = file.read(limit + 1)
    except OSError:
        raise BadInput("An attached file is no longer here; attach it again.") from None
    if len(data) > limit:
        raise BadInput(f"An attached file is larger than {limit / 1e6:g} MB; attach a smaller one.")
    return data


def sync_folder(folder: Path) -> None:
    """Make the names in a folder as durable as the bytes they name."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
