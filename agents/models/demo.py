"""The demo model as a model's client: no network, no key, no language model."""

from __future__ import annotations

import asyncio
import re

from agents.demo.analyst import Line, reply
from agents.demo.transcript import AGENTS
from agents.models.port import Answer, Counts, ModelRequest, Piece, Told

_BYTES_A_TOKEN = 4


class DemoClient:
    """Replies as `agent` by rules; tokens are estimated from the text's length."""

    def __init__(self, agent: str) -> None:
        self._agent = agent

    async def answer(self, request: ModelRequest, told: Told) -> Answer:
        lines = [Line(line.author, line.text, mine=line.mine) for line in request.lines]
        text = await asyncio.to_thread(reply, self._agent, lines, _agents(request.system))
        told(Piece(text))
        asked = sum(len(text.encode()) for text in (request.system, *(line.text for line in lines)))
        return Answer(text, usage=Counts(asked // _BYTES_A_TOKEN, len(text.encode()) // _BYTES_A_TOKEN))

    async def window(self) -> int | None:
        """Rules have none; what bounds a session is its cap."""
        return None

    async def close(self) -> None:
        """There is nothing to close."""


def _agents(rules: str) -> frozenset[str]:
    """Everyone whom the house rules name as sitting at the table."""
    table = re.search(r"^At the table: (.+)$", rules, re.MULTILINE)
    return AGENTS | frozenset(re.findall(r"(\w+) \(", table[1])) if table else AGENTS
