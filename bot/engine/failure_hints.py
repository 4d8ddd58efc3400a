"""What a program's output says about why it failed."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.domain.turn_results import Killed, RunResult

_NETWORK = re.compile(
    r"Temporary failure in name resolution|Name or service not known|Network is unreachable|"
    r"Could not resolve host|Failed to establish a new connection|socket\.gaierror|<urlopen error"
)
_PACKAGE = re.compile(r"ModuleNotFoundError: No module named '([\w.]+)'")


def failure_hint(output: str) -> str:
    """A sentence for the agents about an error they cannot fix by trying again, "" when there is none."""
    if _NETWORK.search(output):
        return (
            "There is no network in the sandbox: ask for the data to be attached in this thread, "
            "or use a sample that ships with the libraries."
        )
    if missing := _PACKAGE.search(output):
        return (
            f"The package {missing[1]} is not installed and cannot be: use numpy, pandas, scipy, matplotlib, "
            "seaborn, scikit-learn, statsmodels, openpyxl, pyarrow, pillow or the standard library."
        )
    return ""


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
