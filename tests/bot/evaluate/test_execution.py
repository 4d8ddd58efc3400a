"""Runs are carried out several at a time, and kept before anybody hears of them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.evaluate.cases import EvaluationCase
from bot.evaluate.eval_tasks import EvalTask, Figure, Wanted
from bot.evaluate.execution import carry_out
from bot.evaluate.record import RunRecord
from bot.evaluate.records import RecordFile
from bot.evaluate.run_matrix import EvaluationRun, runs
from bot.evaluate.teams import TeamFile
from tests.bot.evaluate.made import record

TEAMS = [TeamFile(name, name, name, f"digest of {name}") for name in ("analyst", "crew")]


def case(name: str, *teams: str) -> EvaluationCase:
    task = EvalTask(name=name, kind="total", task="x", teams=teams, wanted=Wanted(figures=(Figure(value=1),)))
    return EvaluationCase(task, (), f"digest of {name}")


def test_every_task_is_run_with_every_team_and_model_in_rounds() -> None:
    planned = runs([case("a"), case("b", "crew")], TEAMS, ["m1", "m2"], 2)
    assert [(run.model, run.repeat, run.case.task.name, run.team.name) for run in planned] == [
        (model, repeat, *which)
        for model in ("m1", "m2")
        for repeat in (1, 2)
        for which in (("a", "analyst"), ("a", "crew"), ("b", "crew"))
    ]
    assert len({run.key for run in planned}) == len(planned)
    other = runs([case("a"), case("b", "crew")], TEAMS, ["m1", "m2"], 2, "other setup")
    assert not {run.key for run in planned} & {run.key for run in other}


async def test_as_many_run_at_once_as_wanted_and_each_is_kept_first(tmp_path: Path) -> None:
    records, now, most, told = RecordFile(tmp_path / "runs.jsonl"), 0, 0, []
    gate = asyncio.Event()

    async def play(run: EvaluationRun) -> RunRecord:
        nonlocal now, most
        now += 1
        most = max(most, now)
        if now == 3:
            gate.set()
        await gate.wait()
        now -= 1
        return record(task=run.case.task.name, team=run.team.given)

    def done(run: EvaluationRun, found: RunRecord) -> None:
        assert found.key in RecordFile(tmp_path / "runs.jsonl").found
        told.append(run)

    planned = runs([case(name) for name in "abcd"], TEAMS, ["m1"], 1)
    await carry_out(planned, play, records, at_once=3, begun=lambda _run: None, done=done)
    assert most == 3
    assert sorted(run.key for run in told) == sorted(run.key for run in planned)


async def test_an_error_loses_no_current_run_and_begins_no_other(tmp_path: Path) -> None:
    broken, begun = asyncio.Event(), list[str]()

    async def play(run: EvaluationRun) -> RunRecord:
        begun.append(run.case.task.name)
        if run.case.task.name == "bad":
            broken.set()
            raise RuntimeError("a fault of ours")
        await broken.wait()
        return record(task=run.case.task.name)

    planned = runs([case(name) for name in ("good", "bad", "later")], TEAMS[:1], ["m1"], 1)
    with pytest.raises(RuntimeError, match="a fault of ours"):
        await carry_out(
            planned,
            play,
            RecordFile(tmp_path / "runs.jsonl"),
            at_once=2,
            begun=lambda _run: None,
            done=lambda _run, _record: None,
        )
    assert begun == ["good", "bad"]
    assert [each.task for each in RecordFile(tmp_path / "runs.jsonl").found.values()] == ["good"]
