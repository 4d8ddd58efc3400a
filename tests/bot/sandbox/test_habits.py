"""Blocks do what their authors know from notebooks; each habit is one program that runs its blocks in turn."""

from __future__ import annotations

import pytest

from bot.sandbox.session import DockerSandbox
from tests.bot.sandbox.programs.habits import HABITS, Habit


def test_there_are_many_habits_and_each_has_a_name() -> None:
    assert len(HABITS) >= 40
    assert len({habit.name for habit in HABITS}) == len(HABITS)


@pytest.mark.docker
@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("habit", [pytest.param(habit, id=habit.name) for habit in HABITS])
async def test_a_block_does_what_it_does_in_a_notebook(sandbox: DockerSandbox, habit: Habit) -> None:
    if habit.needs and not (await sandbox.run(f"import {habit.needs}", "python", 20)).ok:
        pytest.skip(f"the image is without {habit.needs}")
    results = [await sandbox.run(block, "python", 30) for block in habit.blocks]
    files = (await sandbox.changed()).files
    start, is_cut, _ = habit.output.partition("…")
    output = "".join(result.output for result in results)
    printed = "\n".join(line.rstrip() for line in output.split("\n"))
    assert (printed[: len(start)] if is_cut else printed) == start
    assert max(result.exit_code for result in results) == habit.exit_code
    assert {file.path for file in files} == set(habit.files)
