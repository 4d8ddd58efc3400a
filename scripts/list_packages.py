"""Writes docs/packages.md: what programs find in the sandbox's images, with the versions of the locks."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
SANDBOX = ROOT / "bot/sandbox"
PAGE = ROOT / "docs/packages.md"
_HEAD = """\
# What programs find in the sandbox

Made by `python scripts/list_packages.py` from the locks; a test fails when it is out of date. Both images have
Python 3.11 and the first table; that of `ROUNDTABLE_SANDBOX_PACKAGES=full`, the default, has the second too.
Nothing can be installed later, for a sandbox has no network. What these packages need themselves, with every hash:
[requirements.lock](../bot/sandbox/requirements.lock).
"""


class Package(NamedTuple):
    """A package that is asked for by name, and what it is for."""

    name: str
    purpose: str


def asked(requirements: Path) -> list[Package]:
    """What a file of requirements names itself, without those that it includes."""
    found = re.findall(r"^([a-z][\w-]*)\S*  # (.+)$", requirements.read_text(encoding="utf-8"), re.MULTILINE)
    return [Package(name, purpose) for name, purpose in found]


def locked(lock: Path) -> dict[str, str]:
    """The version of every package in a lock."""
    return dict(re.findall(r"^([\w-]+)==(\S+)", lock.read_text(encoding="utf-8"), re.MULTILINE))


def debian() -> list[str]:
    """The programs and libraries from Debian, which takes its newest patched versions."""
    return (SANDBOX / "debian-packages.txt").read_text(encoding="utf-8").split()


def page() -> str:
    """The whole list, in Markdown."""
    versions = locked(SANDBOX / "requirements.lock")
    small = _table(asked(SANDBOX / "requirements-small.in"), versions)
    full = _table(asked(SANDBOX / "requirements.in"), versions)
    parts = {"In both": small, "In the full image": full, "From Debian 12, in both": _debian()}
    return _HEAD + "".join(f"\n## {title}\n\n{text}" for title, text in parts.items())


def _table(packages: list[Package], versions: dict[str, str]) -> str:
    rows = [f"| {name} | {versions[name]} | {purpose} |\n" for name, purpose in packages]
    return "| package | version | for |\n|---|---|---|\n" + "".join(rows)


def _debian() -> str:
    rows = "".join(f"- `{name}`\n" for name in debian())
    return f"{rows}\n`python3-odf` is odfpy, for .ods and .odt, of which PyPI has no wheel.\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
