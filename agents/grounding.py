"""Whether the numbers of an answer stand in what the agents were told, or were made up. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from agents.spec import TeamSpec
from agents.talk import TalkMessage
from bot.text.numbers_in_text import Reading, in_digits, readings

_NEAR = 0.03
"""How far apart numbers may be, as a share: answers round."""


def is_made_up(spec: TeamSpec, lines: Sequence[TalkMessage], answer: str) -> bool:
    """Whether an answer has numbers, and not one of them stands in what people, files and programs said.

    One that does is enough: the others may be computed from it.
    """
    agents = {agent.name for agent in spec.speakers}
    told = {reading.value for line in lines if line.source not in agents for reading in readings(line.text)}
    claimed = in_digits(answer)
    return bool(claimed) and not any(_is_near(amount, told) for each in claimed for amount in _amounts(each))


def _amounts(reading: Reading) -> tuple[float, ...]:
    return (reading.value, reading.value / 100) if reading.percent else (reading.value,)


def _is_near(amount: float, told: Iterable[float]) -> bool:
    return any(abs(amount - value) <= _NEAR * abs(value) for value in told)
