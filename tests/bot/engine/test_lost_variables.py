"""Agents are told, once, that the variables of earlier blocks are gone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bot.domain.block_chain import GONE
from bot.domain.events import CodeBlock
from bot.domain.turn_results import Code, RunResult
from tests.bot.engine.harness import harness
from tests.fakes.scripted_sandbox import Does, ScriptedSandboxes
from tests.fakes.team import FakeTeams, Line, code, finished

TWICE: Sequence[Line] = [code("x()"), finished(), code("y()"), code("z()"), finished()]


async def test_a_session_that_went_on_with_its_variables_hears_nothing(
    tmp_path: Path, sandboxes: ScriptedSandboxes
) -> None:
    sandboxes.interpreters = ["a", "b"]
    teams = FakeTeams(TWICE)
    async with harness(tmp_path, teams, sandboxes=sandboxes) as it:
        await it.talk("Go")
        await it.talk("more")
    assert [(result.interpreter, result.note) for result in teams.reports] == [("a", ""), ("a", ""), ("a", "")]


async def test_the_first_block_after_a_loss_tells_of_it(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    sandboxes.interpreters = ["a", "b"]
    teams = FakeTeams(TWICE)
    async with harness(tmp_path, teams, sandboxes=sandboxes) as it:
        await it.talk("Go")
        sandboxes.resting.clear()
        await it.talk("more")
    assert [(result.interpreter, result.note) for result in teams.reports] == [("a", ""), ("b", GONE), ("b", "")]


async def test_a_restart_is_told_as_well(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    async with harness(tmp_path, FakeTeams(TWICE[:2]), sandboxes=sandboxes) as it:
        sandboxes.interpreters = ["a"]
        await it.talk("Go")
        chat = it.chat
    again = ScriptedSandboxes(sandboxes.shelf, interpreters=["b"])
    teams = FakeTeams(TWICE)
    async with harness(tmp_path, teams, chat=chat, sandboxes=again) as it:
        await it.talk("more")
    assert [result.note for result in teams.reports] == [GONE, ""]


async def test_what_a_result_has_told_is_not_told_again(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    lost = RunResult(137, "", 1, "lost", "The sandbox broke.", variables="lost")
    sandboxes.programs["y()"] = Does(lost)
    sandboxes.interpreters = ["a", "b"]
    shell = Code("```bash\ny()\n```", (CodeBlock("bash", "y()\n"),))
    teams = FakeTeams([code("x()"), shell, finished(), code("z()"), finished()])
    async with harness(tmp_path, teams, sandboxes=sandboxes) as it:
        await it.talk("Go")
        sandboxes.resting.clear()
        await it.talk("more")
    assert [result.interpreter for result in teams.reports] == ["a", "", "b"]
    assert GONE not in teams.reports[-1].note
