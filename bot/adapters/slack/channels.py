"""What kind of channel a channel is, as conversations.info says, remembered for a while."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from cachetools import TTLCache

from bot.adapters.slack.web import Web, sent
from bot.domain.errors import Delivery

_FRESH = 60.0
_MOST = 5_000


class Channels:
    """Looks channels up once a minute. One that cannot be seen counts as neither public nor ours."""

    def __init__(self, web: Web, clock: Callable[[], float] = time.monotonic) -> None:
        self._web = web
        self._known: TTLCache[str, Mapping[str, Any]] = TTLCache(_MOST, _FRESH, clock)

    async def member(self, channel: str) -> bool:
        """Whether the bot is in a channel; it always is in its own direct messages."""
        info = await self._info(channel)
        return bool(info.get("is_member") or info.get("is_im"))

    async def public(self, channel: str) -> bool:
        """Whether all members of the workspace may read a channel."""
        info = await self._info(channel)
        return bool(info) and not (info.get("is_private") or info.get("is_im") or info.get("is_mpim"))

    async def _info(self, channel: str) -> Mapping[str, Any]:
        known = self._known.get(channel)
        if known is not None:
            return known
        try:
            answer = await sent(self._web.client.conversations_info(channel=channel))
        except Delivery:
            return {}
        found: Mapping[str, Any] = answer["channel"]
        self._known[channel] = found
        return found
