"""Remembers, in the work directory, which image, engine and profile the battery held on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.files import private
from bot.sandbox.battery.attack import Attack

_FILE = "battery.json"


def key(facts: Mapping[str, str], cases: Sequence[Attack]) -> str:
    """What a pass counts for: these facts of engine, image and profile, and exactly these attacks."""
    attacks = [[case.name, case.language, case.code, case.timeout, case.stop_after] for case in cases]
    text = json.dumps([dict(sorted(facts.items())), attacks], sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def remember(work_dir: Path, passed: str, day: str) -> None:
    """The battery held on this day."""
    private.make_folder(work_dir)
    unfinished = work_dir / f"{_FILE}.unfinished"
    private.write_text(unfinished, json.dumps({**_remembered(work_dir), passed: day}, indent=1))
    unfinished.replace(work_dir / _FILE)


def held_on(work_dir: Path, passed: str) -> str:
    """The day on which it held; empty when it never did."""
    return _remembered(work_dir).get(passed, "")


def _remembered(work_dir: Path) -> dict[str, str]:
    try:
        found = json.loads((work_dir / _FILE).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return {str(passed): str(day) for passed, day in found.items()} if isinstance(found, dict) else {}
