"""What a traceback says is wrong with a program, and the change that mends it."""

from __future__ import annotations

import ast
import builtins
import re
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from agents.demo.dates import date_format
from agents.demo.texts import bag, verbatim
from agents.demo.writing import literal


@dataclass(frozen=True, slots=True)
class Failure:
    """A program that failed: what it printed, and what is known of its surroundings."""

    code: str
    output: str
    files: Sequence[str] = ()
    columns: Sequence[str] = ()

    @property
    def error(self) -> tuple[str, str]:
        """The exception's short name and message; empty when there is none in the output."""
        found = re.findall(
            r"^(?:[a-z_]\w*\.)*([A-Z]\w*(?:Error|Exception|Interrupt|Exit|File))(?:: (.*))?$", self.output, re.M
        )
        return found[-1] if found else ("", "")


@dataclass(frozen=True, slots=True)
class Repair:
    """The program changed, and why in a sentence."""

    code: str
    why: str


_MODULES = bag(
    "csv io itertools json math os random re string sys time statistics collections functools numpy pandas scipy"
)
_IMPORTS = {name: f"import {name}" for name in _MODULES} | {
    "np": "import numpy as np",
    "pd": "import pandas as pd",
    "plt": "import matplotlib.pyplot as plt",
    "sns": "import seaborn as sns",
    "sm": "import statsmodels.api as sm",
    "mpl": "import matplotlib as mpl",
    "stats": "from scipy import stats",
    "Path": "from pathlib import Path",
    "Counter": "from collections import Counter",
    "defaultdict": "from collections import defaultdict",
    "datetime": "from datetime import datetime",
    "timedelta": "from datetime import timedelta",
    "StringIO": "from io import StringIO",
}
_PACKAGES = bag("numpy pandas scipy matplotlib seaborn sklearn statsmodels openpyxl pyarrow PIL")


def repair(failure: Failure) -> Repair | None:
    """The first change that the error calls for, or None when no rule knows one."""
    kind, message = failure.error
    rule = _RULES.get(kind)
    mended = rule(failure, message) if rule else None
    return mended if mended and mended.code != failure.code else None


def _name(failure: Failure, message: str) -> Repair | None:
    found = re.search(r"name '(\w+)' is not defined", message)
    if not found:
        return None
    if line := _IMPORTS.get(found[1]):
        return Repair(f"{line}\n{failure.code}", f"`{found[1]}` is used but never imported, so I add the import.")
    meant = re.findall(r"Did you mean: '(\w+)'", message) or get_close_matches(
        found[1], _names(failure.code), 1, 0.75
    )
    if not meant:
        return None
    code = re.sub(rf"\b{found[1]}\b", meant[0], failure.code)
    return Repair(code, f"There is no `{found[1]}`; `{meant[0]}` must be meant.")


def _module(failure: Failure, message: str) -> Repair | None:
    found = re.search(r"No module named '([\w.]+)'", message)
    if not found:
        return None
    name = found[1].split(".")[0]
    if close := get_close_matches(name, _PACKAGES, 1, 0.75):
        code = re.sub(rf"\b{name}\b", close[0], failure.code)
        return Repair(code, f"The package is called `{close[0]}`, not `{name}`.")
    if name == "tqdm":
        code = re.sub(
            r"^from tqdm.* import tqdm$", "def tqdm(items, **_):\n    return items\n", failure.code, flags=re.M
        )
        return Repair(code, "`tqdm` is not in the sandbox and only shows progress, so I do without it.")
    given = re.findall(rf"^import {name}(?: as (\w+))?$", failure.code, re.M)
    rest = re.sub(rf"^import {name}(?: as \w+)?\n?", "", failure.code, flags=re.M)
    if given and rest.strip() and not re.search(rf"\b{given[0] or name}\b", rest):
        return Repair(rest, f"`{name}` is not in the sandbox and nothing uses it, so I leave the import out.")
    return None


