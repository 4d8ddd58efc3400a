"""The conversation so far, as the demo analyst sees it: who asked, who wrote code, what came of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from agents import wording
from agents.demo import fences
from bot.domain.posts import HOST

_REPORT = re.compile(r"(?:block 1\n)?(?:killed: \w+|exit code: -?\d+) \([\d.]+ s\)$", re.MULTILINE)
EXECUTOR = "executor"
AGENTS = frozenset({"assistant", "analyst", "product_manager", "coder", "reviewer"})


@dataclass(frozen=True, slots=True)
class Line:
    """One message of the conversation; `mine` when the agent that is to reply wrote it."""

    who: str
    text: str
    mine: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """A person's message: its prose, the files that came with it, the code blocks in it."""

    text: str
    files: tuple[str, ...] = ()
    blocks: tuple[fences.Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Wrote:
    """An agent's message."""

    who: str
    text: str
    blocks: tuple[fences.Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Reported:
    """The executor's message about the blocks it ran; `files` are those made or changed."""

    text: str
    ok: bool
    files: tuple[str, ...] = ()


Item: TypeAlias = Asked | Wrote | Reported


def read(lines: Sequence[Line], agents: Collection[str] = AGENTS) -> list[Item]:
    """The conversation in order. Whoever is not among the agents is a person.

    That a person had other code run is no task; what came of it is in the report that follows.
    """
    return [
        _item(line, agents)
        for line in lines
        if line.who in agents or not (line.who == HOST or wording.is_changed(line.text))
    ]


def _item(line: Line, agents: Collection[str]) -> Item:
    reports = line.who == EXECUTOR or (line.who in agents and _REPORT.match(line.text))
    if reports and not line.mine:
        return Reported(line.text, wording.succeeded(line.text), tuple(wording.made_files(line.text)))
    blocks = tuple(fences.blocks(line.text))
    if line.mine or line.who in agents:
        return Wrote(line.who, line.text, blocks)
    own = wording.own_words(line.text)
    return Asked(fences.prose(own).strip(), tuple(wording.attached_names(line.text)), tuple(fences.blocks(own)))
