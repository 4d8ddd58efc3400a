"""The folder of attached files that no platform keeps.

Each has a unique name, its ref, which one message holds: it can be removed once a turn has taken that message in.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from bot.domain.errors import BadInput
from bot.domain.events import RemoteFile
from bot.files import private
from bot.text.safe_names import clean_path

_REF = re.compile(r"[0-9a-f]{64}")


def add(folder: Path, source: Path, limit: int) -> RemoteFile:
    """Copy a local file in, durably; raises BadInput when it cannot be read or has more than `limit` bytes."""
    private.make_folder(folder)
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
    ref = new_ref()
    with NamedTemporaryFile(dir=folder, delete=False) as copy:
        copy.write(data)
        copy.flush()
        os.fsync(copy.fileno())
    Path(copy.name).replace(folder / ref)
    sync_folder(folder)
    return ref


def read(folder: Path, ref: str, limit: int) -> bytes:
    """The bytes of a file that was added; raises BadInput when they are gone, or more than `limit`."""
    if not _REF.fullmatch(ref):
        raise BadInput("This file was not attached here; attach it again.")
    try:
        with (folder / ref).open("rb") as file:
            data = file.read(limit + 1)
    except OSError:
        raise BadInput("An attached file is no longer here; attach it again.") from None
    if len(data) > limit:
        raise BadInput(f"An attached file is larger than {limit / 1e6:g} MB; attach a smaller one.")
    return data


def remove(folder: Path, refs: Collection[str]) -> None:
    """Remove files that are no longer needed; refs of other platforms are left alone."""
    for ref in refs:
        if _REF.fullmatch(ref):
            # What cannot be removed now is removed later.
            with suppress(OSError):
                (folder / ref).unlink()


def sweep(folder: Path, named: Collection[str], before: float) -> None:
    """Remove files that were written before a time (epoch seconds) and are not `named`."""
    for path in folder.glob("*"):
        with suppress(OSError):
            if path.name not in named and path.is_file() and path.stat().st_mtime < before:
                path.unlink()


def new_ref() -> str:
    """A name that no other file has."""
    return secrets.token_hex(32)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder as durable as the bytes they name."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
