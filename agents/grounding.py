"""Whether the numbers of an answer stand in what the agents were told, or were made up. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from agents.spec import TeamSpec
from agents.talk import TalkMessage
from bot.text.numbers_in_text import Reading, in_digits, readings

_NEAR = 0.03
"""How far apart numbers may be, as a share: answers round."""
_SEARCHED = 100_000
"""Characters of what was told last that are searched, some 80 ms of work; an answer about more is believed."""


def is_made_up(spec: TeamSpec, lines: Sequence[TalkMessage], answer: str) -> bool:
    """Whether an answer has numbers, and not one of them stands in what people, files and programs said.

    One that does is enough: the others may be computed from it.
    """
    claimed = {amount for reading in in_digits(answer) for amount in _amounts(reading)}
    if not claimed:
        return False
    left = _SEARCHED
    for text in _told(spec, lines):
        left -= len(text)
        if left < 0 or _has_one_of(text, claimed):
            return False
    return True


def _told(spec: TeamSpec, lines: Sequence[TalkMessage]) -> Iterator[str]:
    """What the agents were told, the newest first."""
    agents = {agent.name for agent in spec.speakers}
    return (line.text for line in reversed(lines) if line.source not in agents)


def _has_one_of(text: str, amounts: Collection[float]) -> bool:
    told = {reading.value for reading in readings(text)}
    return any(abs(amount - value) <= _NEAR * abs(value) for amount in amounts for value in told)


def _amounts(reading: Reading) -> tuple[float, ...]:
    return (reading.value, reading.value / 100) if reading.percent else (reading.value,)
