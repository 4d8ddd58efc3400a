"""A turn that is on, as a team sees it, without an engine around."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.domain.events import CodeBlock
from bot.domain.turn_results import RunResult, Usage


@dataclass(slots=True)
class FakeTurn:
    """Implements `bot.ports.Turn`. With `running`, code runs until the turn is stopped."""

    tokens_left: int = 1_000_000
    results: Sequence[RunResult] = (RunResult(0, "ok\n", 0.1),)
    error: Exception | None = None
    running: asyncio.Event | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)
    ran: list[Sequence[CodeBlock]] = field(default_factory=list)
    reserved: list[Usage] = field(default_factory=list)
    spoke: list[str] = field(default_factory=list)
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    async def reserve(self, worst: Usage) -> None:
        self.reserved.append(worst)

    async def unbilled(self) -> None:
        self.reserved.pop()

    async def run(self, blocks: Sequence[CodeBlock]) -> Sequence[RunResult]:
        self.ran.append(tuple(blocks))
        if self.error is not None:
            raise self.error
        if self.running is not None:
            self.running.set()
            await self.stop.wait()
            return (RunResult(-1, "", 0.1, killed="stopped"),)
        return self.results

    async def picture(self, path: str, limit: int) -> bytes | None:
        data = self.files.get(path)
        return None if data is None or len(data) > limit else data

    def speaking(self, agent: str, doing: str = "") -> None:
        if not doing:
            self.spoke.append(agent)

    async def stopped(self) -> None:
        await self.stop.wait()
