"""Folders that an evaluation makes for itself, told by a file in them: nothing else is ever emptied or removed."""

from __future__ import annotations

import shutil
from pathlib import Path

from bot.domain.errors import OperatorError

_MARK = ".made-by-roundtable-evaluate"


def own(folder: Path) -> Path:
    """A folder of ours, made where there is none; raises OperatorError when what is there is not ours."""
    if _is_foreign(folder):
        raise OperatorError(
            f"{folder} was not made by an evaluation and is left as it is: move it, or name another folder with "
            "--out."
        )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _MARK).touch()
    return folder


def empty(folder: Path) -> Path:
    """The same without anything in it."""
    remove(own(folder))
    return own(folder)


def remove(folder: Path) -> None:
    """Remove a folder of ours with all that is in it; raises OperatorError when it is not ours."""
    shutil.rmtree(own(folder))


def _is_foreign(folder: Path) -> bool:
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        return True
    return folder.is_dir() and not (folder / _MARK).is_file() and any(folder.iterdir())
