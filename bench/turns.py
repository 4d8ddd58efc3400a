"""What one committed turn costs beside the least that durable AutoGen can do by itself.

    python bench/turns.py

Ours: the real runner, store (SQLite, synchronous=FULL) and AutoGen team, from one commit to the next. Rival: a
fresh team, load_state, one turn, save_state, JSON to a file with fsync. Both: the same three speakers, the same replayed
model, answers of 1,000 characters, in one run; ours has its executor at the table besides. Prints medians around
turns 10, 100 and 200 in milliseconds, the ratio, and the bytes that ours wrote.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.teams import SelectorGroupChat
from autogen_core.models import ChatCompletionClient
from autogen_ext.models.replay import ReplayChatCompletionClient

from agents.build import Builder, system_message
from agents.models.choice import ModelChoice
from agents.spec import AgentSpec, TeamSpec
from agents.team import AutogenTeam
from bot.engine.changes import Changes
from bot.engine.runner import Runner
from bot.events import Message, Person, ThreadRef
from bot.ports import TeamState
from bot.settings import Settings
from bot.store import inbox
from bot.store.database import Database
from tests.fakes.chat import FakeChat
from tests.fakes.sandbox import FakeSandboxes

TURNS = 205
AT = (10, 100, 200)
AROUND = 5
ANSWER = "word " * 200

SPEC = TeamSpec(
    description="three who talk",
    max_turns=1000,
    token_cap=10**9,
    agent=(
        AgentSpec(name="ada", role="First", prompt="You speak first."),
        AgentSpec(name="bob", role="Second", prompt="You speak second."),
        AgentSpec(name="cid", role="Third", prompt="You speak third."),
        AgentSpec(name="executor", role="Runs the code", kind="executor"),
    ),
)


def replay(*_: object) -> ChatCompletionClient:
    """A model that always has the same answer."""
    return ReplayChatCompletionClient([ANSWER] * (TURNS + 1))


class Teams:
    """Implements `bot.ports.Teams` for the one team."""

    def __init__(self) -> None:
        self._builder = Builder(Settings(), create=replay)

    def names(self) -> Mapping[str, str]:
        return {"three": SPEC.description}

    def limits(self, name: str) -> TeamSpec:
        return SPEC

    async def open(self, name: str, state: TeamState | None) -> AutogenTeam:
        model = ModelChoice("demo", "", "this is a bench")
        team = self._builder.build(SPEC, {agent.name: model for agent in SPEC.speakers})
        await team.load(state)
        return team


class Ours:
    """One session of the real runner; notes when each turn was committed and what had been written by then."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._chat = FakeChat()
        self.committed: list[float] = []
        self.written: list[int] = []

    async def play(self) -> None:
        """Take all turns; the last commit ends it."""
        done = asyncio.Event()

        def posted(_session: str) -> None:
            self.committed.append(time.perf_counter())
            self.written.append(_bytes_written())
            if len(self.committed) == TURNS:
                runner.closing = True
                done.set()

        runner = Runner(
            database=self._database,
            teams=Teams(),
            sandboxes=FakeSandboxes(Path()),
            adapters={"bench": self._chat},
            changes=Changes(),
            keep=_no_files,
            price=lambda _usage: 0.0,
            posted=posted,
            file_limit=0,
            run_timeout=1,
        )
        task = Message("1", ThreadRef("bench", "", "", "1"), Person("1", "Eve"), "Talk.")
        taken = await self._database.write(inbox.take_in, task, "three", time.time())
        await runner.run(taken.session, asyncio.Event())
        await done.wait()


async def _no_files(session: str, path: object, data: bytes) -> Any:
    raise NotImplementedError


async def rival(path: Path) -> list[float]:
    """Seconds that each turn took."""
    took = []
    for turn in range(TURNS):
        before = time.perf_counter()
        chat = _rival_team(turn)
        if turn:
            await chat.load_state(_load(path))
        await chat.run(task=None if turn else "Talk.")
        _save(path, await chat.save_state())
        took.append(time.perf_counter() - before)
    return took


def _load(path: Path) -> Any:
    return json.loads(path.read_text())


def _save(path: Path, state: Mapping[str, Any]) -> None:
    with path.open("w") as file:
        json.dump(state, file)
        file.flush()
        os.fsync(file.fileno())


def _rival_team(turn: int) -> SelectorGroupChat:
    names = [agent.name for agent in SPEC.speakers]
    seats = [
        AssistantAgent(agent.name, replay(), description=agent.role, system_message=system_message(agent, SPEC))
        for agent in SPEC.speakers
    ]
    return SelectorGroupChat(
        [*seats],
        replay(),
        selector_func=lambda _: names[turn % len(names)],
        allow_repeated_speaker=True,
        max_turns=1,
    )


def _bytes_written() -> int:
    fields = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(fields["wchar"])


def _around(values: list[float], turn: int) -> float:
    return statistics.median(values[max(0, turn - AROUND) : turn + AROUND])


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with Database(f"sqlite:///{folder}/bench.sqlite") as database:
            ours = Ours(database)
            await ours.play()
        theirs = await rival(Path(folder) / "state.json")
    took = [after - before for before, after in zip(ours.committed, ours.committed[1:], strict=False)]
    wrote = [float(b - a) for a, b in zip(ours.written, ours.written[1:], strict=False)]
    print("turn   ours   rival   ratio   bytes written by ours")
    for turn in AT:
        mine, other = _around(took, turn), _around(theirs, turn)
        print(f"{turn:4d} {mine * 1e3:6.1f} {other * 1e3:7.1f} {mine / other:7.2f} {_around(wrote, turn):10,.0f}")
    print("targets: ratio at most 2 at turn 10, at most 1 at turn 200; bytes at 200 at most twice those at 10")


if __name__ == "__main__":
    asyncio.run(main())
