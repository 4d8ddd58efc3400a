"""Who may do what where, as `policy.toml` says: pure decisions over people and threads.

`bot/files/policy_file.py` reads the file, `docs/policy.md` describes it for those who write it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import chain
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from bot.domain.budgets import Budget, Money
from bot.domain.participants import Person, ThreadRef

EVERYONE, STARTER, ADMIN, GUEST, EXTERNAL = "everyone", "starter", "admin", "guest", "external"
_PEOPLE = (EVERYONE, STARTER, ADMIN, GUEST, EXTERNAL)
OPERATOR = "operator"
"""The group of those who use the page, the terminal or the API of this machine, also on a session of a platform.

No list of allowed places or people shuts them out.
"""
_OWN = ("web", "console")
"""The platforms that are the operator's own."""

Verbosity: TypeAlias = Literal["all", "quiet"]
CodeApproval: TypeAlias = Literal["never", "always"]
Act: TypeAlias = Literal["steer", "approve", "raise_budgets", "stop", "delete"]


_WHERE: Mapping[str, str] = dict.fromkeys(_PEOPLE, "name it in groups") | {
    EVERYONE: "leave the list out and everyone is meant",
    STARTER: "it belongs into lists of what people may do",
}


def _id(written: str) -> str:
    """An id, or a word in whatever case, as it is compared: with a slip a list in [deny] would deny no one."""
    found = written.strip()
    if not found:
        raise ValueError("an id is empty")
    return found.lower() if found.lower() in _PEOPLE else found


def _name(written: str) -> str:
    """The id of one person or place: a word for many would match no one there, and [deny] deny no one."""
    if written in _PEOPLE:
        raise ValueError(f"{written} is no id; {_WHERE[written]}")
    return written


def _group(written: str) -> str:
    """A role or a group of the platform, or a word for one."""
    if written in (EVERYONE, STARTER):
        raise ValueError(f"{written} is no group; {_WHERE[written]}")
    return written


Id: TypeAlias = Annotated[str, AfterValidator(_id)]
Name: TypeAlias = Annotated[Id, AfterValidator(_name)]
Group: TypeAlias = Annotated[Id, AfterValidator(_group)]
People: TypeAlias = tuple[Id, ...]
"""Ids of people or of their roles, or the words everyone, starter, admin, guest and external."""

Hours: TypeAlias = Annotated[float, Field(gt=0, le=8784)]

_DEFAULTS: Mapping[Act, People] = {
    "steer": (EVERYONE,),
    "approve": (STARTER, ADMIN),
    "raise_budgets": (STARTER, ADMIN),
    "stop": (EVERYONE,),
    "delete": (STARTER, ADMIN),
}
_WORDS: Mapping[Act, str] = {
    "steer": "say something to the team",
    "approve": "decide about code",
    "raise_budgets": "decide about budgets",
    "stop": "stop other people's sessions",
    "delete": "delete sessions",
}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Acts(_Strict):
    """Who may do what; what is left out is as everywhere, and there by default."""

    start: People | None = None
    steer: People | None = None
    approve: People | None = None
    raise_budgets: People | None = None
    stop: People | None = None
    delete: People | None = None


class Allow(_Acts):
    """What holds everywhere unless a channel says otherwise; a list of places or people shuts out all others."""

    guests: bool = False
    external: bool = False
    users: tuple[Name, ...] | None = None
    groups: tuple[Group, ...] | None = None
    channels: tuple[Name, ...] | None = None
    workspaces: tuple[Name, ...] | None = None


class Deny(_Strict):
    """Who is not served, and where, whatever else is allowed."""

    users: tuple[Name, ...] = ()
    groups: tuple[Group, ...] = ()
    channels: tuple[Name, ...] = ()
    workspaces: tuple[Name, ...] = ()


class Wait(_Strict):
    """How long a session waits for people."""

    remind_hours: Hours = 4.0
    expire_hours: Hours = 72.0
    approve_all_hours: Hours = 8.0


class TeamRule(_Strict):
    """What holds for one team."""

    code_approval: CodeApproval | None = None
    remind_hours: Hours | None = None
    expire_hours: Hours | None = None


class ChannelRule(_Acts):
    """What holds in one channel; what is left out is as everywhere."""

    team: str | None = None
    verbosity: Verbosity = "all"
    """quiet: the status, the files and the result only."""
    code_approval: CodeApproval | None = None
    guests: bool | None = None
    external: bool | None = None
    budget: Money | None = None


