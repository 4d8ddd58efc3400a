"""What the end of a run tells: the fix for what often goes wrong, and what makes two failures the same. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.domain.turn_results import Killed, RunResult
from bot.engine import known_errors

_SHOWN = 6_000
"""Characters at the end of an output, where errors stand."""
_CRASHES = {128 + 4: "illegal instruction", 128 + 6: "abort", 128 + 7: "bus error", 128 + 11: "segmentation fault"}
_MISSING = re.compile(
    r"No module named '([\w.]+)'|Missing optional dependency '([\w.]+)'|`Import ([\w.]+)` failed"
)
_UNDEFINED = re.compile(r"NameError: name '(\w+)' is not defined")
_ATTRIBUTE = re.compile(r"(?:'(?P<kind>\w+)' object|module '(?P<module>[\w.]+)') has no attribute '(?P<name>\w+)'")
_ARGUMENT = re.compile(r"got an unexpected keyword argument '(\w+)'")
_OF_PANDAS = re.compile(r"DataFrame|Series|\w*Index|\w*GroupBy|\w*Resampler|Rolling")
_DRAWS = re.compile(r"\bplt\.\w|\bsns\.\w|\.plot[.(]")
_CLOSES = re.compile(r"\bplt\.(?:close|clf)\(")
_DELIVERS = re.compile(r"savefig|\bshow\(|display\(|\.save\(")


def failure_hint(result: RunResult, code: str = "", *, had_variables: bool = True) -> str:
    """A sentence for the agents that names the fix, "" when there is nothing to fix or it is not known.

    Of code that ended well only what it did in vain is told. `had_variables`: an earlier block's were there.
    """
    if result.ok:
        return _first(known_errors.IN_VAIN, result.output) or _undelivered(result, code)
    if result.killed:
        return known_errors.KILLED.get(result.killed, "")
    output = result.output[-_SHOWN:]
    return (
        _missing(output)
        or _first(known_errors.SANDBOX, output)
        or _undefined(output, had_variables)
        or _gone(output)
        or _first(known_errors.LIBRARIES, output)
        or _crashed(result.exit_code)
        or _first(known_errors.IN_VAIN, output)
    )


def _first(table: known_errors.Table, output: str) -> str:
    return next((sentence for pattern, sentence in table if re.search(pattern, output)), "")


def _missing(output: str) -> str:
    """What there is in place of a package that is not installed."""
    found = _MISSING.search(output)
    if found is None:
        return ""
    name = next(filter(None, found.groups()))
    package = name.partition(".")[0].lower()
    if package in known_errors.NEEDS_NETWORK:
        return f"The package {name} is not installed. {known_errors.NETWORK}"
    instead = known_errors.INSTEAD.get(package, known_errors.INSTALLED)
    return f"The package {name} is not installed and cannot be: {instead}"


def _undefined(output: str, had_variables: bool) -> str:
    """How a name comes back that a program has not defined itself."""
    found = _UNDEFINED.search(output)
    if found is None:
        return ""
    name = found[1]
    if statement := known_errors.IMPORTS.get(name):
        return f"Begin with: {statement}"
    if not had_variables:
        return f"No variable of an earlier block was there: define {name} again in the same block."
    return f"{name} is not defined: is it misspelt, or defined in code that failed before that line?"


def _gone(output: str) -> str:
    """What has taken the place of a name that a library no longer has."""
    if found := _ARGUMENT.search(output):
        instead = known_errors.ARGUMENTS_GONE.get(found[1])
        return f"The argument {found[1]} is gone: {instead}." if instead else ""
    found = _ATTRIBUTE.search(output)
    if found is None:
        return ""
    if found["module"]:
        names = known_errors.MODULES_GONE.get(found["module"], {})
    else:
        is_of_pandas = _OF_PANDAS.fullmatch(found["kind"])
        names = known_errors.PANDAS_GONE if is_of_pandas else known_errors.METHODS_GONE
    instead = names.get(found["name"])
    return f"{found['name']} is gone: {instead}." if instead else ""


def _crashed(exit_code: int) -> str:
    crash = _CRASHES.get(exit_code)
    return f"The program crashed in a library ({crash}): use less data, or another function." if crash else ""


def _undelivered(result: RunResult, code: str) -> str:
    """What code has drawn, and closed before anybody could see it."""
    if result.files or not _DRAWS.search(code) or not _CLOSES.search(code) or _DELIVERS.search(code):
        return ""
    return "A chart was closed before it was in a file: call plt.show() or plt.savefig(...) before plt.close()."


def error_of(results: Sequence[RunResult]) -> str | None:
    """The error in which code ended, "" for none; None when it was ended through no fault of its own."""
    if any(result.killed and not is_at_fault(result.killed) for result in results):
        return None
    return next((error_signature(result) for result in results if not result.ok), "")


def is_at_fault(killed: Killed) -> bool:
    """Whether code has itself to thank for being ended so."""
    match killed:
        case "time" | "memory" | "output" | "disk" | "language":
            return True
        case "stopped" | "interrupted" | "lost" | "rejected":
            return False


def error_signature(result: RunResult) -> str:
    """What makes two failures the same: how the program ended, or its error's last line without numbers."""
    if result.killed:
        return f"killed: {result.killed}"
    lines = [line.strip() for line in result.output.splitlines() if line.strip()]
    if not lines:
        return f"exit code {result.exit_code}"
    printable = "".join(character for character in lines[-1] if character.isprintable())
    return re.sub(r"0x[0-9a-fA-F]+|\d+", "#", printable)[:300]
