"""How many prompt tokens a session of 60 turns takes beside plain AutoGen on the same replay.

    python -m bench.tokens

Ours: the real team, as the engine steps it, with the default settings; calls that sum old turns up are counted.
Rival: SelectorGroupChat with AssistantAgents and a CodeExecutorAgent as AutoGen makes them, so with contexts that
keep everything and outputs that are whole. Both have the same seats, system messages, order of speaking, answers
and outputs, and are counted where the provider's client would be, as bytes of all messages by four, without the
names that clients put before them. Answers are 0.5-3 kB of code or prose; three kinds of sessions differ in what
programs print. Prints totals, the ratio, and our longest prompt; the exit code is 1 when usual sessions take more
than the target on average.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autogen_agentchat.agents import ApprovalRequest, ApprovalResponse, AssistantAgent, CodeExecutorAgent
from autogen_agentchat.base import ChatAgent, Team
from autogen_agentchat.messages import BaseAgentEvent, BaseChatMessage, TextMessage
from autogen_agentchat.teams import SelectorGroupChat
from autogen_core import CancellationToken
from autogen_core.code_executor import CodeBlock, CodeExecutor, CodeResult
from autogen_core.models import CreateResult, LLMMessage, RequestUsage
from autogen_ext.models.replay import ReplayChatCompletionClient

from agents.models.choice import ModelChoice
from agents.models.port import Answer, Counts, ModelClient, ModelRequest, Told
from agents.speaker_selection import next_speaker
from agents.spec import TeamSpec, load_all
from agents.summariser import RULES
from agents.talk import TalkMessage
from agents.team_builder import TeamBuilder, system_message
from bot.domain.events import Message
from bot.domain.participants import Person, ThreadRef
from bot.domain.turn_results import RunResult
from bot.engine.turn_context import LONG_OUTPUT
from bot.settings import load
from tests.fakes.turn import FakeTurn

TURNS = 60
SPEAKS_UP = 15
"""Every so many turns a person says something."""
TARGET = 0.40
MINUTES = "what was done and what came of it, with numbers " * 50

OUTPUTS: Mapping[str, Sequence[tuple[float, int, int]]] = {
    "prints little": ((1.0, 200, 2_000),),
    "usual": ((0.6, 300, 2_500), (0.3, 4_000, 12_000), (0.1, 20_000, 50_000)),
    "prints much": ((0.3, 300, 2_500), (0.4, 4_000, 12_000), (0.3, 20_000, 50_000)),
}
"""What programs print: share of the runs, and from how many to how many characters."""


@dataclass
class Replay:
    """What models answer and programs print, the same for both sides; `prompts` are the tokens of each call."""

    outputs: Sequence[tuple[float, int, int]]
    prompts: list[int] = field(default_factory=list)
    summaries: int = 0
    dice: random.Random = field(default_factory=lambda: random.Random(1))
    printed: random.Random = field(default_factory=lambda: random.Random(2))

    def answer(self, agent: str, messages: Sequence[LLMMessage]) -> str:
        texts = [str(message.content) for message in messages]
        return self.say(agent, texts)

    def say(self, agent: str, texts: Sequence[str]) -> str:
        """What a model answers that is shown these texts, the system's first."""
        self.prompts.append(sum(len(text.encode()) for text in texts) // 4)
        if texts[0] == RULES:
            self.summaries += 1
            return MINUTES
        writes = agent in ("analyst", "coder") and self.dice.random() < 0.85
        return self._code() if writes else self._prose()

    def run(self) -> RunResult:
        shares = [share for share, _, _ in self.outputs]
        _, least, most = self.printed.choices(self.outputs, shares)[0]
        output = _lines(self.printed, self.printed.randint(least, most), 12)
        full = "run-10-output.txt" if len(output) > LONG_OUTPUT else ""
        return RunResult(0, output, 0.5, full_output=full)

    def _prose(self) -> str:
        return _lines(self.dice, self.dice.randint(500, 900), 20)

    def _code(self) -> str:
        code = _lines(self.dice, self.dice.randint(1_000, 3_000), 8)
        return f"{_lines(self.dice, 150, 20)}\n```python\nrun()\n{code}\n```"


class Client(ReplayChatCompletionClient):
    """A model of one agent that answers from the replay."""

    def __init__(self, replay: Replay, agent: str) -> None:
        super().__init__([])
        self._replay = replay
        self._agent = agent

    async def create(self, messages: Sequence[LLMMessage], **_: Any) -> CreateResult:
        answer = self._replay.answer(self._agent, messages)
        usage = RequestUsage(self._replay.prompts[-1], len(answer) // 4)
        return CreateResult(finish_reason="stop", content=answer, usage=usage, cached=False)


class OurClient:
    """The same model at the place of a provider's client."""

    def __init__(self, replay: Replay, agent: str) -> None:
        self._replay = replay
        self._agent = agent

    async def answer(self, request: ModelRequest, told: Told) -> Answer:
        text = self._replay.say(self._agent, [request.system, *(line.text for line in request.lines)])
        return Answer(text, usage=Counts(self._replay.prompts[-1], len(text) // 4))

    async def window(self) -> int | None:
        return None

    async def close(self) -> None:
        pass


async def ours(spec: TeamSpec, replay: Replay) -> None:
    """Play the session with Roundtable's team."""

    def create(_choice: ModelChoice, _settings: object, agent: str) -> ModelClient:
        return OurClient(replay, agent)

    model = ModelChoice("openai", "replayed", "this is a bench")
    team = TeamBuilder(load(None), create=create).build(spec, {agent.name: model for agent in spec.speakers})
    for turn in range(TURNS):
        heard = [] if (text := _heard(turn)) is None else [_message(turn, text)]
        await team.turn(heard, _Runs(replay))


async def rival(spec: TeamSpec, replay: Replay) -> None:
    """Play the session with AutoGen's own."""
    printer = _Prints(replay)
    names = [agent.name for agent in spec.speakers]
    seats: list[ChatAgent | Team] = [
        *(
            AssistantAgent(agent.name, Client(replay, agent.name), system_message=system_message(agent, spec))
            for agent in spec.speakers
        ),
        CodeExecutorAgent(spec.executor.name, printer, sources=names, approval_func=_approve),
    ]

    def select(thread: Sequence[BaseAgentEvent | BaseChatMessage]) -> str | None:
        return next_speaker(spec, [TalkMessage(m.source, m.content) for m in thread if isinstance(m, TextMessage)])

    chat = SelectorGroupChat(
        seats,
        Client(replay, "nobody"),
        selector_func=select,
        allow_repeated_speaker=True,
        max_turns=1,
    )
    for turn in range(TURNS):
        text = _heard(turn)
        await chat.run(task=None if text is None else TextMessage(content=text, source="Eve"))


def _approve(_request: ApprovalRequest) -> ApprovalResponse:
    return ApprovalResponse(approved=True, reason="this is a bench")


class _Prints(CodeExecutor):
    """AutoGen's executor whose code prints what the replay says, under the head that our reports have."""

    def __init__(self, replay: Replay) -> None:
        self._replay = replay

    async def execute_code_blocks(
        self, code_blocks: list[CodeBlock], cancellation_token: CancellationToken
    ) -> CodeResult:
        result = self._replay.run()
        return CodeResult(result.exit_code, f"exit code: 0 ({result.seconds:.1f} s)\noutput:\n{result.output}")

    async def start(self) -> None:
        """Nothing to start."""

    async def stop(self) -> None:
        """Nothing to stop."""

    async def restart(self) -> None:
        """Nothing to restart."""


class _Runs(FakeTurn):
    """A turn whose code prints what the replay says."""

    def __init__(self, replay: Replay) -> None:
        super().__init__(tokens_left=10**9)
        self._replay = replay

    async def run(self, blocks: object) -> Sequence[RunResult]:
        return [self._replay.run()]


def _heard(turn: int) -> str | None:
    if turn % SPEAKS_UP:
        return None
    return _lines(random.Random(turn), 400, 20)


def _message(turn: int, text: str) -> Message:
    return Message(str(turn), ThreadRef("bench", "", "", "1"), Person("1", "Eve"), text)


def _lines(dice: random.Random, size: int, words: int) -> str:
    """So many characters that look like text, with so many words a line."""
    text = ""
    while len(text) < size:
        text += " ".join("x" * dice.randint(2, 9) + str(dice.randint(0, 99)) for _ in range(words)) + "\n"
    return text[:size]


def judged(ratios: Mapping[str, Sequence[float]]) -> tuple[str, bool]:
    """What ratios by kind of session come to, in a sentence, and whether the target is met."""
    usual, little = statistics.mean(ratios["usual"]), statistics.mean(ratios["prints little"])
    said = (
        f"target: at most {TARGET:.3f} in a usual session; here {usual:.3f} on average, and {little:.3f} where "
        "programs print little"
    )
    return said, usual <= TARGET


async def main() -> int:
    print(f"prompt tokens of {TURNS} turns")
    print("team     what programs print          rival         ours  ratio  ours longest  summaries")
    ratios: dict[str, list[float]] = {name: [] for name in OUTPUTS}
    for team in ("analyst", "crew"):
        spec = load_all()[team]
        for name, outputs in OUTPUTS.items():
            mine, theirs = Replay(outputs), Replay(outputs)
            await ours(spec, mine)
            await rival(spec, theirs)
            assert len(mine.prompts) - mine.summaries == len(theirs.prompts)
            ratio = sum(mine.prompts) / sum(theirs.prompts)
            ratios[name].append(ratio)
            print(
                f"{team:8} {name:20} {sum(theirs.prompts):13,} {sum(mine.prompts):12,} {ratio:6.2f}"
                f" {max(mine.prompts):13,} {mine.summaries:10}"
            )
    said, met = judged(ratios)
    print(said)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
