"""The current turn, shared by a team's agents, meters and selector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from autogen_agentchat.messages import BaseAgentEvent, BaseChatMessage, TextMessage

from agents.models.fallback import Takeovers
from agents.models.port import Piece
from agents.progress import Progress
from agents.speaker_selection import next_speaker
from agents.spec import TeamSpec
from agents.talk import TalkMessage
from bot.domain.turn_results import RunResult, TookOver, Usage
from bot.ports import TurnPort


@dataclass(slots=True)
class CurrentTurn:
    """The turn a team is in; `usage`, `results` and `took_over` are its results so far.

    `takeovers` are those of the whole session.
    """

    spec: TeamSpec
    usage: list[Usage] = field(default_factory=list)
    results: Sequence[RunResult] = ()
    progress: Progress = field(default_factory=Progress)
    took_over: list[TookOver] = field(default_factory=list)
    takeovers: Takeovers = field(init=False)
    _turn: TurnPort | None = None

    def __post_init__(self) -> None:
        self.takeovers = Takeovers(self.took_over.append)

    @property
    def turn(self) -> TurnPort:
        assert self._turn is not None, "agents speak, call models and run code only during a turn"
        return self._turn

    def begin(self, turn: TurnPort) -> None:
        """A new turn begins."""
        self._turn = turn
        self.usage.clear()
        self.took_over.clear()
        self.results = ()
        self.progress = Progress()

    def tokens_left(self) -> int:
        """What the session's cap allows after the attempts of this turn."""
        return self.turn.tokens_left - sum(usage.tokens for usage in self.usage)

    async def reserve(self, worst: Usage) -> None:
        """Book an attempt at a model call before it starts."""
        await self.turn.reserve(worst)

    async def unbilled(self) -> None:
        """Take back what was booked last: the provider does not bill it."""
        await self.turn.unbilled()

    def hear(self, agent: str, piece: Piece) -> None:
        """Some of an agent's answer has come; shows how far it is."""
        if (doing := self.progress.hear(piece)) is not None:
            self.turn.speaking(agent, doing)

    def select(self, thread: Sequence[BaseAgentEvent | BaseChatMessage]) -> str | None:
        """AutoGen's selector function; shows who speaks."""
        lines = [
            TalkMessage(message.source, message.content) for message in thread if isinstance(message, TextMessage)
        ]
        name = next_speaker(self.spec, lines)
        if name is not None:
            self.turn.speaking(name)
        return name
