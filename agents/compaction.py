"""What a model is shown of a long talk: the task, a summary of what is old, the newest messages as they were.

The beginning of what is shown changes only when old messages are summed up, so that providers' caches hit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from autogen_core.models import LLMMessage, UserMessage

from agents import wording
from agents.message_parsing import code_blocks
from bot.domain.posts import HOST
from bot.domain.turn_results import SUMMARY

NEWEST = 4
"""Messages at the end that are not summed up, unless they alone are too long."""
NEWEST_REPORT = 14_000
OLD_REPORT = 4_000
"""Characters of the executor's last report, and of those before, that are shown at most."""

_OLD_MESSAGE = 8_000
_HEAD = "The earlier part of this talk was summed up, with what people said kept below:\n\n"


@dataclass(frozen=True, slots=True)
class Recap:
    """What the messages before number `through` came to."""

    through: int
    text: str


@dataclass(frozen=True, slots=True)
class ContextLimits:
    """Who is who: the names of all agents, that of the executor, and the tokens that the talk may take."""

    agents: Collection[str]
    executor: str
    limit: int


def tokens(messages: Sequence[LLMMessage]) -> int:
    """An estimate: four bytes a token."""
    return sum(_size(message) for message in messages) // 4


def view(limits: ContextLimits, messages: Sequence[LLMMessage], recap: Recap | None) -> list[LLMMessage]:
    """What the model is shown, in the order in which it was said."""
    said = _bounded(limits, messages)
    if recap is None:
        return _shortened(limits, said)
    opening = _opening(limits, said)
    summary = UserMessage(content=_HEAD + recap.text, source=SUMMARY)
    asked = _asked(limits, said, opening, recap.through)
    return [
        *said[:opening],
        summary,
        *(said[number] for number in asked),
        *_shortened(limits, said[recap.through :]),
    ]


def advised(limits: ContextLimits, shown: Sequence[LLMMessage]) -> list[LLMMessage]:
    """What the model is shown with, below the newest report, what to do with it; it stands in no other request.

    Of the same program twice in a row one is shown: models copy what they see.
    """
    if not shown or message_source(shown[-1]) != limits.executor or not isinstance(shown[-1], UserMessage):
        return list(shown)
    *before, report = shown
    again = _is_again(limits, before, report)
    told = wording.advice(_text(report), _question(limits, before), again=again)
    below = report.model_copy(update={"content": f"{_text(report)}\n\n{told}".rstrip()})
    return [*(before[:-3] + before[-1:] if again else before), below]


def _question(limits: ContextLimits, messages: Sequence[LLMMessage]) -> str:
    """What a person said last, without what stands around it."""
    others = (*limits.agents, SUMMARY, HOST)
    said = (message for message in reversed(messages) if message_source(message) not in others)
    return next((words for message in said if (words := wording.own_words(_text(message)))), "")


def _is_again(limits: ContextLimits, before: Sequence[LLMMessage], report: LLMMessage) -> bool:
    """Whether a report, and what came before it, are the same program twice with the same report."""
    if len(before) < 3 or message_source(before[-2]) != limits.executor:
        return False
    one, other = code_blocks(_text(before[-3])), code_blocks(_text(before[-1]))
    same = wording.begins_alike(_text(before[-2]), _text(report))
    return bool(one) and one == other and same and message_source(before[-3]) == message_source(before[-1])