def _file(failure: Failure, message: str) -> Repair | None:
    found = re.search(r"No such file or directory: '([^']+)'", message)
    if not found:
        return None
    wanted = found[1].replace("\\", "/").rpartition("/")[2]
    lower = {name.casefold(): name for name in failure.files}
    close = get_close_matches(wanted.casefold(), lower, 1, 0.6)
    alike = [
        name for name in failure.files if name.rpartition(".")[2].lower() == wanted.rpartition(".")[2].lower()
    ]
    name = lower[close[0]] if close else alike[0] if len(alike) == 1 else None
    if name is None:
        return None
    code = _replaced(failure.code, found[1], name)
    return Repair(code, f"There is no {verbatim(found[1])} in the workspace, but there is {verbatim(name)}.")


def _key(failure: Failure, message: str) -> Repair | None:
    found = re.search(r"['\"]([^'\"\[\]]+)['\"]", message)
    return _column(failure, found[1]) if found else None


def _attribute(failure: Failure, message: str) -> Repair | None:
    if found := re.search(r"'DataFrame' object has no attribute '(\w+)'", message):
        return _column(failure, found[1])
    if found := re.search(r"module 'numpy' has no attribute '(float|int|bool|object|str)'", message):
        code = re.sub(rf"\bnp\.{found[1]}\b", found[1], failure.code)
        return Repair(code, f"NumPy no longer has its own `{found[1]}`; Python's does.")
    found = re.search(r"has no attribute '(\w+)'\. Did you mean: '(\w+)'", message)
    if not found:
        return None
    return Repair(
        re.sub(rf"\.{found[1]}\b", f".{found[2]}", failure.code), f"`{found[1]}` is a slip for `{found[2]}`."
    )


def _column(failure: Failure, wanted: str) -> Repair | None:
    """A column of nearly that name; when the columns are not known yet, a look at them."""
    printed = re.findall(r"^columns: (\[.*\])$", failure.output, re.M)
    known = list(failure.columns) + [name for line in printed for name in _strings(line)]
    lower = {name.strip().casefold(): name for name in known}
    if close := get_close_matches(wanted.strip().casefold(), lower, 1, 0.6):
        name = lower[close[0]]
        code = re.sub(rf"(?<=[\w\])])\.{re.escape(wanted)}\b", lambda _: f"[{literal(name)}]", failure.code)
        return Repair(
            _replaced(code, wanted, name), f"There is no column {verbatim(wanted)}; I take {verbatim(name)}."
        )
    joined = next((name for name in known if wanted in re.split(r"[;\t|]", name)), None)
    if joined:
        separator = next(mark for mark in ";\t|" if mark in joined)
        code = _with_option(failure.code, ("read_csv", "read_table"), "sep", separator)
        return Repair(code, f"All columns came out as one: the separator is {separator!r}, not a comma.")
    read = re.search(r"^( *)(.*?)(pd\.read_\w+\([^()]*\))", failure.code, re.M)
    if known or not read:
        return None
    look = f'{read[1]}print("columns:", list({read[3]}.columns))'
    code = failure.code.replace(read[0], f"{look}\n{read[0]}", 1)
    return Repair(code, f"There is no column {verbatim(wanted)}. I look at which columns there are.")


def _encoding(failure: Failure, message: str) -> Repair | None:
    encoding = (
        "utf-16" if "byte 0xff in position 0" in message or "byte 0xfe in position 0" in message else "cp1252"
    )
    code = _with_option(failure.code, ("read_csv", "read_table", "open", "read_text"), "encoding", encoding)
    return Repair(code, f"The file is not UTF-8, so I read it as {encoding}.")


def _parser(failure: Failure, _: str) -> Repair | None:
    if 'engine="python"' in failure.code:
        code = _with_option(failure.code, ("read_csv", "read_table"), "on_bad_lines", "skip")
        return Repair(code, "Some rows still have too many fields; I leave those out.")
    code = _with_option(failure.code, ("read_csv", "read_table"), "sep", None)
    code = _with_option(code, ("read_csv", "read_table"), "engine", "python")
    return Repair(code, "The separator is not a comma everywhere, so I let pandas find it.")


