"""Makes a safe name out of any name, leaves ordinary ones alone, and guesses a type from a name."""

from __future__ import annotations

import hashlib
import itertools
import mimetypes
import re
import unicodedata
from collections.abc import Set
from pathlib import PurePosixPath

_MAX_DEPTH = 20
_MAX_NAME = 200
_MAX_PATH = 800
_MAX_SUFFIX = 20
_DROPPED = {"Cf", "Cs", "Co", "Cn"}
_REPLACED = {"Cc", "Zl", "Zp"}
_MARKUP = re.compile(r'[\\:*?"<>|`@]')
NOTEBOOK = "application/x-ipynb+json"
"""The media type of a Jupyter notebook."""
_MORE_TYPES = {
    ".csv": "text/csv",
    ".ipynb": NOTEBOOK,
    ".md": "text/markdown",
    ".parquet": "application/vnd.apache.parquet",
}
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def clean_path(raw: str | bytes) -> PurePosixPath:
    """A relative path that is safe to show, to mention and to make; cleaning it again changes nothing.

    Control, direction and invisible characters go, as do `..`, a leading `/`, names with a meaning on some system
    or platform, invalid UTF-8 and excess length (at most 800 bytes, 200 a name). Extensions are kept.
    """
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    names = [name for part in text.split("/") if (name := _clean_name(part))]
    path = "/".join(names[-_MAX_DEPTH:])
    while len(path.encode()) > _MAX_PATH:
        path = path.partition("/")[2]
    return PurePosixPath(path or "file")


def media_type(path: str) -> str:
    """What a name says that a file is; its content may be anything."""
    suffix = "." + path.rpartition(".")[2].lower()
    return _MORE_TYPES.get(suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"


def unlike(path: PurePosixPath, raw: bytes, taken: Set[str]) -> str:
    """The path or, where that conflicts with these files, a similar name, the same for the same `raw`."""
    name = str(path)
    for attempt in itertools.count():
        if not _collides(name, taken):
            break
        name = f"{path.stem}-{hashlib.sha256(b'%d %s' % (attempt, raw)).hexdigest()[:8]}{path.suffix}"
    return name


def _collides(name: str, taken: Set[str]) -> bool:
    """Whether it is one of these files, or would have to be a folder and a file at once."""
    parts = name.split("/")
    if any("/".join(parts[:count]) in taken for count in range(1, len(parts) + 1)):
        return True
    folder = name + "/"
    return any(other.startswith(folder) for other in taken)


def _clean_name(name: str) -> str:
    """One part of a path; empty when nothing worth keeping is left."""
    while (cleaner := _clean_once(name)) != name:
        name = cleaner
    return name


def _clean_once(name: str) -> str:
    name = unicodedata.normalize("NFC", "".join(_clean_character(character) for character in name))
    name = _MARKUP.sub("_", name)
    name = _shorten(name.strip(" ")).rstrip(" .")
    if name.startswith(("-", "~")):
        name = "_" + name[1:]
    return "_" + name if _RESERVED.fullmatch(name) else name


def _clean_character(character: str) -> str:
    category = unicodedata.category(character)
    if category in _DROPPED or character == "\N{REPLACEMENT CHARACTER}":
        return ""
    if category in _REPLACED:
        return "_"
    return " " if category == "Zs" else character


def _shorten(name: str) -> str:
    if len(name.encode()) <= _MAX_NAME:
        return name
    suffix = PurePosixPath(name).suffix
    if len(suffix.encode()) > _MAX_SUFFIX:
        suffix = ""
    stem = name.removesuffix(suffix).encode()[: _MAX_NAME - len(suffix.encode())]
    return stem.decode("utf-8", "ignore") + suffix
