"""What one committed turn costs beside the least that durable AutoGen can do by itself.

    python -m bench.turns

Ours: the real runner, store (SQLite, synchronous=FULL) and AutoGen team, from one commit to the next. Rival: a
fresh team, load_state, one turn, save_state, JSON to a file with fsync. Both: the same three speakers, the same
replayed model, answers of 1,000 characters, turn by turn in alternation; ours has its executor besides, books each
model call before it starts, and sums old turns up by a call of its own.
Prints medians around turns 10, 100 and 200 in milliseconds, the ratio, and the bytes that ours wrote.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.teams import SelectorGroupChat
from autogen_core.models import ChatCompletionClient
from autogen_ext.models.replay import ReplayChatCompletionClient

from agents.models.choice import ModelChoice
from agents.models.port import Answer, Counts, ModelClient, ModelRequest, Told
from agents.spec import AgentSpec, TeamSpec
from agents.team import AutogenTeam
from agents.team_builder import TeamBuilder, system_message
from bot.domain.events import Message
from bot.domain.participants import Person, ThreadRef
from bot.domain.turn_results import TurnResult
from bot.engine.changes import Changes
from bot.engine.intake_transaction import apply_event
from bot.engine.runner import Runner
from bot.ports import TeamState, TurnPort
from bot.settings import Settings
from bot.store.database import Database
from tests.bot.store.rows import admission
from tests.fakes.chat import FakeChat
from tests.fakes.sandbox import FakeSandboxes

TURNS = 205
AT = (10, 100, 200)
AROUND = 5
WORDS = 180
"""Of some 1,000 characters."""

_dice = random.Random(1)
ANSWERS = [" ".join(f"{_dice.randrange(10**5):05}" for _ in range(WORDS)) for _ in range(TURNS + 10)]

SPEC = TeamSpec(
    description="three who talk",
    max_turns=1000,
    token_cap=10**9,
    max_talk=1000,
    agent=(
        AgentSpec(name="ada", role="First", prompt="You speak first."),
        AgentSpec(name="bob", role="Second", prompt="You speak second."),
        AgentSpec(name="cid", role="Third", prompt="You speak third."),
        AgentSpec(name="executor", role="Runs the code", kind="executor"),
    ),
)


def rival_model() -> ChatCompletionClient:
    """A model with the same answers every time, no two of them alike, for that would be a loop."""
    return ReplayChatCompletionClient(ANSWERS)


class Replay:
    """The same model at the place of a provider's client."""

    def __init__(self) -> None:
        self._answers = iter(ANSWERS)

    async def answer(self, request: ModelRequest, told: Told) -> Answer:
        text = next(self._answers)
        return Answer(text, usage=Counts(request.tokens, len(text) // 4))

    async def window(self) -> int | None:
        return None

    async def close(self) -> None:
        pass


def replay(*_: object) -> ModelClient:
    return Replay()


class Gate:
    """Where our session stands still before each turn, so that the rival can take its own in between."""

    def __init__(self) -> None:
        self.here = asyncio.Event()
        self._open = asyncio.Event()
        self.stood = 0.0
        """Seconds of standing since the last look."""

    async def stand(self) -> None:
        arrived = time.perf_counter()
        self.here.set()
        await self._open.wait()
        self._open.clear()
        self.stood += time.perf_counter() - arrived

    def open(self) -> None:
        self.here.clear()
        self._open.set()


@dataclass
class GatedTeam:
    """Implements `bot.ports.Team`: waits at the gate, then is the real team."""

    team: AutogenTeam
    gate: Gate

    async def turn(self, heard: Sequence[Message], turn: TurnPort) -> TurnResult:
        await self.gate.stand()
        return await self.team.turn(heard, turn)


class Teams:
    """Implements `bot.ports.Teams` for the one team."""

    def __init__(self, gate: Gate) -> None:
        self._builder = TeamBuilder(Settings(), create=replay)
        self._gate = gate

    def names(self) -> Mapping[str, str]:
        return {"three": SPEC.description}

    def limits(self, name: str) -> TeamSpec:
        return SPEC

    async def open(self, name: str, state: TeamState | None) -> GatedTeam:
        model = ModelChoice("openai", "replayed", "this is a bench")
        team = self._builder.build(SPEC, {agent.name: model for agent in SPEC.speakers})
        await team.load(state)
        return GatedTeam(team, self._gate)


class Ours:
    """One session of the real runner; notes what each turn took and wrote, from one commit to the next."""

    def __init__(self, database: Database, gate: Gate) -> None:
        self.took: list[float] = []
        self.wrote: list[float] = []
        self._gate = gate
        self._since = time.perf_counter()
        self._before = _bytes_written()
        self._runner = Runner(
            database=database,
            teams=Teams(gate),
            sandboxes=FakeSandboxes(Path()),
            adapters={"bench": FakeChat()},
            changes=Changes(),
            keep=_no_files,
            price=lambda _usage: 0.0,
            posted=self._committed,
            file_limit=0,
            run_timeout=1,
        )

    async def play(self) -> None:
        """Take all turns."""
        task = Message("1", ThreadRef("bench", "", "", "1"), Person("1", "Eve"), "Talk.")
        taken = await self._runner.database.write(apply_event, task, admission("three"), time.time())
        await self._runner.run(taken.session, asyncio.Event())

    def _committed(self, _session: str) -> None:
        now, written = time.perf_counter(), _bytes_written()
        self.took.append(now - self._since - self._gate.stood)
        self.wrote.append(float(written - self._before))
        self._since, self._before, self._gate.stood = now, written, 0.0
        self._runner.closing = len(self.took) == TURNS

    def rival_wrote(self, count: int) -> None:
        """Bytes that are not ours."""
        self._before += count


async def _no_files(session: str, path: object, data: bytes) -> Any:
    raise NotImplementedError


async def rival(path: Path, turn: int) -> float:
    """Take one turn; the seconds it took."""
    before = time.perf_counter()
    chat = _rival_team(turn)
    if turn:
        await chat.load_state(_load(path))
    await chat.run(task=None if turn else "Talk.")
    _save(path, await chat.save_state())
    return time.perf_counter() - before


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
        AssistantAgent(
            agent.name, rival_model(), description=agent.role, system_message=system_message(agent, SPEC)
        )
        for agent in SPEC.speakers
    ]
    return SelectorGroupChat(
        [*seats],
        rival_model(),
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
    gate, theirs = Gate(), []
    with tempfile.TemporaryDirectory() as folder:
        async with Database(f"sqlite:///{folder}/bench.sqlite") as database:
            ours = Ours(database, gate)
            playing = asyncio.create_task(ours.play())
            for turn in range(TURNS):
                await gate.here.wait()
                before = _bytes_written()
                theirs.append(await rival(Path(folder) / "state.json", turn))
                ours.rival_wrote(_bytes_written() - before)
                gate.open()
            await playing
    print("turn   ours ms  rival ms   ratio   bytes that ours wrote")
    for turn in AT:
        mine, other = _around(ours.took, turn), _around(theirs, turn)
        ratio = _around([a / b for a, b in zip(ours.took, theirs, strict=True)], turn)
        wrote = _around(ours.wrote, turn)
        print(f"{turn:4d} {mine * 1e3:9.1f} {other * 1e3:9.1f} {ratio:7.2f} {wrote:12,.0f}")
    print("targets: ratio at most 2 at turn 10, at most 1 at turn 200; bytes at 200 at most twice those at 10")


if __name__ == "__main__":
    asyncio.run(main())
