"""File profiles: the program that reads a file in the container, and what of its answer is trusted. Pure."""

from __future__ import annotations

from pydantic import TypeAdapter, ValidationError

from bot.domain.turn_results import RunResult
from bot.domain.workspace_files import FileProfile

TIMEOUT = 30.0

_CARD: TypeAdapter[FileProfile] = TypeAdapter(FileProfile)


def program(path: str) -> str:
    """Code that prints the profile of a file; it does not import modules that lie beside the file."""
    return f"import sys\nsys.path.pop(0)\nfrom roundtable_driver.card.look import main\nmain({path!r})\n"


def parse_profile(path: str, size: int, result: RunResult) -> FileProfile:
    """The profile that was printed; an impossible or missing one becomes a profile with a problem."""
    if result.killed in ("time", "memory", "output"):
        return FileProfile(path, size, "data", problem="it is too large to look into")
    try:
        card = _CARD.validate_json(_with(path, size, result.output))
    except (ValidationError, ValueError):
        return FileProfile(path, size, "data", problem="it cannot be looked into")
    return card


def _with(path: str, size: int, output: str) -> str:
    """The printed object, and what we know ourselves: the last of two equal keys counts."""
    text = output.strip()
    if not (text.startswith("{") and text.endswith("}")):
        raise ValueError("not an object")
    return f'{text[:-1]}, "path": {_json(path)}, "size": {size}}}'


def _json(text: str) -> str:
    return TypeAdapter(str).dump_json(text).decode()
