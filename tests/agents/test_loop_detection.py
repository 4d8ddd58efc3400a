"""Talks that lead nowhere, and talks that only look so."""

from __future__ import annotations

import pytest

from agents import wording
from agents.loop_detection import is_empty, stuck
from agents.spec import TeamSpec, load_all
from agents.talk import TalkMessage
from bot.domain.turn_results import RunResult

PAIR = load_all()["pair"]
CREW = load_all()["crew"]
ANN = ("Ann", "Plot it")
PROSE = (
    "I am sorry for the trouble. Let me look at the data once more and tell you what I find there, step by step."
)


def _code(text: str) -> str:
    return f"```python\n{text}\n```"


def _ran(output: str, seconds: float = 0.1, code: int = 0) -> str:
    return wording.report([RunResult(code, output, seconds)])


def _stuck(team: TeamSpec, *talk: tuple[str, str]) -> str | None:
    return stuck(team, [TalkMessage(source, text) for source, text in talk])


@pytest.mark.parametrize(
    "text", ["", " \n", "```python\n```", "```\n\n```", "**", "…", "\u200b\ufeff", "> ", "---", "~~~\n~~~"]
)
def test_nothing_is_said(text: str) -> None:
    assert is_empty(text)
    assert _stuck(PAIR, ANN, ("assistant", text)) == "assistant has answered with nothing."


@pytest.mark.parametrize("text", ["ok", "👍", "42", "是", "```text\nx\n```", "!", "ASK:"])
def test_little_is_said(text: str) -> None:
    assert not is_empty(text)
    assert _stuck(PAIR, ANN, ("assistant", text)) is None


SORRY, AGAIN = ("assistant", PROSE), ("assistant", PROSE.replace("trouble", "delay"))
ROUND = [("coder", _code("x()")), ("executor", _ran("1")), ("reviewer", "The axis has no label.")]


def test_long_outputs_are_alike_though_each_run_has_its_file() -> None:
    def ran(number: int) -> tuple[str, str]:
        result = RunResult(0, "row\n" * 9_000, number / 10, full_output=f"run-{number}-output.txt")
        return "executor", wording.report([result])

    talk = [line for number in (2, 4, 6) for line in (("assistant", _code("x()")), ran(number))]
    assert _stuck(PAIR, ANN, *talk[:-2]) is None
    assert _stuck(PAIR, ANN, *talk) == "assistant went in a circle: the same came 3 times."


@pytest.mark.parametrize(
    ("team", "talk", "who"),
    [
        (PAIR, [ANN, SORRY, SORRY, SORRY], "assistant"),
        (PAIR, [ANN, SORRY, AGAIN, SORRY], "assistant"),
        (PAIR, [ANN, ("assistant", "Wait."), ("assistant", "Wait."), ("assistant", "wait.")], "assistant"),
        (
            PAIR,
            [
                ANN,
                *(x for s in (0.1, 0.2, 12.0) for x in (("assistant", _code("x()")), ("executor", _ran("1", s)))),
            ],
            "assistant",
        ),
        (CREW, [ANN, *ROUND, *ROUND, *ROUND], "coder and reviewer"),
        (CREW, [ANN, ("product_manager", "The goal"), *ROUND, *ROUND, *ROUND, ROUND[0]], "coder and reviewer"),
    ],
)
def test_the_same_again_and_again(team: TeamSpec, talk: list[tuple[str, str]], who: str) -> None:
    assert _stuck(team, *talk) == f"{who} went in a circle: the same came 3 times."
    assert _stuck(team, *talk, ("Ben", "in blue")) is None, "a person has said something new"
    assert _stuck(team, *talk, ("Ben", "in blue"), talk[-1]) is None


@pytest.mark.parametrize(
    ("team", "talk"),
    [
        (PAIR, []),
        (PAIR, [ANN]),
        (PAIR, [ANN, SORRY, SORRY]),
        (PAIR, [ANN, SORRY, ("Ann", "Go on"), SORRY, SORRY]),
        (PAIR, [ANN, ("Ben", PROSE), ("Ann", PROSE), ("Eve", PROSE)]),
        (PAIR, [ANN, *(("assistant", f"Step {n} is done.") for n in range(3))]),
        (
            PAIR,
            [ANN, *(x for n in range(4) for x in (("assistant", _code(f"fit({n})")), ("executor", _ran("0.8"))))],
        ),
        (
            PAIR,
            [ANN, *(x for n in range(4) for x in (("assistant", _code("wait()")), ("executor", _ran(f"{n} %"))))],
        ),
        (
            CREW,
            [
                ANN,
                *(
                    x
                    for n in range(4)
                    for x in (
                        ("coder", _code(f"step{n}()")),
                        ("executor", _ran("ok")),
                        ("reviewer", "Good. Go on."),
                    )
                ),
            ],
        ),
        (PAIR, [ANN, *[("assistant", "Done.\nTERMINATE")] * 3]),
        (PAIR, [ANN, *[("assistant", "ASK: Which?")] * 3]),
    ],
)
def test_what_only_looks_like_a_circle(team: TeamSpec, talk: list[tuple[str, str]]) -> None:
    assert _stuck(team, *talk) is None


def _talk(count: int) -> list[tuple[str, str]]:
    return [("assistant", f"Thought {n} of many: {n * n} and {n**3}.") for n in range(count)]


RAN_NOTHING = ("executor", wording.report([]))


@pytest.mark.parametrize(
    ("talk", "is_stuck"),
    [
        (_talk(11), False),
        (_talk(12), True),
        ([*_talk(6), RAN_NOTHING, *_talk(5)], True),
        ([*_talk(6), ("assistant", _code("x()")), ("executor", _ran("1")), *_talk(11)], False),
        ([*_talk(6), ("assistant", _code("x()")), ("executor", _ran("1")), *_talk(12)], True),
        ([*_talk(11), ("Ann", "Go on"), *_talk(11)], False),
    ],
)
def test_talk_where_code_is_wanted(talk: list[tuple[str, str]], is_stuck: bool) -> None:
    said = _stuck(PAIR, ANN, *talk)
    assert said == ("The team has talked for 12 turns without any code." if is_stuck else None)
    patient = PAIR.model_copy(update={"max_talk": 100})
    assert _stuck(patient, ANN, *talk) is None
