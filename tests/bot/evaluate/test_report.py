"""What runs come to, and what the report says and does not say."""

from __future__ import annotations

import json

import pytest

from bot.domain.errors import OperatorError
from bot.domain.posts import AgentPost
from bot.evaluate.compare import compare
from bot.evaluate.report import markdown, values
from bot.evaluate.summary import requirements, summaries, unmet
from bot.evaluate.transcript import file_name, transcript
from tests.bot.evaluate.made import code, output, record, timeline

RUNS = [
    record(),
    record(task="chart", kind="chart", right=False, failed=("file *.png: there is none",), turns=5, seconds=4.0),
    record(
        task="which",
        finished=False,
        right=False,
        outcome="asked",
        failed=("ends: asked",),
        stalled="model",
        why="asks a person: a | b?",
        dollars=0.02,
    ),
    record(team="crew", dollars=None),
]


def test_runs_are_summed_up_by_team_and_model() -> None:
    analyst, crew = summaries(RUNS)
    assert (str(analyst.arm), analyst.runs, analyst.finished, analyst.right) == ("analyst with m1", 3, 2, 1)
    assert (analyst.stalled, analyst.turns, analyst.seconds) == ({"model": 1}, 3, 2.0)
    assert (analyst.tokens_in, analyst.tokens_out) == (100, 10)
    assert analyst.dollars == pytest.approx(0.04)
    assert crew.dollars is None


def test_the_report_names_what_is_not_right_and_why() -> None:
    summed = summaries(RUNS)
    comparison = compare(RUNS, "analyst", "crew")
    assert comparison is not None
    text = markdown(RUNS, summed, [comparison])
    assert "| analyst | m1 | 3 | 67% | 33% (6% to 79%) | 1, 0, 0 | 3 | 100 | 10 | 0.0400 | 2.0 |" in text
    assert "| crew | m1 | 1 | 100% | 100% (21% to 100%) | 0, 0, 0 | 3 | 100 | 10 | unknown | 2.0 |" in text
    assert "crew is right in 100%, analyst in 100% of the runs of 1 task:" in text
    assert "| chart | 0 of 1 | 0 of 0 |" in text
    where = f"wrong/{file_name(RUNS[1])}"
    assert rf"- [chart, analyst with m1, repeat 1]({where}): file \*.png: there is none" in text
    assert r"ends: asked; stalled by the model: asks a person: a \| b?" in text


def test_a_run_can_be_read() -> None:
    entries = timeline("How many?", code("print(832)"), output("832"), AgentPost("analyst", "It is 831."))
    run = record(right=False, failed=("figure 832",), entries=tuple(entries), stalled="model", why="loops")
    assert transcript(run) == (
        "count, analyst with m1, repeat 1: finished, stalled by the model: loops\nfailed: figure 832\n\n"
        "Ann: How many?\n\nanalyst: I try.\n```python\nprint(832)\n```\n\nexecutor: 832\n\nanalyst: It is 831.\n"
    )
    assert file_name(run) != file_name(record(repeat=2))


def test_what_is_held_out_is_counted_and_not_shown() -> None:
    runs = [record(task="secret", hold_out=True, right=False, failed=("figure 42",))]
    text = markdown(runs, summaries(runs), [])
    assert "| analyst | m1 | 1 |" in text
    assert "secret" not in text
    assert "42" not in text


def test_the_figures_are_json() -> None:
    comparison = compare(RUNS, "analyst", "crew")
    assert comparison is not None
    found = json.loads(json.dumps(values(summaries(RUNS), [comparison])))
    assert found["arms"][0]["arm"] == {"team": "analyst", "model": "m1"}
    assert found["arms"][0]["stalled"] == {"model": 1}
    assert found["compared"][0]["chance"] == 1.0


def test_requirements_are_least_shares_of_every_arm() -> None:
    required = requirements(["right=0.5", "finished=0.6"])
    assert required == {"right": 0.5, "finished": 0.6}
    assert unmet(summaries(RUNS), required) == ["right in 33% of the runs of analyst with m1, 50% are required"]
    assert unmet(summaries(RUNS[:1]), required) == []


@pytest.mark.parametrize("written", ["right", "right=", "right=80", "right=-1", "good=0.5", "right=nan", "=1"])
def test_a_requirement_that_means_nothing_is_refused(written: str) -> None:
    with pytest.raises(OperatorError, match=r"write right=0\.8 or finished=0\.95"):
        requirements([written])
