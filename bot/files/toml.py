"""TOML files that people write, checked so that a mistake names the file, the line and what is wrong."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from bot.domain.errors import OperatorError

M = TypeVar("M", bound=BaseModel)


def load(path: Path, shape: type[M]) -> M:
    """The file as a value of that shape; raises OperatorError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise OperatorError(f"{path}: cannot be read as UTF-8 text: {error}") from None
    try:
        return shape.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise OperatorError(f"{path}: this is not valid TOML: {error}.") from None
    except RecursionError:
        raise OperatorError(f"{path}: this is not valid TOML: values lie in each other too deeply.") from None
    except ValidationError as error:
        first = error.errors()[0]
        unknown = first["type"] == "extra_forbidden"
        message = "there is no such setting" if unknown else str(first["msg"]).removeprefix("Value error, ")
        where = ".".join(str(part + 1) if isinstance(part, int) else part for part in first["loc"])
        line = _line(text, first["loc"])
        raise OperatorError(
            f"{path}, line {line}: {where + ': ' if where else ''}{message.rstrip('.')}."
        ) from None


def _line(text: str, place: Sequence[int | str]) -> int:
    """The line of a key in the TOML text, or of the table that lacks it."""
    lines = text.splitlines()
    start = _table(lines, place)
    key = next((part for part in reversed(place) if isinstance(part, str)), "")
    for number in range(start, len(lines)):
        if number > start and lines[number].lstrip().startswith("["):
            break
        if re.match(rf"\s*{re.escape(key)}\s*=", lines[number]):
            return number + 1
    return start + 1


def _table(lines: Sequence[str], place: Sequence[int | str]) -> int:
    """The index of the line that opens the table a place is in, 0 for the top of the file."""
    if len(place) > 1 and isinstance(place[1], int):
        heads = [number for number, line in enumerate(lines) if re.match(rf"\s*\[\[\s*{place[0]}\s*\]\]", line)]
        return heads[place[1]] if place[1] < len(heads) else 0
    names = [str(part) for part in place]
    for depth in range(len(names), 0, -1):
        dotted = r"\s*\.\s*".join(rf"[\"']?{re.escape(name)}[\"']?" for name in names[:depth])
        for number, line in enumerate(lines):
            if re.match(rf"\s*\[\s*{dotted}\s*\]", line):
                return number
    return 0
