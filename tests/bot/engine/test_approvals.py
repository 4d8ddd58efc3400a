"""Code that waits for a person: what is shown, and what is decided."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.audit_facts import ROUNDTABLE, DecisionMade
from bot.domain.audit_facts import code_digest as digest
from bot.domain.errors import BadInput, Denied
from bot.domain.events import CodeBlock, Verdict
from bot.domain.participants import Person
from bot.domain.policy import Policy
from bot.domain.posts import ApprovalPost
from bot.domain.turn_results import Code, What
from bot.ports import TurnPort
from bot.store import audit, sessions
from bot.text.request_forms import form
from tests.bot.engine.harness import THREAD, harness
from tests.fakes.scripted_sandbox import ScriptedSandboxes
from tests.fakes.team import FakeTeams, Held, Limits, Line, code, finished

ALWAYS = Policy(code_approval="always")
ANN, EVE = Person("U-Ann", "Ann"), Person("U-Eve", "Eve")
LATER = "the team gets this once its code is decided about, or the time for that is up."
SCRIPT: Sequence[Line] = (code("x()"), finished())


async def test_the_card_has_all_of_the_code_and_its_digest(tmp_path: Path) -> None:
    text = "I count.\n\n```python\nx()\n```\n\nThen I look."
    long = CodeBlock("python", "x()\n" + "# line\n" * 10_000)
    async with harness(tmp_path, FakeTeams([Code(text, (long,))]), policy=ALWAYS) as it:
        await it.talk("Go")
        posts, view = it.chat.posts(THREAD), await it.view()
    assert it.thread()[0] == "assistant: I count.\n\nThen I look."
    card = posts[1]
    assert isinstance(card, ApprovalPost)
    assert (card.blocks, card.digest) == ((long,), digest((long,)))
    assert view.status == "waiting"


async def test_approved_code_runs_once_and_its_card_names_the_person(
    tmp_path: Path, sandboxes: ScriptedSandboxes
) -> None:
    async with harness(tmp_path, FakeTeams(SCRIPT), sandboxes=sandboxes, policy=ALWAYS) as it:
        await it.talk("Go")
        assert sandboxes.ran == []
        await it.decide("approve")
        await it.rest()
        thread = it.thread()
    assert thread == [
        "assistant would run: x() [Approved by Ann.]",
        "output: ok",
        "assistant: Done.",
        "finished: The team has finished.",
    ]
    assert sandboxes.ran == ["x()"]


async def test_what_is_rejected_is_never_run_and_the_team_hears_why(
    tmp_path: Path, sandboxes: ScriptedSandboxes
) -> None:
    teams = FakeTeams([code("x()"), code("y()"), finished()])
    async with harness(tmp_path, teams, sandboxes=sandboxes, policy=ALWAYS) as it:
        await it.talk("Go")
        await it.decide("reject", reason="too slow")
        await it.rest()
        thread = it.thread()
    assert thread == [
        "assistant would run: x() [Rejected by Ann: too slow. It was not run.]",
        "assistant would run: y() [open]",
    ]
    assert sandboxes.ran == []
    assert [(result.killed, result.note) for result in teams.reports] == [
        ("rejected", "Ann rejected this code: too slow. It was not run.")
    ]


async def test_of_a_reason_as_much_is_kept_as_a_form_takes(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    teams = FakeTeams([code("x()"), finished()])
    async with harness(tmp_path, teams, sandboxes=sandboxes, policy=ALWAYS) as it:
        await it.talk("Go")
        (card,) = [post for post in it.chat.posts(THREAD) if isinstance(post, ApprovalPost)]
        most = form(card, "reject", 4_000).most
        await it.decide("reject", reason="x" * most + "y")
        await it.rest()
    assert it.thread()[0] == f"assistant would run: x() [Rejected by Ann: {'x' * most}. It was not run.]"


async def test_all_code_can_be_approved_until_a_stop(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    teams = FakeTeams([code("x()"), code("y()"), finished(), code("z()"), finished()])
    async with harness(tmp_path, teams, sandboxes=sandboxes, policy=ALWAYS) as it:
        await it.talk("Go")
        await it.decide("approve_all")
        await it.rest()
        assert sandboxes.ran == ["x()", "y()"]
        await it.say("more")
        await it.stop()
        await it.rest()
        thread = await it.talk("and more")
    assert sandboxes.ran == ["x()", "y()"], "a stop takes the leave back"
    assert thread[-1] == "assistant would run: z() [open]"


async def test_leave_for_all_code_expires(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    teams = FakeTeams([code("x()"), finished("One."), code("y()")])
    async with harness(tmp_path, teams, sandboxes=sandboxes, policy=ALWAYS) as it:
        await it.talk("Go")
        await it.decide("approve_all")
        await it.rest()
        await it.database.write(sessions.approve_all_until, (await it.view()).id, it.intake.clock() - 1)
        thread = await it.talk("more")
    assert sandboxes.ran == ["x()"]
    assert thread[-1] == "assistant would run: y() [open]"


async def test_nobody_s_silence_approves_anything(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    soon = Policy.model_validate({"code_approval": "always", "wait": {"remind_hours": 1, "expire_hours": 20}})
    teams = FakeTeams([code("x()"), finished("I see.")])
    async with harness(tmp_path, teams, sandboxes=sandboxes, policy=soon, speed=36_000) as it:
        await it.talk("Go")
        await it.shows(3)
        await it.rest()
        with pytest.raises(Denied, match="Too late"):
            await it.decide("approve")
        thread = await it.talk("go on, then")
    assert thread[0].endswith("[Too late: nobody answered in time, which counts as no.]")
    assert thread[1].startswith("(The code of assistant still waits for a decision. After ")
    assert thread[2].startswith("limit: Nobody decided about the code in time, which counts as no")
    assert sandboxes.ran == []
    assert thread[-2:] == ["assistant: I see.", "finished: The team has finished."]


async def test_a_decision_survives_a_restart(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    async with harness(tmp_path, FakeTeams(SCRIPT), policy=ALWAYS) as it:
        await it.talk("Go")
        it.runner.closing = True
        await it.decide("approve")
        await it.rest()
        chat = it.chat
    async with harness(tmp_path, FakeTeams(SCRIPT), chat=chat, sandboxes=sandboxes, policy=ALWAYS) as it:
        await it.rest()
    assert sandboxes.ran == ["x()"]


async def test_words_before_the_decision_are_acknowledged_once(tmp_path: Path) -> None:
    teams = FakeTeams(SCRIPT)
    async with harness(tmp_path, teams, policy=ALWAYS) as it:
        await it.talk("Go")
        await it.talk("in blue")
        thread = await it.talk("and large")
        await it.decide("approve")
        await it.rest()
    assert thread[1:] == [f"(Noted, Ann: {LATER})"]
    assert teams.heard[1] == ["in blue", "and large"]


async def test_words_before_the_card_do_not_count_as_acknowledged(tmp_path: Path) -> None:
    held = Held(code("x()"))
    async with harness(tmp_path, FakeTeams([held]), policy=ALWAYS) as it:
        await it.say("Go")
        await held.arrived.wait()
        await it.say("in blue")
        held.released.set()
        await it.rest()
        thread = await it.talk("and large")
    assert thread[1:] == [f"(Noted, Ann: {LATER})"]


async def test_words_before_an_expiry_reach_the_team(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    soon = Policy.model_validate({"code_approval": "always", "wait": {"remind_hours": 9, "expire_hours": 2}})
    teams = FakeTeams([code("x()"), finished("In blue.")])
    async with harness(tmp_path, teams, policy=soon) as it:
        await it.talk("Go")
        await it.talk("in blue", who="Eve")
        chat = it.chat
    async with harness(tmp_path, teams, chat=chat, sandboxes=sandboxes, policy=soon, speed=360_000) as it:
        await it.shows(5)
        await it.rest()
        thread = it.thread()
        decided = await it.database.read(audit.page, audit.AuditFilter(kinds=["decision"]))
    assert thread == [
        "assistant would run: x() [Too late: nobody answered in time, which counts as no.]",
        f"(Noted, Eve: {LATER})",
        "(Nobody decided about the code in time, which counts as no: it was not run. "
        "The team goes on with what was said.)",
        "assistant: In blue.",
        "finished: The team has finished.",
    ]
    assert sandboxes.ran == []
    assert teams.heard[1] == ["in blue"]
    assert [result.note for result in teams.reports] == ["Nobody approved this code in time. It was not run."]
    assert [(each.who, each.what) for each in decided] == [
        (ROUNDTABLE, DecisionMade("expire", digest((CodeBlock("python", "x()\n"),))))
    ]


async def test_an_order_drops_code_that_waits(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    teams = FakeTeams([code("x()"), finished("All right.")])
    async with harness(tmp_path, teams, sandboxes=sandboxes, policy=ALWAYS) as it:
        await it.talk("Go")
        card = it.card()
        thread = await it.talk("now: something else")
        (record,) = await it.database.read(audit.page, audit.AuditFilter(kinds=["decision"]))
    assert isinstance(card, ApprovalPost)
    assert (record.who, record.what) == (ANN, DecisionMade("drop", card.digest))
    assert thread[0].endswith("[Dropped: Ann gave an order. It was not run.]")
    assert thread[-1] == "finished: The team has finished."
    assert sandboxes.ran == []
    assert teams.heard[1] == ["something else"]


async def test_an_order_that_comes_as_code_is_committed_drops_it(
    tmp_path: Path, sandboxes: ScriptedSandboxes
) -> None:
    orders = ["now: something else"]

    async def ordered(_turn: TurnPort) -> What:
        """The order is stored as the turn ends, as a rule too late to interrupt it."""
        if not orders:
            return finished()
        await it.say(orders.pop())
        return code("x()")

    teams = FakeTeams([ordered, finished("All right.")])
    async with harness(tmp_path, teams, sandboxes=sandboxes, policy=ALWAYS) as it:
        thread = await it.talk("Go")
    assert sandboxes.ran == []
    assert thread[-1] == "finished: The team has finished."
    assert teams.heard[1][-1] == "something else"


async def test_an_order_after_a_limit_precedes_unasked_code(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    rules = [Policy()]
    teams = FakeTeams([code("x()"), finished("All right.")], Limits(max_turns=1))
    async with harness(tmp_path, teams, sandboxes=sandboxes) as it:
        it.runner.policy = lambda: rules[0]
        await it.talk("Go")
        rules[0] = ALWAYS
        await it.say("now: something else")
        await it.rest()
    assert teams.heard[1] == ["something else"]
    assert sandboxes.ran == []


async def test_an_admin_may_decide_for_others(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    async with harness(tmp_path, FakeTeams(SCRIPT), sandboxes=sandboxes, policy=ALWAYS) as it:
        await it.talk("Go")
        await it.decide("approve", who=replace(EVE, groups=("admin",)))
        await it.rest()
    assert sandboxes.ran == ["x()"]


@pytest.mark.parametrize("verdict", ["raise", "finish", "go_on"])
async def test_a_request_takes_only_what_decides_it(tmp_path: Path, verdict: Verdict) -> None:
    async with harness(tmp_path, FakeTeams(SCRIPT), policy=ALWAYS) as it:
        await it.talk("Go")
        with pytest.raises(BadInput, match="it takes approve, approve all, reject, edit"):
            await it.decide(verdict)


def test_the_digest_is_that_of_the_file_and_covers_every_block() -> None:
    one, two = CodeBlock("python", "print(1)\n"), CodeBlock("bash", "ls\n")
    assert digest((one,)) == hashlib.sha256(b"print(1)\n").hexdigest()
    assert len({digest((one,)), digest((two,)), digest((one, two)), digest((two, one))}) == 4
