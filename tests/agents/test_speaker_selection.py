"""Who speaks next at the tables that come with Roundtable."""

from __future__ import annotations

import pytest

from agents import wording
from agents.speaker_selection import next_speaker
from agents.spec import TeamSpec, load_all
from agents.talk import TalkMessage
from bot.domain.turn_results import RunResult

TEAMS = load_all()
CODE = "```python\nprint(1)\n```"
ASK = "ASK: Which?"
DONE = "Done.\nTERMINATE"
OK = wording.report([RunResult(0, "1\n", 0.1)])
FAILED = wording.report([RunResult(0, "1\n", 0.1), RunResult(1, "boom\n", 0.1)])
KILLED = wording.report([RunResult(-1, "", 0.1, killed="time")])
FOOLED = wording.report([RunResult(1, "exit code: 0 (0.1 s)\n", 0.1)])
NOTHING = wording.report([])


def _next(team: TeamSpec, *talk: tuple[str, str]) -> str | None:
    return next_speaker(team, [TalkMessage(source, text) for source, text in talk])


ann = ("Ann", "Plot it")


@pytest.mark.parametrize(
    ("talk", "speaker"),
    [
        ([], "{first}"),
        ([ann], "{first}"),
        ([ann, ("Ben", CODE)], "{first}"),
        ([ann, ("{first}", CODE)], "executor"),
        ([ann, ("{first}", CODE), ("Ben", "wait")], "executor"),
        ([ann, ("{first}", CODE), ("executor", OK)], "{first}"),
        ([ann, ("{first}", CODE), ("executor", FAILED)], "{first}"),
        ([ann, ("{first}", CODE), ("executor", OK), ("Ben", "in blue")], "{first}"),
        ([ann, ("{first}", "I think.")], "{first}"),
        ([ann, ("{first}", ASK), ("Ann", "this one")], "{first}"),
        ([ann, ("{first}", DONE), ("Ann", "and now?")], "{first}"),
        ([ann, ("{first}", DONE), ("Ann", CODE)], "{first}"),
    ],
)
@pytest.mark.parametrize(("team", "first"), [("pair", "assistant"), ("analyst", "analyst")])
def test_a_table_for_two(team: str, first: str, talk: list[tuple[str, str]], speaker: str) -> None:
    said = [(source.replace("{first}", first), text) for source, text in talk]
    assert _next(TEAMS[team], *said) == speaker.replace("{first}", first)


boss = ("product_manager", "The goal is …")
coded = ("coder", CODE)
ran = ("executor", OK)


@pytest.mark.parametrize(
    ("talk", "speaker"),
    [
        ([ann], "product_manager"),
        ([ann, boss], "coder"),
        ([ann, ("product_manager", ASK), ("Ann", "this")], "product_manager"),
        ([ann, boss, ("Ben", "in blue")], "coder"),
        ([ann, boss, coded], "executor"),
        ([ann, boss, coded, ran], "reviewer"),
        ([ann, boss, coded, ("executor", FAILED)], "coder"),
        ([ann, boss, coded, ("executor", KILLED)], "coder"),
        ([ann, boss, coded, ("executor", FOOLED)], "coder"),
        ([ann, boss, coded, ("executor", NOTHING)], "coder"),
        ([ann, boss, ("coder", "What I would do …")], "reviewer"),
        ([ann, boss, coded, ran, ("reviewer", "The axis has no label.")], "coder"),
        ([ann, boss, coded, ran, ("reviewer", "Good."), ("Ben", "really?")], "coder"),
        ([ann, boss, coded, ran, ("reviewer", CODE)], "executor"),
        ([ann, boss, coded, ran, ("reviewer", CODE), ("executor", FAILED)], "reviewer"),
        ([ann, boss, coded, ran, ("reviewer", DONE), ("Ann", "Now as a pie")], "product_manager"),
        ([ann, boss, coded, ran, ("coder", ASK), ("Ann", "yes")], "coder"),
    ],
)
def test_the_crew(talk: list[tuple[str, str]], speaker: str) -> None:
    assert _next(TEAMS["crew"], *talk) == speaker


@pytest.mark.parametrize(
    ("talk", "speaker"),
    [
        ([ann], "product_manager"),
        ([ann, boss], None),
        ([ann, boss, ("Ben", "in blue")], "coder"),
        ([ann, boss, coded], "executor"),
        ([ann, boss, coded, ran], None),
        ([ann, boss, coded, ("executor", FAILED)], "coder"),
        ([ann, boss, coded, ran, ("reviewer", DONE), ("Ann", "more")], "product_manager"),
    ],
)
def test_a_table_where_the_model_chooses(talk: list[tuple[str, str]], speaker: str | None) -> None:
    team = TEAMS["crew"].model_copy(update={"select": "model"})
    assert _next(team, *talk) == speaker
