"""What the audit holds after a session, and after what people were refused."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import pytest

from bot.domain.audit_facts import ROUNDTABLE, CodeRan, CodeSent, DecisionMade, Fact, Paused, TurnedDown
from bot.domain.errors import BadInput, Denied, SandboxUnavailable, Unheard
from bot.domain.events import Verdict
from bot.domain.participants import Person, ThreadRef
from bot.domain.policy import Allow, Policy
from bot.domain.posts import ApprovalPost
from bot.domain.turn_results import Usage, What
from bot.ports import TurnPort
from bot.store import audit
from bot.store.audit import AuditFilter
from tests.bot.engine.harness import THREAD, EngineHarness, harness
from tests.fakes.blob_store import FakeBlobs
from tests.fakes.scripted_sandbox import ScriptedSandboxes
from tests.fakes.team import FakeTeams, Held, Limits, Line, asks, code, finished, said


async def calls(turn: TurnPort) -> What:
    """A turn whose call fits no budget of a few cents."""
    await turn.reserve(Usage("assistant", "fake/model", 10, 5, estimated=True))
    return said("hm")


async def _facts(it: EngineHarness) -> list[tuple[str, Fact]]:
    return [(record.who.name, record.what) for record in await it.database.read(audit.page, AuditFilter())]


async def test_a_session_from_its_start_to_its_end(tmp_path: Path) -> None:
    async with harness(tmp_path, FakeTeams([said("I begin."), code("work()"), finished("Done.")])) as it:
        await it.talk("Go")
        (_, started), (_, sent), (_, ran), (who, ended) = await _facts(it)
    assert [fact.kind for fact in (started, sent, ran, ended)] == ["start", "code", "run", "end"]
    assert isinstance(sent, CodeSent)
    assert isinstance(ran, CodeRan)
    assert (sent.turn, sent.code) == (ran.turn, ran.code)
    assert [result.exit_code for result in ran.results] == [0]
    assert who == "assistant"


async def test_who_stopped_a_session_and_who_went_on(tmp_path: Path) -> None:
    held = Held()
    async with harness(tmp_path, FakeTeams([held])) as it:
        await it.say("Go")
        await held.arrived.wait()
        await it.stop("Ben")
        await it.rest()
        await it.say("Go on", "Cid")
        facts = await _facts(it)
    assert [(who, fact.kind) for who, fact in facts] == [
        ("Ann", "start"),
        ("Ben", "stop"),
        ("Roundtable", "end"),
        ("Cid", "start"),
    ]


async def test_who_let_the_team_go_on_and_finish(tmp_path: Path) -> None:
    teams = FakeTeams([said("hm"), finished()], Limits(human_input_mode="ALWAYS"))
    async with harness(tmp_path, teams) as it:
        await it.talk("Go")
        decided: Sequence[tuple[Verdict, str]] = (("go_on", "Ben"), ("finish", "Cid"))
        for verdict, who in decided:
            await it.decide(verdict, Person(f"U-{who}", who))
            await it.rest()
        decisions = [(who, fact) for who, fact in await _facts(it) if fact.kind == "decision"]
    assert decisions == [("Ben", DecisionMade("go on")), ("Cid", DecisionMade("finish"))]


@pytest.mark.parametrize(
    ("line", "limits", "about"),
    [
        (asks("Which?"), Limits(), "question"),
        (said("hm"), Limits(human_input_mode="ALWAYS"), "check"),
        (calls, Limits(), "budget"),
    ],
)
async def test_what_nobody_came_for_is_noted_as_decided_by_nobody(
    tmp_path: Path, line: Line, limits: Limits, about: Literal["question", "check", "budget"]
) -> None:
    wait, budget = {"remind_hours": 9, "expire_hours": 2}, {"day": {"dollars": 0.1}}
    policy = Policy.model_validate({"wait": wait, "budget": budget})
    async with harness(tmp_path, FakeTeams([line], limits), policy=policy, speed=36_000) as it:
        await it.say("Go")
        while (await it.view()).status != "ended":  # noqa: ASYNC110  (the tables have no bell)
            await asyncio.sleep(0)
        decided = await it.database.read(audit.page, AuditFilter(kinds=["decision"]))
    assert [(each.who, each.what) for each in decided] == [(ROUNDTABLE, DecisionMade("expire", about=about))]


async def test_a_pause_is_noted_when_it_is_said(tmp_path: Path) -> None:
    sandboxes = ScriptedSandboxes(FakeBlobs(tmp_path), faults=[SandboxUnavailable("No Docker.")] * 3)
    teams = FakeTeams([code("work()"), finished()])
    async with harness(tmp_path, teams, sandboxes=sandboxes, speed=100) as it:
        await it.say("Go")
        await it.shows(5)
        (record,) = await it.database.read(audit.page, AuditFilter(kinds=["pause"]))
    assert record.who == ROUNDTABLE
    assert isinstance(record.what, Paused)
    assert record.what.until is not None


async def test_who_may_not_start_is_noted_once(tmp_path: Path) -> None:
    policy = Policy(allow=Allow(start=("U-Ben",)))
    async with harness(tmp_path, FakeTeams([]), policy=policy) as it:
        for _ in range(2):
            with pytest.raises(Denied):
                await it.say("Go", key="the same")
        (record,) = await it.database.read(audit.page, AuditFilter())
    assert (record.who, record.thread, record.session) == (Person("U-Ann", "Ann"), THREAD, "")
    assert isinstance(record.what, TurnedDown)
    assert record.what.why == "You may not start sessions here; an admin can allow it in policy.toml (start)."


async def test_a_stop_where_nothing_is_to_stop_is_noted(tmp_path: Path) -> None:
    async with harness(tmp_path, FakeTeams([])) as it:
        with pytest.raises(BadInput):
            await it.stop()
        assert [fact.kind for _, fact in await _facts(it)] == ["refusal"]


async def test_what_is_malformed_or_not_meant_for_us_is_not_noted(tmp_path: Path) -> None:
    async with harness(tmp_path, FakeTeams([])) as it:
        with pytest.raises(BadInput):
            await it.say(" ")
        with pytest.raises(Unheard):
            await it.say("Lunch?", thread=ThreadRef("chat", "team", "general", "2"), addressed=False)
        assert await _facts(it) == []


async def test_answers_and_orders_are_noted_with_their_person(tmp_path: Path) -> None:
    held = Held(code("x()"))
    teams = FakeTeams([asks("Which?"), held, finished()])
    async with harness(tmp_path, teams, policy=Policy(code_approval="always")) as it:
        await it.talk("Go")
        await it.say("The first", who="Ben")
        await held.arrived.wait()
        held.released.set()
        await it.rest()
        dropped = it.card()
        assert isinstance(dropped, ApprovalPost)
        await it.talk("now: stop that", who="Cid")
        decided = await it.database.read(audit.page, AuditFilter(kinds=["decision"]))
    assert [(each.who.name, each.what) for each in decided] == [
        ("Ben", DecisionMade("answer", about="question")),
        ("Cid", DecisionMade("drop", dropped.digest)),
    ]


async def test_a_stop_word_without_the_right_is_refused_and_noted(tmp_path: Path) -> None:
    held, rules = Held(finished()), Policy(allow=Allow(stop=("admin",)))
    async with harness(tmp_path, FakeTeams([held]), policy=rules) as it:
        await it.say("Go")
        await held.arrived.wait()
        for _ in range(2):
            with pytest.raises(Denied, match="You may not stop") as refused:
                await it.say("stop", who="Eve", addressed=False)
            assert not refused.value.again, "whoever says stop must know each time that nothing has stopped"
        held.released.set()
        await it.rest()
        refusal, _ = await it.database.read(audit.page, AuditFilter(kinds=["refusal"]))
    assert refusal.who.name == "Eve"