class Policy(_Strict):
    """The rules of one installation."""

    code_approval: CodeApproval = "never"
    sessions_per_user: int = Field(4, ge=1, le=1000)
    allow: Allow = Allow()
    deny: Deny = Deny()
    wait: Wait = Wait()
    budget: Budget = Budget()
    channel: Mapping[Id, ChannelRule] = Field(default_factory=dict)
    teams: Mapping[str, TeamRule] = Field(default_factory=dict, alias="team")

    @property
    def named(self) -> frozenset[str]:
        """Every id of a person, role or group, and every word for people, that some rule names."""
        acts = [people for rules in (self.allow, *self.channel.values()) for people in _lists(rules)]
        return frozenset(chain(*acts, self.allow.groups or (), self.deny.groups))

    def team(self, thread: ThreadRef) -> str | None:
        """The team of a channel unless another is named."""
        return self.at(thread).team

    def verbosity(self, thread: ThreadRef) -> Verbosity:
        """How much of a session is shown in a channel."""
        return self.at(thread).verbosity

    def admits(self, thread: ThreadRef, who: Person) -> str:
        """Why this person is not served there at all, "" when they are."""
        deny = self.deny
        if thread.channel in deny.channels or thread.workspace in deny.workspaces or not self._place(thread, who):
            return "I do not work here; an admin can change that in policy.toml (channels, workspaces)."
        return self.welcomes(thread, who)

    def welcomes(self, thread: ThreadRef, who: Person) -> str:
        """The same, whatever holds for the place itself."""
        deny, here = self.deny, self.at(thread)
        external = self.allow.external if here.external is None else here.external
        guests = self.allow.guests if here.guests is None else here.guests
        if who.id in deny.users or set(who.groups) & set(deny.groups):
            return "I do not work for you here; an admin can change that in policy.toml (deny)."
        if EXTERNAL in who.groups and not external:
            return "I work only for people of this workspace; an admin can change that in policy.toml (external)."
        if GUEST in who.groups and not guests:
            return "I work only for full members here; an admin can change that in policy.toml (guests)."
        if not self._person(thread, who):
            return "I work only for some people here; an admin can change that in policy.toml (users, groups)."
        return ""

    def start(self, thread: ThreadRef, who: Person, default: Collection[str] = (EVERYONE,)) -> str:
        """Why this person may not start a session there, "" when they may; `default` holds without a rule."""
        here = self.at(thread).start
        named = self.allow.start if here is None else here
        if _is_among(who, default if named is None else named):
            return ""
        return "You may not start sessions here; an admin can allow it in policy.toml (start)."

    def may(self, act: Act, thread: ThreadRef, who: Person, starter: Person | None) -> str:
        """Why this person may not do that in a session that `starter` began, "" when they may.

        Without `starter`, who began it has no say as such.
        """
        here: People | None = getattr(self.at(thread), act)
        everywhere: People | None = getattr(self.allow, act)
        named = everywhere if here is None else here
        allowed = _DEFAULTS[act] if named is None else named
        began = starter is not None and who.id == starter.id
        if _is_among(who, allowed) or (began and (act == "stop" or STARTER in allowed)):
            return ""
        return f"You may not {_WORDS[act]} here; an admin can allow it in policy.toml ({act})."

    def approval(self, thread: ThreadRef, team: str) -> bool:
        """Whether code waits for a person there: `always` of the team or the channel wins."""
        named = {self.at(thread).code_approval, self._team(team).code_approval} - {None}
        return "always" in (named or {self.code_approval})

    def patience(self, team: str) -> tuple[float, float]:
        """Seconds until a team's request is brought to mind again, and until it expires."""
        own = self._team(team)
        remind = own.remind_hours or self.wait.remind_hours
        return remind * 3600, (own.expire_hours or self.wait.expire_hours) * 3600

    def at(self, thread: ThreadRef) -> ChannelRule:
        """What holds in a thread's channel alone."""
        return self.channel.get(thread.channel) or ChannelRule()

    def _team(self, name: str) -> TeamRule:
        return self.teams.get(name) or TeamRule()

    def _place(self, thread: ThreadRef, who: Person) -> bool:
        allow = self.allow
        return _is_operator(thread, who) or (
            (allow.channels is None or thread.channel in allow.channels)
            and (allow.workspaces is None or thread.workspace in allow.workspaces)
        )

    def _person(self, thread: ThreadRef, who: Person) -> bool:
        users, groups = self.allow.users, self.allow.groups
        if _is_operator(thread, who) or (users is None and groups is None):
            return True
        return who.id in (users or ()) or bool(set(who.groups) & set(groups or ()))


def _lists(rules: _Acts) -> tuple[People, ...]:
    lists = (rules.start, rules.steer, rules.approve, rules.raise_budgets, rules.stop, rules.delete)
    return tuple(people for people in lists if people)


def _is_operator(thread: ThreadRef, who: Person) -> bool:
    return thread.platform in _OWN or OPERATOR in who.groups


def _is_among(who: Person, people: Collection[str]) -> bool:
    return EVERYONE in people or who.id in people or bool(set(who.groups) & set(people))
