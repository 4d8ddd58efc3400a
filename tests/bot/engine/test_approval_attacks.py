"""Every attack on code that waits for a person: each tried, each refused."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.audit_facts import code_digest as digest
from bot.domain.errors import Denied
from bot.domain.events import CodeBlock, Deleted, Edited, RemoteFile, Verdict
from bot.domain.participants import Person, ThreadRef
from bot.domain.policy import Policy
from bot.domain.posts import ApprovalPost
from tests.bot.engine.harness import ANN, THREAD, EngineHarness, harness
from tests.fakes.scripted_sandbox import ScriptedSandboxes
from tests.fakes.team import FakeTeams, Line, code, finished
from tests.platforms.postgres import Cluster

ALWAYS = Policy(code_approval="always")
OTHER = ThreadRef("chat", "team", "general", "2")
EVE = Person("U-Eve", "Eve")
SCRIPT: Sequence[Line] = (code("x()"), finished())


async def _refused(it: EngineHarness, sandboxes: ScriptedSandboxes) -> None:
    """Nothing has run, and the request is as open as before."""
    await it.rest()
    assert sandboxes.ran == []
    assert it.thread()[-1].endswith("[open]")


async def test_attack_a_click_by_a_stranger(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    async with harness(tmp_path, FakeTeams(SCRIPT), sandboxes=sandboxes, policy=ALWAYS) as it:
        await it.talk("Go")
        for verdict in ("approve", "approve_all", "reject", "edit"):
            with pytest.raises(Denied, match="You may not decide about code here"):
                await it.decide(verdict, who=EVE, blocks=(CodeBlock("python", "evil()\n"),))
        with pytest.raises(Denied):
            await it.say(f"edit {it.card().request}\nevil()", who="Eve")
        with pytest.raises(Denied):
            await it.say(f"edit {it.card().request}", who="Eve", files=[RemoteFile("evil.py", 10, "evil.py")])
        await _refused(it, sandboxes)


async def test_attack_a_replayed_click(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    teams = FakeTeams([code("x()"), code("x()")])
    async with harness(tmp_path, teams, sandboxes=sandboxes, policy=ALWAYS) as it:
        await it.talk("Go")
        card = it.card()
        await it.decide("approve", card=card, key="click")
        await it.rest()
        await it.decide("approve", card=card, key="click")
        with pytest.raises(Denied, match=r"already decided \(approved by Ann\)"):
            await it.decide("approve", card=card)
        await it.rest()
        assert it.thread()[-1] == "assistant would run: x() [open]", "the same code again is asked about again"
    assert sandboxes.ran == ["x()"]


async def test_attack_two_clicks_at_once(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    async with harness(tmp_path, FakeTeams(SCRIPT), sandboxes=sandboxes, policy=ALWAYS) as it:
        await it.talk("Go")
        bo = Person("U-Bo", "Bo", ("admin",))
        both = await asyncio.gather(
            it.decide("approve"), it.decide("reject", who=bo), it.decide("approve"), return_exceptions=True
        )
        await it.rest()
        assert len([each for each in both if isinstance(each, Denied)]) == 2
        approved = it.thread()[0].endswith("[Approved by Ann.]")
    assert sandboxes.ran == (["x()"] if approved else [])


async def test_attack_the_code_changed_after_the_card(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    teams = FakeTeams(SCRIPT, swapped=(CodeBlock("python", "evil()\n"),))
    async with harness(tmp_path, teams, sandboxes=sandboxes, policy=ALWAYS) as it:
        await it.talk("Go")
        await it.decide("approve")
        await it.rest()
    assert sandboxes.ran == []
    assert [result.note for result in teams.reports] == [
        "This is not the code that was asked about. It was not run."
    ]


async def test_attack_a_click_on_another_code_than_was_shown(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    async with harness(tmp_path, FakeTeams(SCRIPT), sandboxes=sandboxes, policy=ALWAYS) as it:
        await it.talk("Go")
        card = it.card()
        assert isinstance(card, ApprovalPost)
        for seen in ("", "\ud800", digest((CodeBlock("python", "harmless()\n"),))):
            for verdict in ("approve", "approve_all"):
                with pytest.raises(Denied, match="not the code of this card"):
                    await it.decide(verdict, card=replace(card, digest=seen))
        await _refused(it, sandboxes)


async def test_attack_a_card_from_another_session(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    teams = FakeTeams([code("x()"), code("y()")])
    async with harness(tmp_path, teams, sandboxes=sandboxes, policy=ALWAYS) as it:
        await it.talk("Go")
        await it.say("Go", thread=OTHER, who="Eve")
        await it.rest()
        with pytest.raises(Denied, match="no such request in this thread"):
            await it.decide("approve", card=it.card(THREAD), thread=OTHER, who=EVE)
        with pytest.raises(Denied, match="no such request in this thread"):
            await it.decide("approve", card=replace(it.card(), request="q000000000000"))
        with pytest.raises(Denied, match="no session here"):
            await it.decide("approve", thread=ThreadRef("chat", "team", "general", "3"))
        await _refused(it, sandboxes)


@pytest.mark.parametrize("verdict", ["approve", "stop"])
async def test_attack_a_request_that_no_table_can_name(
    tmp_path: Path, sandboxes: ScriptedSandboxes, verdict: Verdict
) -> None:
    async with harness(tmp_path, FakeTeams(SCRIPT), sandboxes=sandboxes, policy=ALWAYS) as it:
        await it.talk("Go")
        for request in ("\ud800", "\0"):
            with pytest.raises(Denied, match="no such request in this thread"):
                await it.decide(verdict, card=replace(it.card(), request=request))
        await _refused(it, sandboxes)


@pytest.mark.postgres
async def test_a_reason_with_bytes_that_postgresql_refuses_counts(
    tmp_path: Path, sandboxes: ScriptedSandboxes, cluster: Cluster
) -> None:
    teams = FakeTeams(SCRIPT)
    async with harness(tmp_path, teams, sandboxes=sandboxes, policy=ALWAYS, url=cluster.database()) as it:
        await it.talk("Go")
        with pytest.raises(Denied, match="no such request in this thread"):
            await it.decide("approve", card=replace(it.card(), request="\0"))
        await it.decide("reject", reason="too\0slow")
        await it.rest()
    assert [result.note for result in teams.reports] == ["Ann rejected this code: too\ufffdslow. It was not run."]


async def test_attack_a_message_edited_afterwards(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    async with harness(tmp_path, FakeTeams(SCRIPT), sandboxes=sandboxes, policy=ALWAYS) as it:
        await it.talk("Go")
        request = it.card().request
        await it.say("hm", who="Eve", name="17")
        await it.rest()
        await it.intake(Edited("e1", THREAD, EVE, "17", f"edit {request}\nevil()"))
        await it.intake(Edited("e2", THREAD, ANN, "17", "approve"))
        await it.intake(Deleted("e3", THREAD, EVE, "17"))
        await it.rest()
        assert it.thread()[0].endswith("[open]")
        await it.say(f"edit {request}\nsafer()", name="18")
        await it.intake(Edited("e4", THREAD, ANN, "18", f"edit {request}\nevil()"))
        await it.rest()
    assert sandboxes.ran == ["safer()"]


async def test_attack_a_decision_after_a_stop(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    async with harness(tmp_path, FakeTeams(SCRIPT), sandboxes=sandboxes, policy=ALWAYS) as it:
        await it.talk("Go")
        card = it.card()
        await asyncio.gather(it.stop(), it.decide("approve", card=card), return_exceptions=True)
        await it.rest()
        with pytest.raises(Denied):
            await it.decide("approve", card=card)
        assert it.thread()[-1] == "stopped: Stopped by Ben."
        await it.talk("go on")
    assert sandboxes.ran == []
