"""What a file in the workspace is called, and what is in it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file in the workspace whose bytes are already stored.

    `path` is relative, POSIX, cleaned; `digest` is the SHA-256 of the content in hex, `size` in bytes.
    """

    path: str
    digest: str
    size: int
    media_type: str


@dataclass(frozen=True, slots=True)
class WorkspaceChanges:
    """What programs have done to a workspace: `files` made or changed, their bytes stored, and paths `removed`.

    A path is removed when there is no file of that name any more. A file that cannot be kept as it is now stays as
    it was kept last. `note` says in words what was not kept or has another name.
    """

    files: tuple[Artifact, ...] = ()
    removed: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """One column of a table; `nulls` values are missing."""

    name: str
    type: str
    nulls: int


@dataclass(frozen=True, slots=True)
class TableProfile:
    """A table or a sheet; `first` are the first rows as text, `more_columns` are not told of.

    So many lines above its header were `skipped`.
    """

    name: str
    rows: int
    columns: tuple[ColumnProfile, ...] = ()
    more_columns: int = 0
    first: tuple[tuple[str, ...], ...] = ()
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class FileProfile:
    """What is in a file, by its content and not by its name; a `problem` is why that cannot be said.

    `size` is in bytes, `encoding` and `separator` are guesses, `note` is anything else worth knowing.
    """

    path: str
    size: int
    kind: str
    encoding: str = ""
    separator: str = ""
    tables: tuple[TableProfile, ...] = ()
    more_tables: int = 0
    note: str = ""
    problem: str = ""
