"""Code as people type it into Discord, in each shape that it shows as code, is the code that runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import discord
import pytest
from hypothesis import assume, given

from bot.adapters.discord.parse import BotIdentity, typed, words
from bot.domain.events import CodeBlock
from tests.contracts.pasted_code import (
    EDIT,
    PASTED,
    PROGRAMS,
    Way,
    begins_like_code,
    decided,
    has_no_fence,
    reads_whole,
)

_ME = BotIdentity(7, frozenset({8}))


@dataclass(frozen=True, slots=True)
class _Named:
    """As much of a message as tells whom it names: the bot and its role."""

    mentions: list[Any] = field(default_factory=list)
    role_mentions: list[Any] = field(default_factory=list)
    channel_mentions: list[Any] = field(default_factory=list)


def heard(content: str) -> str:
    """The text of an event that a message becomes."""
    return words(content, cast(discord.Message, _Named()), _ME)


def _lines(program: str) -> str:
    return program if program.endswith("\n") else f"{program}\n"


_WAYS = (
    Way(
        "fences on lines of their own",
        lambda code: decided(heard(f"{EDIT}\n```py\n{_lines(code)}```")),
        has_no_fence,
    ),
    Way("closed behind the code", lambda code: decided(heard(f"{EDIT} ```py\n{code}``` <@7>")), has_no_fence),
    Way(
        "begun behind the fence",
        lambda code: decided(heard(f"<@7> {EDIT}:```{code}```thank you")),
        begins_like_code,
    ),
    Way("no language", lambda code: decided(heard(f"{EDIT}\n```\n{code}```")), has_no_fence),
    Way("a form or a command", lambda code: decided(typed(f"{EDIT} ```py\n{code}```")), has_no_fence),
)


@pytest.mark.parametrize("way", _WAYS, ids=str)
@given(PROGRAMS)
def test_whatever_is_pasted_is_read_byte_for_byte(way: Way, program: str) -> None:
    assume(way.carries(program))
    reads_whole(way, program)


@pytest.mark.parametrize("way", _WAYS, ids=str)
@pytest.mark.parametrize("program", PASTED)
def test_programs_are_read_whole(way: Way, program: str) -> None:
    reads_whole(way, program)


@pytest.mark.parametrize(
    ("content", "block"),
    [
        ("```c++\nx```", CodeBlock("c++", "x\n")),
        ("```df\nprint(1)```", CodeBlock("df", "print(1)\n")),
        ("```df```", CodeBlock("python", "df\n")),
        ("```df\n```", CodeBlock("python", "df\n")),
        ("```main()\nprint(1)```", CodeBlock("python", "main()\nprint(1)\n")),
        ("```x = 1\nprint(x)```", CodeBlock("python", "x = 1\nprint(x)\n")),
        ("```SH\nls```", CodeBlock("bash", "ls\n")),
    ],
)
def test_one_word_above_the_code_is_its_language(content: str, block: CodeBlock) -> None:
    assert decided(heard(f"{EDIT}\n{content}")) == (block,)


def test_names_are_spelt_out_in_prose_and_left_alone_in_code() -> None:
    said = heard("<@7> run ```py\nprint('<@7> <:odd:1>',  2)``` <:odd:1> <@&8> now")
    assert said == "run\n```py\nprint('<@7> <:odd:1>',  2)\n```\n:odd: now"
