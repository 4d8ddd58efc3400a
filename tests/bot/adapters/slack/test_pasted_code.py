"""Code as Slack's clients send it, in each shape, is the code that runs."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from hypothesis import assume, given

from bot.adapters.slack import mrkdwn
from bot.adapters.slack.credentials import BotIdentity
from bot.adapters.slack.happenings import MessageSent
from bot.adapters.slack.parse import parse
from bot.domain.events import CodeBlock
from tests.contracts.pasted_code import (
    EDIT,
    PASTED,
    PROGRAMS,
    Way,
    anything,
    decided,
    fits_behind_a_fence,
    names_no_language,
    reads_whole,
)
from tests.platforms.slack.composer import Box, Part, sent

_ME = BotIdentity("T1", "U0BOT", "B0", "https://team.example/")


def heard(*parts: Part, rich: bool = True) -> str:
    """The text of an event that people's words in a thread become."""
    text, blocks = sent(list(parts))
    event: dict[str, Any] = {"type": "message", "channel": "C1", "user": "U1", "ts": "2.0", "thread_ts": "1.0"}
    event |= {"text": text} | ({"blocks": blocks} if rich else {})
    said = parse({"type": "event_callback", "team_id": "T1", "event": event}, _ME)
    assert isinstance(said, MessageSent)
    return mrkdwn.plain(said.text, {"U2": "Ben"})


def _boxed(program: str) -> tuple[CodeBlock, ...]:
    return decided(heard(f"{EDIT}\n", Box(program)))


def _in_a_language(program: str) -> tuple[CodeBlock, ...]:
    return decided(heard(f"{EDIT} ", Box(program, "python"), "thank you, <@U2>: use ``` for it"))


def _markup(program: str, gap: str) -> tuple[CodeBlock, ...]:
    return decided(heard(EDIT + gap, Box(program), rich=False))


def _may_be_markup(program: str) -> bool:
    return fits_behind_a_fence(program) and names_no_language(program)


_WAYS = (
    Way("a box", _boxed, names_no_language),
    Way("a box in a language", _in_a_language, anything),
    Way("markup alone", partial(_markup, gap="\n"), _may_be_markup),
    Way("markup on one line", partial(_markup, gap=" "), _may_be_markup),
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
