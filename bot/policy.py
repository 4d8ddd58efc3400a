"""Who may do what where, as `policy.toml` says: pure decisions over people and threads."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from bot import toml_file
from bot.errors import OperatorError
from bot.events import Person, ThreadRef

EVERYONE, ADMIN, GUEST, EXTERNAL = "everyone", "admin", "guest", "external"

Verbosity: TypeAlias = Literal["all", "quiet"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Allow(_Strict):
    """What holds everywhere unless a channel says otherwise."""

    start: tuple[str, ...] | None = None
    """Who may start sessions: ids of people or of their roles, "admin", or "everyone"."""
    guests: bool = False
    external: bool = False


class Channel(_Strict):
    """What holds in one channel; what is left out is as everywhere."""

    team: str | None = None
    verbosity: Verbosity = "all"
    """quiet: the status, the files and the result only."""
    start: tuple[str, ...] | None = None
    guests: bool | None = None
    external: bool | None = None


class Policy(_Strict):
    """The rules of one installation."""

    allow: Allow = Allow()
    channel: Mapping[str, Channel] = Field(default_factory=dict)

    def team(self, thread: ThreadRef) -> str | None:
        """The team that sits down in a channel unless another is named."""
        return self._at(thread).team

    def verbosity(self, thread: ThreadRef) -> Verbosity:
        """How much of a session is shown in a channel."""
        return self._at(thread).verbosity

    def admits(self, thread: ThreadRef, who: Person) -> str:
        """Why this person is not listened to there at all, "" when they are."""
        here = self._at(thread)
        external = self.allow.external if here.external is None else here.external
        guests = self.allow.guests if here.guests is None else here.guests
        if EXTERNAL in who.groups and not external:
            return "I work only for people of this workspace; an admin can change that in policy.toml (external)."
        if GUEST in who.groups and not guests:
            return "I work only for full members here; an admin can change that in policy.toml (guests)."
        return ""

    def start(self, thread: ThreadRef, who: Person, default: Collection[str] = (EVERYONE,)) -> str:
        """Why this person may not start a session there, "" when they may; `default` holds without a rule."""
        here = self._at(thread).start
        named = self.allow.start if here is None else here
        allowed = default if named is None else named
        if EVERYONE in allowed or who.id in allowed or set(who.groups) & set(allowed):
            return ""
        return "You may not start sessions here; an admin can allow it in policy.toml (start)."

    def _at(self, thread: ThreadRef) -> Channel:
        return self.channel.get(thread.channel) or Channel()


def load(path: Path, teams: Collection[str]) -> Policy:
    """The rules in a file, none where there is no file; raises OperatorError that names the line."""
    if not path.exists():
        return Policy()
    policy = toml_file.load(path, Policy)
    for name, channel in policy.channel.items():
        if channel.team is not None and channel.team not in teams:
            raise OperatorError(
                f"{path}: channel.{name} names no team {channel.team!r}. Teams: {', '.join(sorted(teams))}."
            )
    return policy
