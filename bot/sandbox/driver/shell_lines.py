"""Lines and blocks for the shell in a notebook's code, and what becomes of those that would install something."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

_PIP = re.compile(
    r"(?:\S*python[\d.]*\s+-m\s+)?(?:uv\s+)?(?:pip[\d.]*|conda|mamba)\s+(?=(?:install|list|freeze)\b)"
)
_FUNCTIONS = frozenset({"int", "len", "max", "min", "round", "sorted", "str", "sum"})
_VARIABLE = re.compile(r"\{(?P<expression>[^\W\d][^{}]*)\}|(?<![\\\w])\$(?P<name>[^\W\d]\w*)")


def run_line(command: str, names: Mapping[str, Any]) -> None:
    """Run a shell command; `{name}` and `$name` stand for variables."""
    if pip := _PIP.match(command.strip()):
        from . import pip_answers  # noqa: PLC0415 - what it needs is large, and seldom needed

        say(pip_answers.answer(command.strip()[pip.end() :]))
    else:
        _bash(filled(command, names))


def lines_of(command: str, names: Mapping[str, Any]) -> list[str]:
    """The lines that a shell command prints."""
    done = subprocess.run(
        ["bash", "-c", filled(command, names)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    return done.stdout.splitlines()


def run_script(script: str) -> None:
    """Run a block of bash; as with one of its own, its exit code counts."""
    if code := _bash(script):
        raise SystemExit(code if code > 0 else 128 - code)


def filled(command: str, names: Mapping[str, Any]) -> str:
    """A command with the values of variables; what names none is the shell's own."""

    def value(found: re.Match[str]) -> str:
        expression = found["expression"] or found["name"]
        root = re.match(r"\w+", expression)
        if root is None or (root[0] not in names and root[0] not in _FUNCTIONS):
            return found[0]
        with contextlib.suppress(Exception):
            return str(eval(expression, dict(names)))
        return found[0]

    return _VARIABLE.sub(value, command)


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _bash(script: str) -> int:
    for stream in (sys.stdout, sys.stderr):  # What was printed before comes before.
        with contextlib.suppress(Exception):
            stream.flush()
    return subprocess.run(["bash", "-c", script], check=False).returncode
