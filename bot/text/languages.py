"""The languages that code can be run in, by every name that people and models give them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

_NAMES = {
    "python": ("python", "python3", "py", "py3", "ipython", "ipython3", "jupyter"),
    "bash": ("bash", "sh", "shell", "zsh"),  # models write Bash in blocks that they call sh
}
_CANONICAL = {name: language for language, names in _NAMES.items() for name in names}

ENDINGS: Mapping[str, tuple[str, ...]] = {"python": (".py",), "bash": (".sh", ".bash")}
"""How the names of files with such code end, the usual ending first."""


def canonical(name: str) -> str:
    """The one name of a language; a language that cannot be run keeps its name, in lower case."""
    name = name.strip().lower()
    return _CANONICAL.get(name, name)


def is_known(name: str) -> bool:
    """Whether a word names a language that can be run."""
    return canonical(name) in _NAMES


def ending(language: str) -> str | None:
    """How a file with such code is named at its end; None for a language that cannot be run."""
    return next(iter(ENDINGS.get(canonical(language), ())), None)


def language_of_file(name: str) -> str | None:
    """The language of the code in a file, by its name; None when the name does not say."""
    suffix = PurePath(name).suffix.lower()
    return next((language for language, endings in ENDINGS.items() if suffix in endings), None)
