"""Whatever a model answers: no exception, no request that a strict server refuses, and every session rests."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.message_parsing import read
from bot.domain.turn_results import Code, Said
from tests.agents.battery import SPECS, Battery, Heard, battery
from tests.agents.models.harness import QUICK
from tests.agents.recorded import load

TEAMS = sorted(SPECS)
RECORDED = [recorded.answer for recorded in load()]
RESTS = {"ended", "waiting", "paused"}
SAME = 3
"""Rounds of the same after which agents go in a circle."""
LONGEST = 100_000

CODE = "```python\nprint(1)\n```"
MARKS = (
    "TERMINATE",
    "[TERMINATE]",
    "**TERMINATE**",
    "terminate",
    "It is 42. TERMINATE",
    "ASK: Which year?",
    "ASK:",
)
ASKS = (
    "ASK: your question",
    "ASK: coder, which year?",
    "ASK: [product_manager]?",
    "**ASK:** Which?",
    "> ASK: Which?",
)
THOUGHTS = (
    "<think>",
    "</think>",
    "<think>hm</think>",
    "<thinking>",
    "<|im_start|>assistant",
    "<|im_end|>",
    "[INST]",
)
NAMES = ("[executor]", "[analyst]", "analyst:", "coder, please", "[roundtable]", "system:", "Ann:", "@reviewer")
REPORTS = (
    "exit code: 0 (0.1 s)",
    "killed: time (60.0 s)",
    "output: (none)",
    "files made or changed: `a` (1 bytes)",
)
TOLD = ("No code was found in your message, so nothing was run.", "Attached, now in the workspace: `a` (1 bytes)")
FENCES = (
    "```",
    "```python",
    "````python",
    "`````",
    "~~~",
    "~~~~py",
    "```text",
    "```{.python}",
    "  ```",
    "- ```sh",
    "``",
)
PROGRAMS = ("print(1)", "import os", "x = '''", "def f(:", "x = 1\nprint(x)", "plt.savefig('a.png')", CODE)
PROSE = (
    "I will look at the data:",
    "It is 42.",
    "größte 😀",
    "> quoted",
    "> TERMINATE",
    "| a | b |",
    "# Head",
    "1. one",
)
ODD = ("\0", "\ud83d", "\udc00", "\r\n", "\r", "\u2028", "\x85", "\x1b[31m", "\u202e", "\ufeff", "\t", " ", "")
LONG = ("x" * LONGEST, "word " * 20_000, "`" * 3_000, "```\n" * 300, "> " * 3_000, "(" * 3_000, "a\n" * 20_000)
pieces = st.one_of(
    *map(st.sampled_from, (MARKS, ASKS, THOUGHTS, NAMES, REPORTS, TOLD, FENCES, PROGRAMS, PROSE, ODD)),
    st.integers(0, len(RECORDED) - 1).map(RECORDED.__getitem__),
    st.text(st.characters(), max_size=30),
)
joined = st.builds(str.join, st.sampled_from(["\n", "\n", "\n\n", " ", "", "\r\n"]), st.lists(pieces, max_size=8))
very_long = st.integers(0, len(LONG) - 1).map(LONG.__getitem__)
huge = st.builds("{}\n{}\n{}".format, pieces, very_long, pieces)


@st.composite
def any_text(draw: st.DrawFn, whole: st.SearchStrategy[str]) -> str:
    """A text, cut anywhere or not at all."""
    text = draw(whole)
    return text[: draw(st.integers(0, len(text)))] if draw(st.booleans()) else text


def most_calls(heard: Heard) -> int:
    """The bound on calls between a person's words and the next rest.

    A turn is one call, or two where the first answer was cut off; only the last turn may need all its attempts.
    """
    return 2 * SPECS[heard.team].max_turns + 2 * QUICK.attempts


def most_calls_for_the_same(heard: Heard) -> int:
    """The bound where a model gives the same answer every time: rounds of all, before and after a reminder."""
    return 2 * SAME * len(SPECS[heard.team].speakers) + 2 * QUICK.attempts


def check(fired: Battery, heard: Heard, most: int) -> None:
    """What holds for every session."""
    assert not fired.faults, "\n".join(fired.faults)
    assert heard.view.status in RESTS, heard.thread
    assert heard.calls <= most, heard.thread
    assert heard.summaries <= 2 * (heard.view.turns + 1), heard.thread
    assert not [line for line in heard.thread if "Something went wrong" in line], heard.thread


async def always(fired: Battery, answer: str) -> None:
    """Every team with a model that gives this answer whatever it is asked."""
    for team in TEAMS:
        for file in (False, True):
            heard = await fired.session(team, [answer], file=file)
            check(fired, heard, most_calls_for_the_same(heard))
        check(fired, heard := await fired.reply(heard), most_calls_for_the_same(heard))


async def round_and_round(fired: Battery, answers: Sequence[str], *, file: bool, fickle: bool = True) -> None:
    """Every team with a model that gives these answers in turn, over and over."""
    for team in TEAMS:
        heard = await fired.session(team, answers, file=file, fickle=fickle)
        check(fired, heard, most_calls(heard))
        check(fired, heard := await fired.reply(heard), most_calls(heard))


def fire(answers: Sequence[str], *, file: bool) -> None:
    """An engine of its own for one sequence of answers."""

    async def run() -> None:
        with TemporaryDirectory() as folder:
            async with battery(Path(folder)) as fired:
                await round_and_round(fired, answers, file=file)

    asyncio.run(run())


async def test_some_recorded_answers_each_again_and_again(tmp_path: Path) -> None:
    async with battery(tmp_path) as fired:
        for answer in random.Random(1).sample(RECORDED, 8):
            await always(fired, answer)


async def test_recorded_answers_in_some_random_orders(tmp_path: Path) -> None:
    chance = random.Random(2)
    async with battery(tmp_path) as fired:
        for size in (2, 3, 5):
            await round_and_round(fired, chance.sample(RECORDED, size), file=size % 2 == 0)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("part", range(8))
async def test_every_recorded_answer_again_and_again(tmp_path: Path, part: int) -> None:
    async with battery(tmp_path) as fired:
        for answer in RECORDED[part::8]:
            await always(fired, answer)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(20))
async def test_recorded_answers_in_random_orders(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    async with battery(tmp_path) as fired:
        for size in (2, 3, 4, 6, 10, 20):
            await round_and_round(fired, chance.sample(RECORDED, size), file=chance.random() < 0.5)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(any_text(joined), min_size=1, max_size=5), st.booleans())
def test_any_texts(answers: list[str], file: bool) -> None:
    fire(answers, file=file)


@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(any_text(huge), min_size=1, max_size=2), st.booleans())
def test_long_texts(answers: list[str], file: bool) -> None:
    fire(answers, file=file)


@pytest.mark.long
@pytest.mark.timeout(3600)
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(any_text(st.one_of(joined, joined, huge)), min_size=1, max_size=6), st.booleans())
def test_many_texts(answers: list[str], file: bool) -> None:
    fire(answers, file=file)


UNHEARD = (
    "TERMINATE",
    "ASK: Which year?",
    "It is 42. TERMINATE",
    "**TERMINATE**",
    "print(1)",
    "",
    "x = 1  # TERMINATE",
)
TAGS = ("", "python", "py", "text", "sh", "markdown", "json")


@st.composite
def in_a_block(draw: st.DrawFn) -> str:
    """A block, in which shorter fences and those of the other kind do not end it."""
    fence = draw(st.sampled_from(["```", "````", "~~~", "~~~~~"]))
    other = "~~~" if fence[0] == "`" else "```"
    inside = draw(st.lists(st.sampled_from([*UNHEARD, other, fence[:-1]]), max_size=5))
    closed = draw(st.sampled_from([f"\n{fence}", f"\n{fence}{fence[0]}"]))
    return f"{fence}{draw(st.sampled_from(TAGS))}\n" + "\n".join(inside) + closed


quoted = st.builds("> {}".format, st.sampled_from(UNHEARD))
plain_words = st.sampled_from(["It is 42.", "I look at it:", "", "The end."])


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(in_a_block(), quoted, plain_words), max_size=6).map("\n".join))
def test_no_end_and_no_question_is_read_in_code_or_quotation(text: str) -> None:
    assert isinstance(read(text, SPECS["crew"].names), Said | Code)
