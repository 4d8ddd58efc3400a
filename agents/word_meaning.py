"""What words without code mean: the answer, a promise of work to come, or talk without progress. Pure.

Told by structure, not by lists of words: a needless reminder costs a call, a promise taken for an answer the task.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from agents import wording
from agents.grounding import is_made_up
from agents.message_parsing import read, without_end
from agents.spec import TeamSpec
from agents.talk import TalkMessage, since_person, task
from bot.domain.posts import HOST
from bot.domain.turn_results import Answered, Asks, Code, Finished, Said, Unfinished

_WORD = re.compile(r"\w+")
_ECHO = 0.7
"""The share of a question's words that are the task's; above it, with more than half of these, it is none."""


def words(spec: TeamSpec, lines: Sequence[TalkMessage]) -> Said | Answered | Unfinished:
    """What the last message of a talk, which is an agent's and only words, means for the session."""
    text = wording.without_advice(without_end(lines[-1].text)) or lines[-1].text
    if not is_round(spec, lines):
        return Said(text)
    said = since_person(spec, lines)
    is_told = _is_told(said)
    report = _report(spec, said)
    if not is_told and (len(spec.speakers) > 1 or _is_promise(lines, report) or _is_made_up(spec, lines, report)):
        return Said(text)
    return Unfinished(text) if is_told and _is_owed(spec, lines, said) else Answered(text)


def finish(spec: TeamSpec, lines: Sequence[TalkMessage], end: Finished) -> Finished | Said:
    """What the end of a task means: one without a word, or without a run that went well, counts later."""
    said = since_person(spec, lines)
    text = wording.without_advice(end.text)
    if _is_told(said):
        return Finished(text)
    report = _report(spec, said)
    is_unproven = _has_files(task(spec, lines)) if report is None else _has_failed(report)
    return Said(text) if is_unproven or not text or _is_made_up(spec, lines, report) else Finished(text)


def question(spec: TeamSpec, lines: Sequence[TalkMessage], asks: Asks) -> Asks | Said:
    """What a question means with which a talk ends: one that only says the task again needs no person."""
    asked = set(_WORD.findall(asks.question.casefold()))
    known = {word for line in task(spec, lines) for word in _WORD.findall(wording.own_words(line.text).casefold())}
    same = len(asked & known)
    is_echo = same > _ECHO * len(asked) and 2 * same > len(known)
    if not is_echo or _is_told(since_person(spec, lines)):
        return asks
    return Said(f"{asks.text}\n{asks.question}".strip())


def nudge(spec: TeamSpec, lines: Sequence[TalkMessage]) -> str | None:
    """The reminder for agents who have only talked since a person spoke; None when they work."""
    if not lines or lines[-1].source == HOST or not is_round(spec, lines):
        return None
    if read(lines[-1].text, spec.names) == Finished(""):
        return wording.NO_ANSWER
    report = _report(spec, since_person(spec, lines))
    if report is not None and not wording.shows_nothing(report) and _is_made_up(spec, lines, report):
        return wording.NOT_PRINTED
    return wording.reminder(report)


def is_round(spec: TeamSpec, lines: Sequence[TalkMessage]) -> bool:
    """Whether all agents that work, or one of them over and over, have only talked since something was done."""
    talkers = [line.source for line in _words_at_end(spec, lines)]
    working = {agent.name for agent in spec.speakers if not agent.opens}
    return bool(talkers) and (working <= set(talkers) or len(talkers) >= 2 * len(spec.speakers))


def _words_at_end(spec: TeamSpec, lines: Sequence[TalkMessage]) -> Iterator[TalkMessage]:
    """The agents' messages without code with which a talk ends."""
    names = {agent.name for agent in spec.speakers}
    for line in reversed(since_person(spec, lines)):
        if line.source == HOST:
            continue
        if line.source not in names or isinstance(read(line.text, spec.names), Code):
            return
        yield line


def _is_promise(lines: Sequence[TalkMessage], report: str | None) -> bool:
    """Whether work seems to be still to come."""
    if _ends_with_colon(lines[-1].text):
        return True
    return _has_files(lines) if report is None else _has_failed(report) or wording.shows_nothing(report)


def _is_made_up(spec: TeamSpec, lines: Sequence[TalkMessage], report: str | None) -> bool:
    """Whether an answer after a run has numbers that the agents were not told."""
    is_after_run = report is not None and wording.succeeded(report)
    return is_after_run and is_made_up(spec, lines, wording.without_advice(lines[-1].text))


def _is_owed(spec: TeamSpec, lines: Sequence[TalkMessage], said: Sequence[TalkMessage]) -> bool:
    """Whether words cannot be the answer: nothing was run for the task's files, or they promise more."""
    report = _report(spec, said)
    if report is not None:
        return _has_failed(report)
    return _ends_with_colon(lines[-1].text) or _has_files(task(spec, lines))


def _ends_with_colon(text: str) -> bool:
    return text.rstrip("*_ \t\r\n").endswith((":", "："))


def _is_told(said: Sequence[TalkMessage]) -> bool:
    """Whether the agents were reminded already."""
    return any(line.source == HOST for line in said)


def _report(spec: TeamSpec, said: Sequence[TalkMessage]) -> str | None:
    """The executor's last report on code that it ran."""
    reports = (line.text for line in reversed(said) if line.source == spec.executor.name)
    return next((text for text in reports if text != wording.report(())), None)


def _has_failed(report: str) -> bool:
    return not (wording.succeeded(report) or wording.ended_outside(report))


def _has_files(lines: Sequence[TalkMessage]) -> bool:
    return any(wording.attached_names(line.text) for line in lines)