def fold(limits: ContextLimits, messages: Sequence[LLMMessage], recap: Recap | None) -> int | None:
    """Up to which message the talk is to be summed up now; None when there is no need, or too little to gain.

    A talk that came here much too long is summed up in several steps, none longer than the limit by much.
    """
    said = _bounded(limits, messages)
    begin = recap.through if recap else _opening(limits, said)
    sizes = [_size(message) // 4 for message in _shortened(limits, said[begin:])]
    before = len(recap.text.encode()) // 4 if recap else 0
    if before + sum(sizes) <= limits.limit:
        return None
    kept = min(NEWEST, len(sizes))
    while kept > 1 and sum(sizes[-kept:]) * 4 > limits.limit * 5:
        kept -= 1
    while kept < len(sizes) and sum(sizes[-kept - 1 :]) <= limits.limit // 3:
        kept += 1
    folded, gain = len(sizes) - kept, limits.limit // 4
    while sum(sizes[:folded]) > limits.limit and sum(sizes[: folded - 1]) > gain:
        folded -= 1
    return begin + folded if sum(sizes[:folded]) > gain else None


def transcript(limits: ContextLimits, messages: Sequence[LLMMessage], recap: Recap | None, through: int) -> str:
    """What is to be summed up, as one text: the summary so far, and what was said since."""
    begin = recap.through if recap else 0
    longest = min(_OLD_MESSAGE, limits.limit)
    lines = [f"[Summary so far]\n{recap.text}"] if recap else []
    for message in messages[begin:through]:
        text = _text(message)
        if message_source(message) == limits.executor:
            text = wording.shorten(text, min(OLD_REPORT, limits.limit // 4))
        shown = (
            wording.cut(text, longest) if _is_agent(limits, message) else wording.shorten_message(text, longest)
        )
        lines.append(f"[{message_source(message)}]\n{shown}")
    return "\n\n".join(lines)


def summed_up(limits: ContextLimits, through: int, text: str) -> Recap:
    """The new summary, of a length that leaves room for the talk."""
    return Recap(through, wording.cut(text.strip(), limits.limit))


def message_source(message: LLMMessage) -> str:
    """Who said it."""
    return str(getattr(message, "source", ""))


def _bounded(limits: ContextLimits, messages: Sequence[LLMMessage]) -> list[LLMMessage]:
    """The messages, what people said being a quarter of the limit at most; the same each time, for caches."""
    return [message if _is_agent(limits, message) else _cut(message, limits.limit) for message in messages]


def _cut(message: LLMMessage, most: int) -> LLMMessage:
    """A person's message of about so many bytes at most."""
    if not isinstance(message, UserMessage) or not isinstance(message.content, str):
        return message
    text = wording.shorten_message(message.content, most)
    return message if text == message.content else message.model_copy(update={"content": text})


def _opening(limits: ContextLimits, said: Sequence[LLMMessage]) -> int:
    """How many messages are the task: what people said before the first agent spoke, up to half of the limit."""
    room = limits.limit // 2
    for number, message in enumerate(said):
        room -= _size(message) // 4
        if _is_agent(limits, message) or (number and room < 0):
            return number
    return len(said)


def _asked(limits: ContextLimits, messages: Sequence[LLMMessage], opening: int, through: int) -> list[int]:
    """Numbers of what people said after the task and before `through`: the last, and before it what has room."""
    room = limits.limit // 8
    kept: list[int] = []
    for number in reversed(range(opening, through)):
        if not _is_agent(limits, messages[number]):
            room -= _size(messages[number]) // 4
            if kept and room < 0:
                break
            kept.append(number)
    return kept[::-1]


def _shortened(limits: ContextLimits, messages: Sequence[LLMMessage]) -> list[LLMMessage]:
    reports = [n for n, message in enumerate(messages) if message_source(message) == limits.executor]
    shown = dict.fromkeys(reports, min(OLD_REPORT, limits.limit // 4))
    if reports:
        shown[reports[-1]] = min(NEWEST_REPORT, limits.limit)
    return list(_each(messages, shown))


def _each(messages: Sequence[LLMMessage], shown: dict[int, int]) -> Iterator[LLMMessage]:
    for number, message in enumerate(messages):
        if number in shown and isinstance(message, UserMessage) and isinstance(message.content, str):
            text = wording.shorten(message.content, shown[number])
            yield message if text == message.content else message.model_copy(update={"content": text})
        else:
            yield message


def _is_agent(limits: ContextLimits, message: LLMMessage) -> bool:
    return message_source(message) in limits.agents


def _size(message: LLMMessage) -> int:
    return len(_text(message).encode("utf-8", "replace"))


def _text(message: LLMMessage) -> str:
    return message.content if isinstance(message.content, str) else str(message.content)
