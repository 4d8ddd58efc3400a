"""Names for pictures that code has shown but not saved: a new file of the workspace each."""

from __future__ import annotations

import itertools
import os
import unicodedata

from .files import WORKSPACE

_LONGEST_NAME = 60
_PARTS_OF_WORDS = "LMN"
"""Kinds of characters: letters, their marks, digits."""


def create(title: str, suffix: str) -> str:
    """The path of a new and empty file, named after a title; `figure-1` and so on without one."""
    name = _as_name(title)
    for number in itertools.count(1):
        stem = f"{name or 'figure'}-{number}" if number > 1 or not name else name
        path = f"{WORKSPACE}/{stem}{suffix}"
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644))
        except FileExistsError:
            continue
        return path
    raise AssertionError("there is always another number")


def is_kept(target: object) -> bool:
    """Whether what code writes there is a file that people get: one of the workspace."""
    path = target if isinstance(target, str | os.PathLike) else getattr(target, "name", None)
    if not isinstance(path, str | os.PathLike):
        return False
    return os.path.realpath(os.fspath(path)).startswith(f"{os.path.realpath(WORKSPACE)}/")


def _as_name(title: str) -> str:
    text = unicodedata.normalize("NFC", title).lower()
    words = "".join(
        letter if unicodedata.category(letter)[0] in _PARTS_OF_WORDS else " " for letter in text
    ).split()
    return "-".join(words).encode()[:_LONGEST_NAME].decode("utf-8", "ignore").strip("-")
