"""The file with the rules: read, and read again while Roundtable runs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from bot.domain.errors import OperatorError
from bot.domain.policy import Policy
from bot.files import toml


@dataclass(frozen=True, slots=True)
class Reread:
    """The result of reading the rules again, in words, and whether they are in force."""

    said: str
    in_force: bool


class PolicyFile:
    """The rules as the file had them when it was last read well."""

    def __init__(self, path: Path, teams: Collection[str]) -> None:
        """Read the file; raises OperatorError."""
        self._path = path
        self._teams = teams
        self.current = load(path, teams)

    def reload(self) -> Reread:
        """Read the file again; one that is broken changes nothing."""
        try:
            if self.current != Policy() and not self._path.exists():
                raise OperatorError(f"{self._path}: there is no such file any more.")
            self.current = load(self._path, self._teams)
        except OperatorError as error:
            return Reread(f"{error} The rules that were in force stay in force.", in_force=False)
        if not self._path.exists():
            return Reread(f"There is no {self._path}: the defaults are in force.", in_force=True)
        return Reread(f"{self._path} was read again and is in force.", in_force=True)


def load(path: Path, teams: Collection[str]) -> Policy:
    """The rules in a file, the defaults where there is no file; raises OperatorError that names the line."""
    if not path.exists():
        return Policy()
    policy = toml.load(path, Policy)
    named = {f"channel.{name}": channel.team for name, channel in policy.channel.items() if channel.team}
    named |= {f"team.{name}": name for name in policy.teams}
    for where, team in named.items():
        if team not in teams:
            raise OperatorError(f"{path}: {where} names no team {team!r}. Teams: {', '.join(sorted(teams))}.")
    return policy
