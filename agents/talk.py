"""What was said among the agents and people of one session, message by message. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agents.spec import TeamSpec
from bot.domain.posts import HOST


@dataclass(frozen=True, slots=True)
class TalkMessage:
    """One message: an agent's, a person's, or one of Roundtable's own, which has the name HOST."""

    source: str
    text: str


def is_person(spec: TeamSpec, line: TalkMessage) -> bool:
    """Whether a person said it."""
    return line.source != HOST and all(line.source != agent.name for agent in spec.agent)


def since_person(spec: TeamSpec, lines: Sequence[TalkMessage]) -> Sequence[TalkMessage]:
    """What was said after a person last spoke."""
    last = next((n for n in reversed(range(len(lines))) if is_person(spec, lines[n])), -1)
    return lines[last + 1 :]


def task(spec: TeamSpec, lines: Sequence[TalkMessage]) -> Sequence[TalkMessage]:
    """What people said last, in one go: the messages to which the agents now answer."""
    end = len(lines) - len(since_person(spec, lines))
    begin = next((n + 1 for n in reversed(range(end)) if not is_person(spec, lines[n])), 0)
    return lines[begin:end]
