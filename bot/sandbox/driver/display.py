"""What `display` and the value of a last expression print: text for agents, and a file for what is a picture."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterable
from typing import Any

from . import pictures

_LONGEST = 20_000


def display(*values: object, **_options: object) -> None:
    """Show values as a notebook does."""
    for value in values:
        show(value if not isinstance(value, str) else _Text(value))


def show(value: object) -> None:
    """Show one value; None is nothing to see."""
    if value is None or pictures.save_shown(value) or is_drawing(value):
        return
    sys.stdout.write(f"{as_text(value)}\n")


def as_text(value: Any) -> str:
    """The text of a value, of bounded length."""
    text = repr(value.data if type(value).__name__ == "Styler" else value)
    more = len(text) - _LONGEST
    return f"{text[:_LONGEST]}… and {more:,} characters more" if more > 0 else text


def show_more_columns(pandas: Any) -> None:
    """Tables have as many columns as agents can read, and not those that fill 80 characters."""
    pandas.set_option("display.width", 250, "display.max_columns", 50)


def is_drawing(value: Any, depth: int = 3) -> bool:
    """Whether it is what drawing calls return: a part of a figure, or a collection with one, and no result."""
    if type(value).__module__.startswith(("matplotlib.", "mpl_toolkits.", "seaborn.")):
        return not isinstance(value, list | tuple | dict) or bool(value)
    return depth > 0 and any(is_drawing(item, depth - 1) for item in itertools.islice(_items(value), 20))


def _items(value: Any) -> Iterable[Any]:
    match value:
        case list() | tuple():
            return value
        case dict():
            return value.values()
        case _ if type(value).__module__ == "numpy" and hasattr(value, "flat") and value.dtype.hasobject:
            return list(value.flat[:20])
        case _:
            return ()


class _Text(str):
    """A text that is shown as it stands."""

    def __repr__(self) -> str:
        return str(self)