def _value(failure: Failure, message: str) -> Repair | None:
    if found := re.search(r"time data \"(.+?)\" doesn't match format \"(.+?)\"", message):
        return _date(failure, found[1], found[2])
    if found := re.search(r"time data '(.+?)' does not match format '(.+?)'", message):
        return _date(failure, found[1], found[2])
    if re.search(r"could not convert string to float: '-?\d+,\d+'", message):
        code = _with_option(failure.code, ("read_csv", "read_table"), "decimal", ",")
        return Repair(code, "The numbers are written with a decimal comma, so I say so when reading.")
    return None


def _date(failure: Failure, value: str, wrong: str) -> Repair | None:
    style = date_format([value])
    iso = {10: "%Y-%m-%d", 16: "%Y-%m-%d %H:%M", 19: "%Y-%m-%d %H:%M:%S"}
    right = iso.get(len(value), "ISO8601") if style == "ISO8601" else style
    if right is None:
        return None
    why = f"A date is written {verbatim(value)}, which is `{right}` and not `{wrong}`."
    return Repair(failure.code.replace(wrong, right), why)


def _syntax(failure: Failure, message: str) -> Repair | None:
    if "Missing parentheses in call to 'print'" in message:
        code = re.sub(r"^(\s*)print +(?!\()(.+)$", r"\1print(\2)", failure.code, flags=re.M)
        return Repair(code, "`print` is a function in Python 3.")
    if "unexpected indent" in message:
        return Repair(textwrap.dedent(failure.code), "The block was indented as a whole.")
    return None


_RULES: dict[str, Callable[[Failure, str], Repair | None]] = {
    "NameError": _name,
    "ModuleNotFoundError": _module,
    "FileNotFoundError": _file,
    "KeyError": _key,
    "AttributeError": _attribute,
    "UnicodeDecodeError": _encoding,
    "ParserError": _parser,
    "ValueError": _value,
    "SyntaxError": _syntax,
    "IndentationError": _syntax,
}


def _replaced(code: str, old: str, new: str) -> str:
    """The code with a string literal exchanged."""
    return code.replace(f"'{old}'", literal(new)).replace(f'"{old}"', literal(new))


def _with_option(code: str, functions: Sequence[str], option: str, value: object) -> str:
    """The code with an option in every call of the functions, in place of the one that is there."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return code
    called = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _called(node) in functions]
    lines = code.splitlines()
    for node in sorted(called, key=lambda node: (node.end_lineno or 0, node.end_col_offset or 0), reverse=True):
        old = next((word for word in node.keywords if word.arg == option), None)
        if old is not None:
            lines = _spliced(lines, old, f"{option}={literal(value)}")
        elif node.args:
            lines = _spliced(lines, node, f", {option}={literal(value)})", closing=True)
    return "\n".join(lines)


def _names(code: str) -> list[str]:
    """The names a program sets, and those Python has built in."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return dir(builtins)
    stored = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    return stored + dir(builtins)


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _spliced(lines: list[str], node: ast.keyword | ast.Call, text: str, closing: bool = False) -> list[str]:
    """The lines with a keyword's source, or a call's closing bracket, exchanged for the text."""
    row, end = (node.end_lineno or 1) - 1, node.end_col_offset or 0
    raw = lines[row].encode()
    start = end - 1 if closing else node.col_offset
    if not closing and node.lineno != node.end_lineno:
        return lines
    before = raw[:start].decode()
    before = before.rstrip().removesuffix(",") if closing else before
    return [*lines[:row], before + text + raw[end:].decode(), *lines[row + 1 :]]


def _strings(line: str) -> list[str]:
    try:
        found = ast.literal_eval(line)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    return [value for value in found if isinstance(value, str)] if isinstance(found, list) else []
