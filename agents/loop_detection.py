"""When a talk leads nowhere: an empty answer, the same again and again, or talk where code is needed. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise

from agents import wording
from agents.message_parsing import read
from agents.spec import TeamSpec
from agents.talk import TalkMessage, since_person
from bot.domain.posts import HOST
from bot.domain.turn_results import Asks, Code, Finished
from bot.text.fence_parsing import is_fence_line, lines

TIMES = 3
"""How often the same must come to be a loop."""

_LIKENESS = 0.9
"""The share of neighbouring words that two messages must have in common to be nearly the same."""
_OF_ONE_RUN = re.compile(r"\([\d.]+ s\)|\brun-\d+(?=(-\d+)?-output\.txt\b)")
"""What differs in the reports of a program that does the same: its time, and the file of its long output."""
_MARKS = frozenset("`*_~#>-.…")


def stuck(spec: TeamSpec, lines: Sequence[TalkMessage]) -> str | None:
    """A sentence about how the agents are stuck since a person last spoke; None when they are not."""
    talk = [line for line in since_person(spec, lines) if line.source != HOST]
    if not talk or isinstance(read(talk[-1].text, spec.names), Asks | Finished):
        return None
    return _silent(talk[-1]) or _repeating(spec, talk) or _only_talking(spec, talk)


def _silent(line: TalkMessage) -> str | None:
    return f"{line.source} has answered with nothing." if is_empty(line.text) else None


def _repeating(spec: TeamSpec, talk: Sequence[TalkMessage]) -> str | None:
    """Whether the talk ends with the same round of messages three times over, however many speak in a round."""
    for size in range(1, min(2 * len(spec.agent), len(talk) // TIMES) + 1):
        rounds = [talk[len(talk) - size * n : len(talk) - size * (n - 1)] for n in range(1, TIMES + 1)]
        if all(_alike(spec, a, b) for later in rounds[1:] for a, b in zip(rounds[0], later, strict=True)):
            speakers = " and ".join(sorted({line.source for line in rounds[0]} - {spec.executor.name}))
            return f"{speakers or spec.executor.name} went in a circle: the same came {TIMES} times."
    return None


def _only_talking(spec: TeamSpec, talk: Sequence[TalkMessage]) -> str | None:
    recent = talk[-spec.max_talk :]
    if len(recent) < spec.max_talk or any(_works(spec, line) for line in recent):
        return None
    return f"The team has talked for {spec.max_talk} turns without any code."


def _works(spec: TeamSpec, line: TalkMessage) -> bool:
    if line.source == spec.executor.name:
        return line.text != wording.report(())
    return isinstance(read(line.text), Code)


def is_empty(text: str) -> bool:
    """Whether a message says nothing: only blanks, Markdown's marks, characters that do not show."""
    return not any(
        character not in _MARKS and unicodedata.category(character)[0] not in "ZC"
        for line in lines(text)
        if not is_fence_line(line)
        for character in line
    )


def _alike(spec: TeamSpec, one: TalkMessage, other: TalkMessage) -> bool:
    """Whether two messages are the same: code and reports to the letter, prose nearly."""
    if one.source != other.source:
        return False
    meaning, other_meaning = read(one.text), read(other.text)
    if isinstance(meaning, Code) and isinstance(other_meaning, Code):
        return meaning.blocks == other_meaning.blocks
    if isinstance(meaning, Code) or isinstance(other_meaning, Code):
        return False
    if one.source == spec.executor.name:
        return _OF_ONE_RUN.sub("", one.text) == _OF_ONE_RUN.sub("", other.text)
    return _nearly(one.text.casefold().split(), other.text.casefold().split())


def _nearly(one: Sequence[str], other: Sequence[str]) -> bool:
    a, b = set(pairwise(one)), set(pairwise(other))
    return one == other or (bool(a) and 2 * len(a & b) >= _LIKENESS * (len(a) + len(b)))
