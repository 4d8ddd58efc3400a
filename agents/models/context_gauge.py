"""How much a model can be asked at a time: its window, and how many bytes of our texts it takes for a token."""

from __future__ import annotations

import asyncio
import logging

from agents.models import prices
from agents.models.choice import ModelChoice
from agents.models.port import ModelClient

_UNLEARNT = 3.0
"""Bytes a token until a server has counted: fewer than usual, because too little sent is better than too much."""
_FEWEST, _MOST = 1.0, 5.0
_CUT = 10.0
"""More bytes a token than any text has: the server has not read all of it."""
_TELLING = 4_000
"""Bytes of a request from which on its count tells something."""
_TRIES = 3

_log = logging.getLogger(__name__)


class ContextGauge:
    """What is known of one client's model; `window`, when given, is what a setting says, and wins."""

    def __init__(self, client: ModelClient, choice: ModelChoice, window: int | None = None) -> None:
        self._client = client
        self._choice = choice
        self._window = window
        self._tries = 0 if window else _TRIES
        self._asking = asyncio.Lock()
        self._warned = False
        self.bytes_a_token = _UNLEARNT

    async def window(self) -> int | None:
        """Tokens that request and answer may take together; None when unknown. Asked for until it is known."""
        async with self._asking:
            if self._window is None and self._tries:
                self._tries -= 1
                listed = await asyncio.to_thread(prices.window, self._choice)
                self._window = listed or await self._client.window()
        return self._window

    def tokens(self, size: int) -> int:
        """An estimate for so many bytes."""
        return -int(-size // self.bytes_a_token)

    def learn(self, size: int, counted: int) -> None:
        """The server has counted so many tokens in a request of `size` bytes."""
        if size < _TELLING or counted <= 0:
            return
        if size / counted > _CUT:
            if not self._warned:
                self._warned = True
                _log.warning(
                    "%s read %d tokens of a request of %d bytes: it may have left out the beginning. "
                    "Set ROUNDTABLE_MODEL_WINDOW to what it really reads.",
                    *(self._choice, counted, size),
                )
            return
        self.bytes_a_token = min(max(size / counted, _FEWEST), _MOST)
