"""What a notebook needs before its code, so that the code does in Jupyter what it did in the sandbox. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_SCRIPT = "session.py"
_ASYNCIO = """\
import asyncio
from concurrent.futures import ThreadPoolExecutor


def run(main, **options):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.runners.run, main, **options).result()


asyncio.run = run  # in a thread of its own, since Jupyter's loop runs in this one"""

_EXIT = r"(?<![\w.])(?:exit|quit)\("
_DIFFERENT: Sequence[tuple[str, str]] = (
    (_EXIT, "import sys\n\nexit = quit = sys.exit  # those of Jupyter end the kernel"),
    (r"\b__file__\b", f"__file__ = {_SCRIPT!r}"),
    (r"\bparse_args\(|\bsys\.argv\b", f"import sys\n\nsys.argv = [{_SCRIPT!r}]"),
    (r"\basyncio\.run\(", _ASYNCIO),
)
"""What differs in Jupyter, by what code says that meets it, with code that makes it alike."""

_FILES = '''\
def write_file(info, names={names!r}):
    """Write a cell that begins with a name for its code into that file, where later cells can import it."""
    from pathlib import Path

    code = info.raw_cell.removeprefix("%%bash\\n")
    for line in code.splitlines()[:2]:
        if name := names.get(line.strip()):
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_text(code, encoding="utf-8")


get_ipython().events.register("pre_run_cell", write_file)'''


def alike(codes: Sequence[str]) -> str:
    """Code that makes Jupyter behave as the sandbox, as far as this code meets a difference; empty without any."""
    return "\n\n".join(fix for pattern, fix in _DIFFERENT if any(re.search(pattern, code) for code in codes))


def files(names: Mapping[str, str]) -> str:
    """Code that writes cells into files, of the names that their first or second line asks for."""
    return _FILES.format(names=dict(names)) if names else ""


def exits(code: str) -> bool:
    """Whether code may end itself, which is an error in Jupyter."""
    return re.search(rf"{_EXIT}|\bsys\.exit\(|\bSystemExit\b", code) is not None


def naming_line(code: str) -> str:
    """The line in which code asks for a name: the first, or the second below `#!`."""
    lines = code.splitlines()
    return lines[1 if lines[0].startswith("#!") else 0].strip()
