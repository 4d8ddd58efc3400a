"""The team files of an evaluation: found by name or path, read once, and copied, so that they stay as they are."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

from bot.domain.errors import OperatorError
from bot.evaluate import folders

_UNFIT = re.compile(r"[^a-z0-9_]+")


@dataclass(frozen=True, slots=True)
class TeamFile:
    """A team: `given` is how it was named, `name` how the engine calls it, `kind` its file's own name.

    `digest` changes when the file or the rules of the house do; `data` is what the file holds.
    """

    given: str
    name: str
    kind: str
    digest: str
    data: bytes = field(default=b"", repr=False)


def gather(named: Sequence[str], shipped: Path, rules: Iterable[Path]) -> list[TeamFile]:
    """Read the files of teams; raises OperatorError for one that is not there.

    A team is named as it is in `shipped`, or by the path of its file. `rules` are what all teams are told.
    """
    house = b"".join(hashlib.sha256(path.read_bytes()).digest() for path in sorted(rules))
    teams: list[TeamFile] = []
    for given in dict.fromkeys(named):
        teams.append(_read(given, _path(given, shipped), house, {team.name for team in teams}))
    for one, other in combinations(teams, 2):
        if one.digest == other.digest:
            raise OperatorError(f"--team {one.given} and {other.given} are the same file: --repeat runs it again.")
    return teams


def copied(teams: Sequence[TeamFile], work: Path) -> Path:
    """The folder within `work`, named by what is in it, that has the files of these teams and nothing else."""
    digest = hashlib.sha256(repr([(team.name, team.digest) for team in teams]).encode()).hexdigest()
    folder = folders.own(work / f"teams-{digest[:16]}")
    for team in teams:
        (folder / f"{team.name}.toml").write_bytes(team.data)
    return folder


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


def _read(given: str, path: Path, house: bytes, taken: Collection[str]) -> TeamFile:
    name = stem = _UNFIT.sub("_", path.stem.lower())
    number = 1
    while name in taken:
        number += 1
        name = f"{stem}_{number}"
    try:
        data = path.read_bytes()
    except OSError as error:
        raise OperatorError(f"--team {given}: the file cannot be read ({error.strerror}).") from None
    digest = hashlib.sha256(hashlib.sha256(data).digest() + house).hexdigest()
    return TeamFile(given, name, path.stem, digest, data)
