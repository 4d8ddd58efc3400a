"""Magics of notebooks: those that make sense where nobody sits at the keyboard."""

from __future__ import annotations

import contextlib
import inspect
import io
import os
import re
import shlex
import sys
import time
import timeit
import types
from collections.abc import Callable, Mapping
from typing import Any

from .execution import evaluate, execute
from .shell_lines import filled, lines_of, run_line, run_script, say

Names = dict[str, Any]

_LONGEST_DOCUMENTATION = 60
_TIMEIT_SECONDS = 1.0
_TIMEIT_OPTIONS = re.compile(r"(?:\s*-(?:[nrtp]\s*\d+|[coq])\b)+")


class UsageError(Exception):
    """A magic that cannot be done; the message is all that is shown."""


class NotebookShell:
    """What `get_ipython()` gives; the names are those of IPython."""

    def system(self, command: str) -> None:
        run_line(command, _caller())

    def getoutput(self, command: str) -> list[str]:
        return lines_of(command, _caller())

    def run_line_magic(self, name: str, line: str) -> object:
        if name not in _LINE_MAGICS:
            raise UsageError(f"%{name} is not available here: write it in Python, or as a shell command with !.")
        return _LINE_MAGICS[name](line, _caller())

    def run_cell_magic(self, name: str, line: str, body: str) -> None:
        run_cell_magic(name, line, body, "<magic>", _caller())


def run_cell_magic(name: str, line: str, body: str, path: str, names: Names) -> None:
    """What `%%NAME LINE` makes of the rest of a block, whose file name is `path`."""
    match name:
        case "time":
            _timed(lambda: execute(body, path, names))
        case "timeit":
            _timeit(body, names, line)
        case "capture":
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                execute(body, path, names)
        case "bash" | "sh" | "shell" | "script":
            run_script(body.lstrip("\n"))
        case "writefile" | "file":
            _write(line, body.lstrip("\n"))
        case "python" | "python3" | "py":
            execute(body, path, names)
        case _:
            raise UsageError(
                f"%%{name} is not available here, and nothing was run: write the block in Python or bash."
            )


def _timed(run: Callable[[], object]) -> object:
    """Do something and print how long it took, also when it fails."""
    cpu, wall = time.process_time(), time.perf_counter()
    try:
        return run()
    finally:
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        say(f"CPU times: {_duration(cpu)}\nWall time: {_duration(wall)}")


def _timeit(statement: str, names: Names, setup: str = "") -> None:
    """The best of a few rounds, in about a second or twice what it takes."""
    statement, setup = (_TIMEIT_OPTIONS.sub("", text, count=1).strip("\n ") for text in (statement, setup))
    timer = timeit.Timer(statement or "pass", setup or "pass", globals=names)
    number, first = timer.autorange()
    rounds = [first]
    while sum(rounds) + first < _TIMEIT_SECONDS and len(rounds) < 7:
        rounds.append(timer.timeit(number))
    say(f"{_duration(min(rounds) / number)} per loop (best of {len(rounds)} runs, {number:,} loops each)")


def _duration(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def _explain(name: str, names: Names) -> None:
    """The signature and the documentation of what a name stands for."""
    try:
        what = eval(name.strip(" ?%"), dict(names))
    except Exception:
        say(f"Object `{name}` not found.")
        return
    with contextlib.suppress(TypeError, ValueError):
        name = f"{name}{inspect.signature(what)}"
    lines = (inspect.getdoc(what) or "No documentation.").splitlines()
    more = ["…"] if len(lines) > _LONGEST_DOCUMENTATION else []
    say("\n".join([name, *lines[:_LONGEST_DOCUMENTATION], *more]))


def _run_file(line: str, names: Names) -> None:
    path = shlex.split(filled(line, names))[0]
    with open(path, encoding="utf-8") as script:
        execute(script.read(), path, names)


def _write(line: str, body: str) -> None:
    *options, path = shlex.split(line)
    append = "-a" in options
    with open(path, "a" if append else "w", encoding="utf-8") as target:
        target.write(body)
    say(f"{'Appending to' if append else 'Writing'} {path}")


def _environment(line: str, names: Names) -> object:
    name, found, value = filled(line, names).partition("=")
    if found:
        os.environ[name.strip()] = value.strip()
        return None
    return os.environ.get(name.strip()) if name.strip() else dict(os.environ)


def _list_names(_line: str, names: Names) -> None:
    say("  ".join(sorted(name for name in names if not name.startswith("_"))))


def _shell(command: str) -> Callable[[str, Names], None]:
    return lambda line, names: run_line(f"{command} {line}", names)


def _nothing(_line: str, _names: Names) -> None:
    """For magics that set up what people see, or a session at a keyboard."""


_SET_UP = ("matplotlib", "config", "load_ext", "reload_ext", "unload_ext", "autoreload", "aimport")
_KEYBOARD = ("colors", "xmode", "autosave", "pdb", "precision", "warnings")
_COMMANDS = ("pip", "conda", "ls", "ll", "cat", "mkdir", "rmdir", "rm", "cp", "mv", "head", "tail", "wc", "grep")
_LINE_MAGICS: Mapping[str, Callable[[str, Names], object]] = {
    **dict.fromkeys((*_SET_UP, *_KEYBOARD), _nothing),
    **{command: _shell(command) for command in _COMMANDS},
    **dict.fromkeys(("pinfo", "pinfo2", "pdoc", "psource"), _explain),
    **dict.fromkeys(("env", "set_env"), _environment),
    **dict.fromkeys(("who", "whos", "who_ls"), _list_names),
    "time": lambda line, names: _timed(lambda: evaluate(line, names)),
    "timeit": _timeit,
    "run": _run_file,
    "pwd": lambda _line, _names: os.getcwd(),
    "cd": lambda line, names: os.chdir(os.path.expanduser(filled(line.strip(), names) or "~")),
}


def _caller() -> Names:
    """The names that are seen where a magic stands: a module's own dictionary, so that it can be assigned to."""
    frame: types.FrameType | None = sys._getframe(1)
    while frame and frame.f_code.co_filename == __file__:
        frame = frame.f_back
    assert frame
    return frame.f_globals if frame.f_globals is frame.f_locals else {**frame.f_globals, **frame.f_locals}
