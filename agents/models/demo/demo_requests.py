"""What people want of the demo: work it can do, a question it must ask first, or a refusal. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from agents.models.demo import known_sentences, texts
from agents.models.demo.conversation import Asked, AttachedFile, Item, Reported, SentCode, Spoke
from agents.models.demo.known_sentences import Example, Task
from bot.domain.events import CodeBlock

_MOST_FILES = 3
"""Files of one message that are profiled."""


@dataclass(frozen=True, slots=True)
class Work:
    """Code to send; `does` says what it does, as in “I …”. Of the `tries` each is for when the one before failed.

    `repair` says why that one is right. `own`: it is the person's. `suggested` are sentences to send next.
    `misread` words came with it.
    """

    does: str
    tries: tuple[tuple[CodeBlock, ...], ...]
    repair: str = ""
    own: bool = False
    suggested: tuple[str, ...] = ()
    misread: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """The task cannot be done before a person has chosen."""

    example: Example
    task: Task
    call: str
    misread: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """It cannot be done, and why."""

    text: str


Request: TypeAlias = Work | Question | Refusal


@dataclass(frozen=True, slots=True)
class Situation:
    """What is to be done now, None when nothing was understood, and the reports of what was sent for it.

    `waiting`: code was sent whose report has not come. `answered`: an agent has ended the task.
    """

    request: Request | None = None
    reports: tuple[Reported, ...] = ()
    waiting: bool = False
    answered: bool = False


def situation(items: Sequence[Item]) -> Situation:
    """What is to be done after this conversation: the newest thing that was understood."""
    now, files = Situation(), dict[str, AttachedFile]()
    for item in items:
        match item:
            case Asked():
                newer = {file.name: file for file in item.files}
                files = {name: file for name, file in files.items() if name not in newer} | newer
                now = _heard(Situation() if now.answered else now, item, files)
            case SentCode():
                now = replace(now, waiting=True)
            case Reported() if now.waiting:
                now = replace(now, reports=(*now.reports, item), waiting=False)
            case Spoke(ended=True):
                now = replace(now, answered=True)
    return now


def _heard(now: Situation, asked: Asked, files: Mapping[str, AttachedFile]) -> Situation:
    """What is understood replaces what was to be done; what is not is only kept in mind."""
    if request := _request(asked, files) or _answered(now.request, asked.words):
        return Situation(request)
    match now.request:
        case Work() | Question() as request:
            return replace(now, request=replace(request, misread=True))
        case _:
            return now


def _request(asked: Asked, files: Mapping[str, AttachedFile]) -> Request | None:
    if asked.code:
        return Work("run your code as it is", (asked.code,), own=True)
    found = known_sentences.known(asked.words)
    if found and (not asked.files or (found[0].file and any(map(_is_sales, asked.files)))):
        return _bundled(*found, [file.call for file in files.values() if _is_sales(file)])
    if asked.files:
        return _profile(asked.files, misread=not known_sentences.asks_for_profile(asked.words))
    if files and known_sentences.asks_for_profile(asked.words):
        return _profile([list(files.values())[-1]], misread=False)
    return None


def _bundled(example: Example, task: Task, calls: Sequence[str]) -> Request:
    """What a known sentence asks for; `calls` read the attached files that are like the bundled one."""
    if example.file and not calls:
        return Refusal(texts.NEEDS_FILE.format(example.file))
    call = calls[-1] if example.file else ""
    return Question(example, task, call) if task.question else _work(example, task, call)


def _work(example: Example, task: Task, call: str, choice: str = "") -> Work:
    tries = [task.code(call, choice, wrong=True)] if task.repair else []
    code = tuple((CodeBlock("python", each),) for each in (*tries, task.code(call, choice)))
    others = tuple(sentence for sentence in example.sentences if sentence not in task.sentences)
    return Work(task.does, code, task.repair, suggested=others)


def _profile(files: Sequence[AttachedFile], *, misread: bool) -> Request:
    readable = [file for file in files if file.call][:_MOST_FILES]
    if not readable:
        return Refusal(texts.unreadable([file.name for file in files], misread=misread))
    code = [CodeBlock("python", known_sentences.profile_code(file.call, _stem(file.name))) for file in readable]
    does = f"profile what {texts.listed([texts.span(file.call) for file in readable])} gives"
    suggested = known_sentences.SALES.sentences if any(map(_is_sales, readable)) else ()
    return Work(does, (tuple(code),), suggested=suggested, misread=misread)


def _answered(request: Request | None, words: str) -> Work | None:
    if isinstance(request, Question) and (choice := known_sentences.chosen(request.task, words)):
        return _work(request.example, request.task, request.call, choice)
    return None


def _is_sales(file: AttachedFile) -> bool:
    return bool(file.call) and file.columns == known_sentences.SALES_COLUMNS


def _stem(name: str) -> str:
    return "_".join(re.findall(r"\w+", name))[:60] or "file"
