"""Which image is the right one: the id that was built, or first used, is remembered in the work directory."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from bot.files import private
from bot.sandbox import inputs

_FILE = "sandbox-image.json"


def remember(work_dir: Path, name: str, image_id: str) -> None:
    """From now on the image of this name is the one with this id."""
    private.make_folder(work_dir)
    unfinished = work_dir / f"{_FILE}.unfinished"
    private.write_text(unfinished, json.dumps({**_remembered(work_dir), name: image_id}, indent=1))
    unfinished.replace(work_dir / _FILE)


def refusal(work_dir: Path, name: str, image_id: str, labels: Mapping[str, str], digest: str) -> str:
    """Why an image must not be used, in a sentence with the fix; empty when it may.

    `digest` is that of the files it has to be built from. An image without our label was made by others, who keep
    it up to date.
    """
    if _remembered(work_dir).get(name, image_id) != image_id:
        return f"The image {name} is not the one that was built or used here before; run: roundtable sandbox build"
    if labels.get(inputs.LABEL, digest) != digest:
        return f"The image {name} was built from other files than are here; run: roundtable sandbox build"
    return ""


def admit(work_dir: Path, name: str, image_id: str) -> None:
    """Remember an image that is used for the first time."""
    if name not in _remembered(work_dir):
        remember(work_dir, name, image_id)


def _remembered(work_dir: Path) -> dict[str, str]:
    try:
        found = json.loads((work_dir / _FILE).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return {str(name): str(image_id) for name, image_id in found.items()} if isinstance(found, dict) else {}
