"""What pip would answer, were it there: what is installed, and that nothing can be added."""

from __future__ import annotations

import importlib.metadata
import re
import shlex


def answer(command: str) -> str:
    """The answer to `install NAMES`, `list` or `freeze`."""
    verb, *words = shlex.split(command, comments=True)
    if verb != "install":
        return "\n".join(sorted({f"{each.name}=={each.version}" for each in importlib.metadata.distributions()}))
    asked = [re.split(r"[\[<>=!~;]", word)[0] for word in words if not word.startswith("-")]
    versions = {name: _version(name) for name in asked}
    lines = [f"Requirement already satisfied: {name} ({version})" for name, version in versions.items() if version]
    if missing := [name for name, version in versions.items() if not version]:
        lines.append(f"ERROR: {', '.join(missing)}: nothing can be installed here, there is no network.")
    return "\n".join(lines)


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except (importlib.metadata.PackageNotFoundError, ValueError):
        return ""
