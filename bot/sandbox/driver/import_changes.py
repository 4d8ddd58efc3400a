"""Changes libraries when code imports them, or now if they are there; nothing is imported for that."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

Change = Callable[[Any], None]


def install(changes: Mapping[str, Change]) -> None:
    """Apply each change to the module of that name."""
    for name, change in changes.items():
        if module := sys.modules.get(name):
            change(module)
    sys.meta_path.insert(0, _ChangingFinder({n: c for n, c in changes.items() if n not in sys.modules}))


class _ChangingFinder:
    """Finds what the others find, and has it changed once it is loaded."""

    def __init__(self, changes: Mapping[str, Change]) -> None:
        self._changes = changes

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        change = self._changes.get(name)
        if change is None:
            return None
        others = (finder for finder in sys.meta_path if finder is not self and hasattr(finder, "find_spec"))
        spec = next((spec for finder in others if (spec := finder.find_spec(name, path, target))), None)
        if spec and spec.loader and hasattr(spec.loader, "exec_module"):
            loaded = functools.partial(_load, spec.loader.exec_module, name, change)
            spec.loader.exec_module = loaded  # type: ignore[method-assign]
        return spec


def _load(load: Callable[[ModuleType], None], name: str, change: Change, module: ModuleType) -> None:
    load(module)
    if module.__name__ == name:
        change(module)
