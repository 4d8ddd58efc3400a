"""The runs of an evaluation: every task with every team and model, so often. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.evaluate.cases import EvaluationCase
from bot.evaluate.record import EvaluationArm, Key, name
from bot.evaluate.teams import TeamFile


@dataclass(frozen=True, slots=True)
class EvaluationRun:
    """One task for one team with one model, for the `repeat`th time, from 1; `setup` as `setup_digest` has it."""

    case: EvaluationCase
    team: TeamFile
    model: str
    repeat: int
    setup: str = ""

    @property
    def key(self) -> Key:
        return (self.case.digest, self.team.digest, self.setup, self.model, self.repeat)

    @property
    def channel(self) -> str:
        """A channel of its own in the engine, so that the channel's budget is this run's."""
        return name(self.key)

    @property
    def arm(self) -> EvaluationArm:
        return EvaluationArm(self.team.given, self.model)


def runs(
    cases: Iterable[EvaluationCase],
    teams: Sequence[TeamFile],
    models: Sequence[str],
    repeats: int,
    setup: str = "",
) -> list[EvaluationRun]:
    """All of them, in an order in which every arm has had as many runs whenever it is cut short.

    A model is used for all of its runs before the next one is.
    """
    cases = list(cases)
    return [
        EvaluationRun(case, team, model, repeat, setup)
        for model in dict.fromkeys(models)
        for repeat in range(1, repeats + 1)
        for case in cases
        for team in teams
        if not case.task.teams or team.kind in case.task.teams
    ]
