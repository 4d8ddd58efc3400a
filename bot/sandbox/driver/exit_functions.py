"""Functions that a block registers for the end of its program: they run at the end of the block."""

from __future__ import annotations

import atexit
import sys
from collections.abc import Callable
from typing import Any

_Registered = tuple[Callable[..., object], tuple[Any, ...], dict[str, Any]]

_registered: list[_Registered] = []
_register, _unregister = atexit.register, atexit.unregister


def install() -> None:
    """Have `atexit` keep what blocks register apart from what libraries do, which need theirs for longer."""
    atexit.register, atexit.unregister = register, unregister


def register(function: Callable[..., Any], /, *args: Any, **named: Any) -> Callable[..., Any]:
    """As `atexit.register`."""
    if sys._getframe(1).f_globals is not vars(sys.modules["__main__"]):
        return _register(function, *args, **named)
    _registered.append((function, args, named))
    return function


def unregister(function: Callable[..., Any], /) -> None:
    """As `atexit.unregister`."""
    _registered[:] = [each for each in _registered if each[0] != function]
    _unregister(function)


def run_registered() -> None:
    """Runs the newest first, as the interpreter does; one that fails does not keep the others from running."""
    if not _registered:
        return
    function, args, named = _registered.pop()
    try:
        function(*args, **named)
    finally:
        run_registered()
