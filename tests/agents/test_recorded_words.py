"""What is made of real words without code: how often a promise is taken for the answer, and an answer for none."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Literal, TypeAlias

import pytest

from agents import wording
from agents.message_parsing import read
from agents.spec import TeamSpec, load_all
from agents.talk import TalkMessage
from agents.word_meaning import finish, words
from bot.domain.events import RemoteFile
from bot.domain.posts import HOST
from bot.domain.turn_results import Answered, Finished, RunResult, Said, Unfinished, What
from tests.agents.recorded import Recorded, Report, Situation, Truth, load

Verdict: TypeAlias = Literal["rests", "goes on", "unfinished"]

TEAM_OF = {spec.speakers[0].name: spec for spec in load_all().values() if len(spec.speakers) == 1}
FILE = wording.attached([RemoteFile("sales.csv", 9, "r")])
CODE = "```python\nprint(1)\n```"
RESULTS: dict[Report, RunResult] = {
    "ok": RunResult(0, "42\n", 0.1),
    "failed": RunResult(1, "NameError: x\n", 0.1),
    "silent": RunResult(0, "", 0.1),
}
JUDGED = [recorded for recorded in load() if recorded.truth and recorded.situation]

MOST_FALSE_ANSWERS = 13
"""Promises that are taken for the answer. This number may only fall."""
MOST_NEEDLESS = 0.03
"""The share of answers after which the team goes on nevertheless."""


def talk(spec: TeamSpec, situation: Situation, answer: str) -> list[TalkMessage]:
    """A talk that ends with the answer in its situation."""
    lines = [TalkMessage("Ann", f"{situation.task}\n\n{FILE}" if situation.files else situation.task)]
    if situation.report != "none":
        result = RESULTS[situation.report]
        result = replace(result, output=situation.output) if situation.output else result
        lines += [TalkMessage(situation.agent, situation.program or CODE)]
        lines += [TalkMessage(spec.executor.name, wording.report([result]))]
    if situation.reminded:
        lines += [TalkMessage(situation.agent, "I begin:"), TalkMessage(HOST, wording.reminder(None))]
    return [*lines, TalkMessage(situation.agent, answer)]


def verdict(recorded: Recorded) -> Verdict:
    """What the session does after these words."""
    assert recorded.situation is not None
    spec = TEAM_OF[recorded.situation.agent]
    lines = talk(spec, recorded.situation, recorded.answer)
    match meaning := _meaning(spec, lines):
        case Answered() | Finished():
            return "rests"
        case Said():
            return "goes on"
        case Unfinished():
            return "unfinished"
        case _:
            raise AssertionError(f"{meaning.kind} is no mere word: {recorded.answer!r}")


def _meaning(spec: TeamSpec, lines: list[TalkMessage]) -> What:
    meaning = read(lines[-1].text, spec.names)
    match meaning:
        case Said():
            return words(spec, lines)
        case Finished():
            return finish(spec, lines, meaning)
        case _:
            return meaning


def table(counted: Counter[tuple[Truth, Verdict]]) -> str:
    """The confusion table, a row a truth."""
    verdicts: tuple[Verdict, ...] = ("rests", "goes on", "unfinished")
    truths: tuple[Truth, ...] = ("answer", "promise")
    head = f"{'':10}" + "".join(f"{each:>12}" for each in verdicts)
    rows = (f"{truth:10}" + "".join(f"{counted[truth, each]:12}" for each in verdicts) for truth in truths)
    return "\n".join([head, *rows])


def test_promises_and_answers_are_seldom_confused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    counted: Counter[tuple[Truth, Verdict]] = Counter()
    for recorded in JUDGED:
        assert recorded.truth is not None
        counted[recorded.truth, verdict(recorded)] += 1
    with capsys.disabled():
        print(f"\n{table(counted)}")  # noqa: T201  (the table is what this test is for)

    answers = sum(number for (truth, _), number in counted.items() if truth == "answer")
    assert counted["promise", "rests"] <= MOST_FALSE_ANSWERS
    assert counted["answer", "goes on"] + counted["answer", "unfinished"] <= MOST_NEEDLESS * answers


def test_enough_is_judged_to_tell() -> None:
    assert len(JUDGED) >= 150
    assert all(recorded.situation and recorded.situation.agent in TEAM_OF for recorded in JUDGED)
