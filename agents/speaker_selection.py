"""Who speaks next: code goes to the executor, the report of an error to the author, the rest goes in order."""

from __future__ import annotations

from collections.abc import Sequence

from agents import wording
from agents.message_parsing import read
from agents.spec import TeamSpec
from agents.talk import TalkMessage, is_person
from agents.word_meaning import is_round
from bot.domain.turn_results import Asks, Code, Finished


def next_speaker(spec: TeamSpec, lines: Sequence[TalkMessage]) -> str | None:
    """The name of the next agent; None leaves the choice to the model."""
    last = next((n for n in reversed(range(len(lines))) if lines[n].source in spec.names), None)
    if last is None:
        return spec.speakers[0].name
    line, so_far = lines[last], lines[: last + 1]
    people_spoke = any(is_person(spec, later) for later in lines[last + 1 :])
    if line.source == spec.executor.name:
        return _after_report(spec, so_far)
    match read(line.text, spec.names):
        case Code():
            return spec.executor.name
        case Asks() if people_spoke:
            return line.source
        case Finished() if people_spoke:
            return spec.speakers[0].name
        case _ if people_spoke and is_round(spec, so_far):
            return spec.speakers[0].name
        case _:
            return _successor(spec, line.source) if spec.select == "order" or people_spoke else None


def _after_report(spec: TeamSpec, lines: Sequence[TalkMessage]) -> str | None:
    names = {agent.name for agent in spec.speakers}
    author = next((line.source for line in reversed(lines) if line.source in names), spec.speakers[0].name)
    if not wording.succeeded(lines[-1].text):
        return author
    return _successor(spec, author) if spec.select == "order" else None


def _successor(spec: TeamSpec, name: str) -> str:
    """The next in order; after the last, the first that does more than open a task."""
    order = [agent.name for agent in spec.speakers]
    rest = [agent.name for agent in spec.speakers if not agent.opens]
    position = order.index(name) + 1
    return order[position] if position < len(order) else rest[0]
