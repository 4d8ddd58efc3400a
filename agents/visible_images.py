"""Which pictures an agent sees: those that people attached last and, where a team looks at charts, the newest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from autogen_core.models import AssistantMessage, LLMMessage, UserMessage

from agents import wording
from agents.models import image_data
from agents.models.port import Image
from agents.spec import TeamSpec
from bot.domain.posts import HOST
from bot.domain.turn_results import SUMMARY
from bot.ports import TurnPort


async def find_images(
    spec: TeamSpec, turn: TurnPort, messages: Sequence[LLMMessage]
) -> Mapping[int, Sequence[Image]]:
    """The newest pictures that models take, by the number of the message that tells of them.

    The bytes are in no message and in no state: they come from the session's files, each time.
    """
    found: list[tuple[int, Image]] = []
    for number, path in reversed(named(spec, messages)):
        if len(found) == image_data.MOST:
            break
        data = await turn.picture(path, image_data.LARGEST)
        if data is not None and (image := image_data.read(path, data)):
            found.insert(0, (number, image))
    return {number: [image for at, image in found if at == number] for number, _ in found}


def named(spec: TeamSpec, messages: Sequence[LLMMessage]) -> list[tuple[int, str]]:
    """The paths of pictures that are to be seen now, oldest first, each once, where it was named last.

    Those that people sent with their last messages stay until a person says more; charts until code runs again.
    """
    said = {number for number, message in enumerate(messages) if _is_person(spec, message)}
    first = last = max(said, default=-1)
    while first - 1 in said:
        first -= 1
    task = range(first, last + 1) if said else ()
    found = [(number, path) for number in task for path in wording.attached_names(_text(messages[number]))]
    reports = [number for number, message in enumerate(messages) if _source(message) == spec.executor.name]
    if spec.looks_at_charts and reports and reports[-1] > last:
        found += [(reports[-1], path) for path in wording.made_files(_text(messages[reports[-1]]))]
    newest = {path: number for number, path in found}
    shown = [(number, path) for number, path in dict.fromkeys(found) if newest[path] == number]
    return [(number, path) for number, path in shown if path.lower().endswith(image_data.ENDINGS)]


def _is_person(spec: TeamSpec, message: LLMMessage) -> bool:
    others = spec.names | {HOST, SUMMARY}
    return isinstance(message, UserMessage) and _source(message) not in others


def _source(message: LLMMessage) -> str:
    return message.source if isinstance(message, UserMessage | AssistantMessage) else ""


def _text(message: LLMMessage) -> str:
    return message.content if isinstance(message.content, str) else ""
