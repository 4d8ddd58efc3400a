"""An approval binds code together with the variables that it finds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.domain import json_codec
from bot.domain.audit_facts import ROUNDTABLE, DecisionMade, code_digest
from bot.domain.events import CodeBlock, Verdict
from bot.domain.policy import Policy
from bot.domain.posts import ApprovalPost
from bot.domain.turn_results import Code, CodeBasis, EarlierBlock, RunResult
from bot.engine.approval import LAPSED
from bot.store import audit
from tests.bot.engine.harness import EngineHarness, harness
from tests.fakes.scripted_sandbox import Does, ScriptedSandboxes
from tests.fakes.team import FakeTeams, code, finished

ALWAYS = Policy(code_approval="always")
X, Y, SAFER = (CodeBlock("python", f"{name}()\n") for name in ("x", "y", "safer"))
AFTER_X = CodeBasis("a", (EarlierBlock(2, 1, code_digest([X]), "x()"),), 1, code_digest([X]))
SHELL = Code("```bash\nls\n```", (CodeBlock("bash", "ls\n"),))


def _card(it: EngineHarness) -> ApprovalPost:
    card = it.card()
    assert isinstance(card, ApprovalPost)
    return card


async def _ask_twice(it: EngineHarness) -> None:
    """The team has run x(), and waits to run what comes next."""
    await it.talk("Go")
    assert _card(it).builds_on == CodeBasis()
    await it.decide("approve")
    await it.rest()


async def test_the_card_names_the_blocks_that_the_code_builds_on(
    tmp_path: Path, sandboxes: ScriptedSandboxes
) -> None:
    sandboxes.interpreters = ["a"]
    teams = FakeTeams([code("x()"), code("y()"), finished()])
    async with harness(tmp_path, teams, sandboxes=sandboxes, policy=ALWAYS) as it:
        await _ask_twice(it)
        assert _card(it).builds_on == AFTER_X
        assert _card(it).digest == code_digest([Y])
        await it.decide("approve")
        await it.rest()
        decided = await it.database.read(audit.page, audit.AuditFilter(kinds=["decision"]))
    assert sandboxes.ran == ["x()", "y()"]
    assert [record.what for record in decided] == [
        DecisionMade("approve", code_digest([X])),
        DecisionMade("approve", code_digest([Y]), builds_on=code_digest([X])),
    ]


@pytest.mark.parametrize(
    ("verdict", "blocks"), [("approve", []), ("approve_all", []), ("edit", [SAFER])], ids=lambda it: str(it)[:9]
)
async def test_nothing_runs_once_those_variables_are_gone(
    tmp_path: Path, sandboxes: ScriptedSandboxes, verdict: Verdict, blocks: list[CodeBlock]
) -> None:
    sandboxes.interpreters = ["a", "b"]
    teams = FakeTeams([code("x()"), code("y()"), finished()])
    async with harness(tmp_path, teams, sandboxes=sandboxes, policy=ALWAYS) as it:
        await _ask_twice(it)
        sandboxes.resting.clear()
        await it.decide(verdict, blocks=blocks)
        await it.rest()
        thread = it.thread()
        last = (await it.database.read(audit.page, audit.AuditFilter(kinds=["decision"])))[-1]
    assert sandboxes.ran == ["x()"]
    report = teams.reports[-1]
    assert (report.killed, report.note) == ("rejected", f"{LAPSED}. It was not run.")
    gone = "the variables that the code builds on were gone by then: it was not run."
    assert f"assistant would run: y() [Ann decided, but {gone}]" in thread
    assert thread[-3:] == [f"({LAPSED}. It was not run.)", "assistant: Done.", "finished: The team has finished."]
    assert (last.who, last.what) == (
        ROUNDTABLE,
        DecisionMade("lapse", code_digest([Y]), builds_on=code_digest([X])),
    )


async def test_code_that_begins_anew_is_asked_about_and_told_nothing_twice(
    tmp_path: Path, sandboxes: ScriptedSandboxes
) -> None:
    sandboxes.interpreters = ["a", "b"]
    teams = FakeTeams([code("x()"), code("y()"), code("z()"), finished()])
    async with harness(tmp_path, teams, sandboxes=sandboxes, policy=ALWAYS) as it:
        await _ask_twice(it)
        sandboxes.resting.clear()
        await it.decide("approve")
        await it.rest()
        assert _card(it).builds_on == CodeBasis()
        await it.decide("approve")
        await it.rest()
    assert sandboxes.ran == ["x()", "z()"]
    assert (teams.reports[-1].interpreter, teams.reports[-1].note) == ("b", "")


async def test_the_shell_needs_no_variables(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    sandboxes.interpreters = ["a"]
    async with harness(tmp_path, FakeTeams([code("x()"), SHELL, finished()]), sandboxes=sandboxes) as it:
        it.policy = ALWAYS
        await _ask_twice(it)
        assert _card(it).builds_on == CodeBasis()
        sandboxes.resting.clear()
        await it.decide("approve")
        await it.rest()
    assert sandboxes.ran == ["x()", "ls"]


async def test_a_block_that_lost_the_variables_is_the_last_of_what_was_approved(
    tmp_path: Path, sandboxes: ScriptedSandboxes
) -> None:
    sandboxes.programs["ls"] = Does(RunResult(0, "", 0.1, variables="lost"))
    both = Code("…", (*SHELL.blocks, Y))
    teams = FakeTeams([both, finished()])
    async with harness(tmp_path, teams, sandboxes=sandboxes, policy=ALWAYS) as it:
        await it.talk("Go")
        await it.decide("approve")
        await it.rest()
    assert sandboxes.ran == ["ls"]
    assert teams.reports[-1].note.startswith("The code after this block was not run: its variables are gone")


async def test_code_that_no_person_was_asked_about_runs_all_the_same(
    tmp_path: Path, sandboxes: ScriptedSandboxes
) -> None:
    sandboxes.programs["ls"] = Does(RunResult(0, "", 0.1, variables="lost"))
    async with harness(
        tmp_path, FakeTeams([Code("…", (*SHELL.blocks, Y)), finished()]), sandboxes=sandboxes
    ) as it:
        await it.talk("Go")
    assert sandboxes.ran == ["ls", "y()"]


def test_a_card_that_was_stored_before_builds_on_nothing() -> None:
    card = ApprovalPost("coder", (X,), code_digest([X]))
    stored = json.loads(json_codec.to_json(json_codec.post, card))
    del stored["builds_on"]
    assert json_codec.post.validate_json(json.dumps(stored)) == card


def test_a_card_keeps_what_it_builds_on() -> None:
    card = ApprovalPost("coder", (Y,), code_digest([Y]), builds_on=AFTER_X)
    assert json_codec.post.validate_json(json_codec.to_json(json_codec.post, card)) == card
