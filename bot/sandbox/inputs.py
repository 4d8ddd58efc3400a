"""The files of ours that the sandbox's image is made from, and the digest that its label carries."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from bot.settings import Packages

LABEL = "roundtable.inputs"
PACKAGES_LABEL = "roundtable.packages"
ROOT = Path(__file__).parents[2]


def lock(packages: Packages) -> Path:
    """The lock file of the image's Python packages."""
    return ROOT / "bot/sandbox" / ("requirements.lock" if packages == "full" else "requirements-small.lock")


def files(packages: Packages) -> Mapping[str, bytes]:
    """Every file that goes into the image, by its path in the build context, where every lock has one name."""
    sandbox = ROOT / "bot/sandbox"
    paths = [sandbox / "debian-packages.txt", *(sandbox / "driver").rglob("*.py")]
    found = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in paths}
    found["bot/sandbox/requirements.lock"] = lock(packages).read_bytes()
    return {"Dockerfile": recipe((ROOT / "Dockerfile").read_text(encoding="utf-8")).encode(), **found}


def recipe(dockerfile: str) -> str:
    """The part of the Dockerfile that makes the sandbox's image: what is before the first stage, and its own."""
    before, *stages = re.split(r"^(?=FROM )", dockerfile, flags=re.MULTILINE)
    return before + "".join(stage for stage in stages if re.match(r"FROM \S+ AS (packages|sandbox)\n", stage))


def digest(packages: Packages) -> str:
    """SHA-256 over all of them."""
    total = hashlib.sha256()
    for path, content in sorted(files(packages).items()):
        total.update(f"{path}\0{len(content)}\0".encode() + content)
    return total.hexdigest()
