"""The sentences in which agents are told what happened; the demo model reads them back."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.events import Artifact, RemoteFile, RunResult

_ATTACHED = "Attached, now in the workspace: "
_FILES = "files made or changed: "
_NAMED = 30
_BEGINNING, _END = 6_000, 4_000
"""Characters of the beginning and of the end of a long output that agents get to see."""


def attached(files: Sequence[RemoteFile]) -> str:
    """The line that follows a person's message with files; `name` is already the path in the workspace."""
    return _ATTACHED + ", ".join(f"`{file.name}` ({file.size:,} bytes)" for file in files)


def attached_names(text: str) -> list[str]:
    """The workspace paths that `attached` named in a message."""
    lines = [line for line in text.splitlines() if line.startswith(_ATTACHED)]
    return [name for line in lines for name in re.findall(r"`([^`]+)` \([\d,]+ bytes\)", line)]


def report(results: Sequence[RunResult]) -> str:
    """What the executor says at the table about the blocks it ran."""
    if not results:
        return "There was no code to run."
    many = len(results) > 1
    return "\n\n".join(
        (f"block {number}\n" if many else "") + _one(result) for number, result in enumerate(results, 1)
    )


def _one(result: RunResult) -> str:
    head = f"killed: {result.killed}" if result.killed else f"exit code: {result.exit_code}"
    lines = [f"{head} ({result.seconds:.1f} s)"]
    if result.note:
        lines.append(f"note: {result.note}")
    if result.files:
        named = [f"`{file.path}` ({file.size:,} bytes)" for file in result.files[:_NAMED]]
        more = len(result.files) - len(named)
        lines.append(_FILES + ", ".join(named) + (f" and {more:,} more" if more else ""))
    lines.append(f"output:\n{_cut(result.output)}" if result.output.strip() else "output: (none)")
    return "\n".join(lines)


def _cut(output: str) -> str:
    """The output without its middle when it is long: agents pay for every character, in every later call."""
    left_out = len(output) - _BEGINNING - _END
    if left_out <= 0:
        return output
    return f"{output[:_BEGINNING]}\n[… {left_out:,} characters are left out here: print less …]\n{output[-_END:]}"


def succeeded(report_text: str) -> bool:
    """Whether a report is of blocks that all ended well."""
    heads = re.findall(r"^(killed: \w+|exit code: -?\d+) \([\d.]+ s\)$", report_text, re.MULTILINE)
    return bool(heads) and all(head == "exit code: 0" for head in heads)


def made_files(report_text: str) -> list[str]:
    """The paths a report names as made or changed."""
    lines = [line for line in report_text.splitlines() if line.startswith(_FILES)]
    return [name for line in lines for name in re.findall(r"`([^`]+)` \([\d,]+ bytes\)", line)]


def listing(files: Sequence[Artifact]) -> str:
    """The workspace in one line."""
    return ", ".join(f"`{file.path}`" for file in files) or "(empty)"
