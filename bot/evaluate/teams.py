"""The team files of an evaluation: found by name or path, and copied, so that they stay as they are."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from bot.errors import OperatorError

_UNFIT = re.compile(r"[^a-z0-9_]+")


@dataclass(frozen=True, slots=True)
class TeamFile:
    """A team: `given` is how it was named, `name` how the engine calls it, `kind` its file's own name.

    `digest` changes when the file or the rules of the house do.
    """

    given: str
    name: str
    kind: str
    digest: str


def gather(named: Sequence[str], shipped: Path, rules: Iterable[Path], into: Path) -> list[TeamFile]:
    """Copy the files of teams into a folder that has nothing else; raises OperatorError for one that is not there.

    A team is named as it is in `shipped`, or by the path of its file. `rules` are what all teams are told.
    """
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    house = b"".join(hashlib.sha256(path.read_bytes()).digest() for path in sorted(rules))
    teams = [_copied(given, _path(given, shipped), house, into) for given in dict.fromkeys(named)]
    for one, other in combinations(teams, 2):
        if one.digest == other.digest:
            raise OperatorError(f"--team {one.given} and {other.given} are the same file: --repeat runs it again.")
    return teams


def _path(given: str, shipped: Path) -> Path:
    if given.endswith(".toml"):
        path = Path(given)
        if not path.is_file():
            raise OperatorError(f"--team {given}: there is no such file.")
        return path
    path = shipped / f"{given}.toml"
    if path.parent != shipped or not path.is_file():
        known = ", ".join(sorted(each.stem for each in shipped.glob("*.toml")))
        raise OperatorError(f"--team {given}: there is no such team; name {known}, or the path of a team's file.")
    return path


def _copied(given: str, path: Path, house: bytes, into: Path) -> TeamFile:
    name = stem = _UNFIT.sub("_", path.stem.lower())
    number = 1
    while (into / f"{name}.toml").exists():
        number += 1
        name = f"{stem}_{number}"
    shutil.copyfile(path, into / f"{name}.toml")
    digest = hashlib.sha256(hashlib.sha256(path.read_bytes()).digest() + house).hexdigest()
    return TeamFile(given, name, path.stem, digest)
