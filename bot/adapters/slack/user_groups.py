"""Which user groups a person is in, of those that the policy names."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection

import aiohttp
from cachetools import LRUCache, TTLCache
from slack_sdk.errors import SlackApiError

from bot.adapters.slack.web import Web, error_name, needed_scope
from bot.domain.errors import BadInput

_FRESH = 300.0
_MOST = 1_000
_ID = re.compile(r"S[A-Z0-9]{5,}")
_BLIND = (
    "I cannot see who is in the user groups that policy.toml names, because the Slack app lacks the scope "
    "usergroups:read; the operator finds the fix with `roundtable doctor`."
)


class UserGroups:
    """Looks a group's members up once in five minutes; others are never requested."""

    def __init__(
        self, web: Web, named: Callable[[], Collection[str]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._web = web
        self._named = named
        self._fresh: TTLCache[str, frozenset[str]] = TTLCache(_MOST, _FRESH, clock)
        self._last: LRUCache[str, frozenset[str]] = LRUCache(_MOST)

    async def of(self, user: str) -> list[str]:
        """The ids of the user's groups; raises BadInput without the scope, and as the SDK does."""
        groups = sorted(group for group in self._named() if _ID.fullmatch(group))
        return [group for group in groups if user in await self._members(group)]

    async def _members(self, group: str) -> frozenset[str]:
        known = self._fresh.get(group)
        if known is not None:
            return known
        try:
            members = await self._asked(group)
        except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
            if isinstance(error, SlackApiError) and needed_scope(error):
                raise BadInput(_BLIND) from None
            # What was true five minutes ago is better than nothing.
            if group in self._last:
                return self._last[group]
            raise
        self._fresh[group] = self._last[group] = members
        return members

    async def _asked(self, group: str) -> frozenset[str]:
        try:
            answer = await self._web.client.usergroups_users_list(usergroup=group)
        except SlackApiError as error:
            if error_name(error) == "no_such_subteam":
                return frozenset()
            raise
        return frozenset(map(str, answer["users"]))
