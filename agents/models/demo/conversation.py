"""The conversation as the demo reads it: who asked for what, which code was sent, and what came of it. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from agents import wording
from agents.message_parsing import code_blocks
from agents.message_parsing import read as meaning
from agents.models.port import ModelMessage
from bot.domain.events import CodeBlock
from bot.domain.posts import HOST
from bot.domain.turn_results import Code, Finished
from bot.text.fence_parsing import is_python

_ENDS = re.compile(r"^(?:killed: (\w+)|exit code: -?\d+) \([\d.]+ s\)$", re.MULTILINE)
_OUTPUT = re.compile(r"^output:\n(.*?)(?=\n\nblock \d+\n|\Z)", re.MULTILINE | re.DOTALL)
_CALL = re.compile(r"^Read it with `(pd\.read_\w+\(.+\))`$", re.MULTILINE)
_COLUMN = re.compile(r"`([^`]+)` \(([^,)]+)")


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file and what its profile says: the `call` of pandas that reads it, and its columns with their types.

    `call` is "" where pandas does not read it.
    """

    name: str
    call: str
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A person's own words, the code in them, and the files that came with them."""

    words: str
    code: tuple[CodeBlock, ...] = ()
    files: tuple[AttachedFile, ...] = ()


@dataclass(frozen=True, slots=True)
class SentCode:
    """An agent has sent code."""


@dataclass(frozen=True, slots=True)
class Spoke:
    """An agent has spoken without code; that may have `ended` the task."""

    ended: bool


@dataclass(frozen=True, slots=True)
class Reported:
    """What the executor reports of all blocks: what they `printed`, the files they made, and how they ended.

    `killed` is what ended the code from outside, "" for nothing; `note` is the sandbox's sentence about it.
    """

    ok: bool
    printed: str
    files: tuple[str, ...]
    killed: str
    note: str

    @property
    def last_line(self) -> str:
        """What was printed last, which is the error when code fails."""
        return (self.printed.strip().splitlines() or [""])[-1].strip()


Item: TypeAlias = Asked | SentCode | Spoke | Reported


def read(messages: Sequence[ModelMessage], agents: Collection[str]) -> list[Item]:
    """The conversation in order, without Roundtable's own words and without code that a person changed.

    Everyone who is not among the `agents` is a person.
    """
    people = [m for m in messages if m.mine or m.author in agents or _is_request(m)]
    return [_item(message, message.mine or message.author in agents) for message in people]


def _is_request(message: ModelMessage) -> bool:
    return message.author != HOST and not wording.is_changed(message.text)


def _item(message: ModelMessage, by_agent: bool) -> Item:
    text = message.text
    if not by_agent:
        own = wording.own_words(text)
        return Asked(own, code_blocks(own), tuple(_files(text)))
    if not message.mine and _ENDS.match(text.removeprefix("block 1\n")):
        return _report(text)
    said = meaning(text)
    return SentCode() if isinstance(said, Code) else Spoke(ended=isinstance(said, Finished))


def _files(text: str) -> list[AttachedFile]:
    profiles = wording.attached_profiles(text)
    return [_file(name, profiles.get(name, "")) for name in wording.attached_names(text)]


def _file(name: str, profile: str) -> AttachedFile:
    call = _CALL.search(profile)
    shape = re.search(r"^[\d,]+ rows, [\d,]+ columns: (.+)$", profile, re.MULTILINE)
    columns = tuple(_COLUMN.findall(shape[1])) if shape else ()
    # A profile shows very long names cut off, and such a call reads nothing.
    return AttachedFile(name, call[1] if call and is_python(call[1]) else "", columns)


def _report(text: str) -> Reported:
    printed = "\n".join(output.rstrip() for output in _OUTPUT.findall(text))
    files, notes = tuple(wording.made_files(text)), re.findall(r"^note: (.+)$", text, re.MULTILINE)
    return Reported(wording.succeeded(text), printed, files, _ENDS.findall(text)[-1], " ".join(notes))
