"""The file of an evaluation's records: a line a run, on the disk before the next begins."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from bot.domain.errors import OperatorError
from bot.evaluate.record import Key, RunRecord, as_json


class RecordFile:
    """Records by their key, kept in a file to which one process appends."""

    def __init__(self, path: Path) -> None:
        """Read what is there; a last line that was cut off is removed. Raises OperatorError."""
        self._path = path
        self._found = _read(path)

    @property
    def found(self) -> Mapping[Key, RunRecord]:
        """Every record."""
        return self._found

    def add(self, record: RunRecord) -> None:
        """Append a record; it is on the disk when this returns."""
        with self._path.open("ab") as file:
            file.write(as_json.dump_json(record) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self._found[record.key] = record


def _read(path: Path) -> dict[Key, RunRecord]:
    try:
        data = path.read_bytes() if path.exists() else b""
        whole = data[: data.rfind(b"\n") + 1]
        if whole != data:
            # A process was killed while it wrote.
            os.truncate(path, len(whole))
    except OSError as error:
        raise OperatorError(f"{path} cannot be used ({error.strerror}): name another folder with --out.") from None
    records: dict[Key, RunRecord] = {}
    for number, line in enumerate(whole.splitlines(), 1):
        try:
            record = as_json.validate_json(line)
        except ValidationError:
            raise OperatorError(
                f"{path}, line {number} is no record of this version: name another folder with --out."
            ) from None
        records[record.key] = record
    return records
