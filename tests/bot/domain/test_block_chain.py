"""Which blocks variables come from, and when agents are told that they are gone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.audit_facts import code_digest, digest
from bot.domain.block_chain import GONE, basis, believed, chain, chain_before, with_loss
from bot.domain.events import CodeBlock
from bot.domain.turn_results import CodeBasis, RunResult, Variables
from bot.domain.views import PastRun
from bot.sandbox.results import REPLACED

LOAD, FAIL, LIST, KILLED, LAST = (
    CodeBlock("python", "# filename: load.py\n\nimport pandas as pd\n"),
    CodeBlock("python", "1 / 0\n"),
    CodeBlock("bash", "ls\n"),
    CodeBlock("python", "while True: pass\n"),
    CodeBlock("python", "x" * 200),
)


def _ran(interpreter: str, variables: Variables = "kept", exit_code: int = 0) -> RunResult:
    return RunResult(exit_code, "", 0.1, interpreter=interpreter, variables=variables)


SHELL = RunResult(0, "", 0.1)
RUNS = [
    PastRun(2, (LOAD, LIST, FAIL), (_ran("a"), SHELL, _ran("a", exit_code=1))),
    PastRun(4, (KILLED, LAST), (_ran("a", "restored", 137),)),
    PastRun(6, (LOAD,), (_ran("b"),)),
    PastRun(8, (LAST,), (_ran("a"),)),
]


def test_a_chain_has_the_blocks_of_its_interpreter_failed_and_undone_ones_included() -> None:
    found = chain(RUNS, "a")
    assert [(each.turn, each.block, each.undone) for each in found] == [
        (2, 1, False),
        (2, 3, False),
        (4, 1, True),
        (8, 1, False),
    ]
    assert [each.code for each in found] == [digest(block) for block in (LOAD, FAIL, KILLED, LAST)]
    assert chain(RUNS, "b")[0].turn == 6
    assert chain(RUNS, "") == ()


def test_a_block_is_known_by_its_first_line_of_code() -> None:
    lines = [each.line for each in chain(RUNS, "a")]
    assert lines[:2] == ["import pandas as pd", "1 / 0"]
    assert lines[3] == f"{'x' * 79}…"
    only_a_comment = PastRun(2, (CodeBlock("python", "\n# nothing\n"),), (_ran("a"),))
    assert [each.line for each in chain([only_a_comment], "a")] == ["# nothing"]


@pytest.mark.parametrize(
    ("turn", "block", "found"),
    [
        (2, 1, []),
        (2, 2, []),
        (2, 3, [(2, 1)]),
        (4, 1, [(2, 1), (2, 3)]),
        (4, 2, []),
        (6, 1, []),
        (8, 1, [(2, 1), (2, 3), (4, 1)]),
        (9, 1, []),
    ],
)
def test_a_block_builds_on_those_before_it_in_its_interpreter(
    turn: int, block: int, found: list[tuple[int, int]]
) -> None:
    assert [(each.turn, each.block) for each in chain_before(RUNS, turn, block)] == found


def test_the_basis_of_code_names_the_last_blocks_and_stands_for_all() -> None:
    assert basis(RUNS, "a") == CodeBasis("a", chain(RUNS, "a")[1:], 4, code_digest([LOAD, FAIL, KILLED, LAST]))
    assert basis(RUNS, "b").digest == digest(LOAD)


def test_code_builds_on_nothing_where_nothing_was_kept() -> None:
    only_killed = PastRun(2, (KILLED,), (_ran("a", "restored", 137),))
    assert basis([only_killed], "a") == basis(RUNS, "") == basis([], "a") == CodeBasis()


@pytest.mark.parametrize(
    ("newest_first", "counted_on"),
    [
        ([], "before"),
        ([SHELL], "before"),
        ([SHELL, _ran("b"), _ran("a")], "b"),
        ([_ran("a", "restored"), _ran("a")], "a"),
        ([_ran("a", "lost"), _ran("a")], ""),
        ([SHELL, replace(SHELL, variables="lost"), _ran("a")], ""),
        ([_ran("b"), _ran("a", "lost")], "b"),
    ],
)
def test_agents_count_on_the_last_interpreter_unless_they_were_told_that_it_is_gone(
    newest_first: list[RunResult], counted_on: str
) -> None:
    assert believed(newest_first, "before") == counted_on


@pytest.mark.parametrize("counted_on", ["", "a"])
def test_what_was_to_be_expected_needs_no_sentence(counted_on: str) -> None:
    result = replace(_ran("a"), note="Fine.")
    assert with_loss(result, counted_on) == result


def test_a_block_without_the_variables_that_agents_counted_on_says_so_first() -> None:
    assert with_loss(replace(_ran("b"), note="Fine."), "a").note == f"{GONE} Fine."
    assert with_loss(_ran("b"), "a").note == GONE
    assert with_loss(SHELL, "a") == SHELL, "the shell has no variables to miss"


def test_a_new_sandbox_and_the_loss_of_variables_are_said_apart() -> None:
    told = replace(_ran("b"), note=REPLACED)
    assert with_loss(told, "a").note == f"{GONE} {REPLACED}"
    assert "variables" not in REPLACED
