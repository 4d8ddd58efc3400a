"""Who users are: names and groups, as users.info says, remembered for a while."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import aiohttp
from cachetools import LRUCache, TTLCache
from slack_sdk.errors import SlackApiError

from bot.adapters.slack.credentials import BotIdentity
from bot.adapters.slack.happenings import SlackUser
from bot.adapters.slack.user_groups import UserGroups
from bot.adapters.slack.web import Web, error_name, needed_scope
from bot.domain.errors import BadInput
from bot.domain.participants import Person
from bot.domain.policy import ADMIN, EXTERNAL, GUEST

_FRESH = 600.0
_MOST = 10_000
_BLIND = (
    "I cannot see who you are, because the Slack app lacks the scope users:read; "
    "the operator finds the fix with `roundtable doctor`."
)


class People:
    """Looks users up once in ten minutes."""

    def __init__(
        self, web: Web, me: BotIdentity, groups: UserGroups, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._web = web
        self._me = me
        self._groups = groups
        self._fresh: TTLCache[str, Mapping[str, Any]] = TTLCache(_MOST, _FRESH, clock)
        self._last: LRUCache[str, Mapping[str, Any]] = LRUCache(_MOST)

    async def person(self, who: SlackUser) -> Person | None:
        """A user as the engine knows people, None for a bot.

        Raises BadInput when the app cannot see users, and as the SDK does when Slack cannot be asked now.
        """
        try:
            user = await self._user(who.user)
        except SlackApiError as error:
            if needed_scope(error):
                raise BadInput(_BLIND) from None
            if error_name(error) not in ("user_not_found", "user_not_visible"):
                raise
            # Slack may show nothing of people from other workspaces.
            return Person(who.user, who.user, (EXTERNAL,))
        if user.get("is_bot"):
            return None
        person = standing(user, who, self._me.team)
        return replace(person, groups=(*person.groups, *await self._groups.of(who.user)))

    async def names(self, users: Iterable[str]) -> dict[str, str]:
        """Names by id, as far as they are known."""
        wanted = sorted(set(users))
        found = await asyncio.gather(*(self._name(user) for user in wanted))
        return {user: name for user, name in zip(wanted, found, strict=True) if name}

    async def _name(self, user: str) -> str:
        try:
            return name(await self._user(user))
        except (SlackApiError, aiohttp.ClientError, TimeoutError):
            return ""

    async def _user(self, user: str) -> Mapping[str, Any]:
        known = self._fresh.get(user)
        if known is not None:
            return known
        try:
            answer = await self._web.client.users_info(user=user)
        except (SlackApiError, aiohttp.ClientError, TimeoutError):
            # What was true ten minutes ago is better than nothing, unless Slack says otherwise now.
            if user in self._last:
                return self._last[user]
            raise
        found: Mapping[str, Any] = answer["user"]
        self._fresh[user] = self._last[user] = found
        return found


def standing(user: Mapping[str, Any], who: SlackUser, team: str) -> Person:
    """A user of users.info as a person, seen from the workspace `team`."""
    teams = {str(user.get("team_id") or ""), *((user.get("enterprise_user") or {}).get("teams") or ())}
    groups = []
    if user.get("is_admin") or user.get("is_owner"):
        groups.append(ADMIN)
    if user.get("is_restricted") or user.get("is_ultra_restricted"):
        groups.append(GUEST)
    if team not in teams or user.get("is_stranger") or (who.team and who.team not in teams | {team}):
        groups.append(EXTERNAL)
    if EXTERNAL in groups and ADMIN in groups:
        groups.remove(ADMIN)
    return Person(who.user, name(user), tuple(groups))


def name(user: Mapping[str, Any]) -> str:
    """How people see a user."""
    profile = user.get("profile") or {}
    return str(profile.get("display_name") or profile.get("real_name") or user.get("name") or user.get("id") or "")
