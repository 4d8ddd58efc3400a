"""The demo as a model's client: no network, no key, no language model."""

from __future__ import annotations

import asyncio
import re

from agents.models.demo.conversation import read
from agents.models.demo.reply import reply
from agents.models.port import Answer, Counts, ModelRequest, Piece, Told

_BYTES_A_TOKEN = 4


class DemoClient:
    """Replies as `agent`; tokens are estimated from the text's length."""

    def __init__(self, agent: str) -> None:
        self._agent = agent

    async def answer(self, request: ModelRequest, told: Told) -> Answer:
        text = await asyncio.to_thread(self._reply, request)
        told(Piece(text))
        asked = sum(
            len(part.encode("utf-8", "replace")) for part in (request.system, *(m.text for m in request.lines))
        )
        return Answer(text, usage=Counts(asked // _BYTES_A_TOKEN, len(text.encode()) // _BYTES_A_TOKEN))

    def _reply(self, request: ModelRequest) -> str:
        return reply(self._agent, read(request.lines, _agents(request.system)))

    async def window(self) -> int | None:
        """None: the demo reads everything; what bounds a session is its cap."""
        return None

    async def close(self) -> None:
        """There is nothing to close."""


def _agents(system: str) -> frozenset[str]:
    """The names of all agents, from the line of the house rules that tells every model."""
    line = re.search(r"Agents here: (.+)", system)
    return frozenset(re.findall(r"(\w+) \(", line[1])) if line else frozenset()
