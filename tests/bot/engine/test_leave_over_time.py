"""Whether code may run is asked by the rules and the leave of the moment in which it is sent."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.domain.errors import SandboxUnavailable
from bot.domain.participants import ThreadRef
from bot.domain.policy import Policy
from bot.domain.turn_results import What
from bot.ports import TurnPort
from bot.store import sessions
from tests.bot.engine.harness import harness
from tests.bot.engine.test_approvals import ALWAYS
from tests.fakes.scripted_sandbox import ScriptedSandboxes
from tests.fakes.team import FakeTeams, Held, Limits, code, finished


async def test_a_stricter_policy_holds_for_code_already_written(
    tmp_path: Path, sandboxes: ScriptedSandboxes
) -> None:
    rules = [Policy()]

    async def stricter(_turn: TurnPort) -> What:
        rules[0] = ALWAYS
        return code("x()")

    async with harness(tmp_path, FakeTeams([stricter, finished()]), sandboxes=sandboxes) as it:
        it.runner.policy = lambda: rules[0]
        thread = await it.talk("Go")
    assert thread == ["assistant wrote: x()", "assistant would run: x() [open]"]
    assert sandboxes.ran == []


async def test_a_stricter_policy_holds_while_code_waits_for_a_sandbox(
    tmp_path: Path, sandboxes: ScriptedSandboxes
) -> None:
    rules = [Policy()]
    sandboxes.opening = asyncio.Event()
    teams = FakeTeams([code("x()"), finished()])
    async with harness(tmp_path, teams, sandboxes=sandboxes) as it:
        it.runner.policy = lambda: rules[0]
        await it.say("Go")
        await sandboxes.queued.wait()
        rules[0] = ALWAYS
        sandboxes.opening.set()
        await it.rest()
        thread = it.thread()
    assert sandboxes.ran == []
    assert thread[-1] == "assistant would run: x() [open]", "it is asked about, as if the rules had been so before"


async def test_a_stricter_policy_holds_for_a_session_that_queues(
    tmp_path: Path, sandboxes: ScriptedSandboxes
) -> None:
    rules, other, held = [Policy()], ThreadRef("chat", "team", "general", "2"), Held(finished())
    sandboxes.faults = [SandboxUnavailable("The sandbox is away.")]
    teams = FakeTeams([code("x()"), finished()])
    async with harness(tmp_path, teams, sandboxes=sandboxes, at_once=1) as it:
        it.runner.policy = lambda: rules[0]
        await it.talk("Go")
        teams.script = [held]
        await it.say("Go", thread=other)
        await held.arrived.wait()
        await it.say("again")
        while not it.runner.slots.waiting:  # noqa: ASYNC110  (a queue has no bell)
            await asyncio.sleep(0)
        rules[0] = ALWAYS
        held.released.set()
        await it.rest()
        thread = it.thread()
    assert sandboxes.ran == []
    assert thread[-1] == "assistant would run: x() [open]"


async def test_an_approval_that_ends_in_the_queue_is_asked_for_again(
    tmp_path: Path, sandboxes: ScriptedSandboxes
) -> None:
    rules = Policy.model_validate({"code_approval": "always", "wait": {"approve_all_hours": 1}})
    teams = FakeTeams([code("x()"), finished(), code("y()"), finished()])
    sandboxes.opening = asyncio.Event()
    async with harness(tmp_path, teams, sandboxes=sandboxes, policy=rules) as it:
        await it.talk("Go")
        await it.decide("approve_all")
        await sandboxes.queued.wait()
        session = (await it.view()).id
        await it.database.write(sessions.approve_all_until, session, 1.0)
        sandboxes.opening.set()
        await it.rest()
        assert sandboxes.ran == ["x()"], "that one was approved by its card"
        assert it.thread()[-1] == "finished: The team has finished."

        sandboxes.opening.clear()
        sandboxes.queued.clear()
        await it.database.write(sessions.approve_all_until, session, it.runner.clock() + 3600)
        await it.say("more")
        await sandboxes.queued.wait()
        await it.database.write(sessions.approve_all_until, session, 1.0)
        sandboxes.opening.set()
        await it.rest()
        assert it.thread()[-1] == "assistant would run: y() [open]"
        await it.decide("approve")
        await it.rest()
    assert sandboxes.ran == ["x()", "y()"]


async def test_a_stop_after_the_end_takes_the_leave_for_all_code_back(
    tmp_path: Path, sandboxes: ScriptedSandboxes
) -> None:
    teams = FakeTeams([code("x()"), finished(), code("y()")])
    async with harness(tmp_path, teams, sandboxes=sandboxes, policy=ALWAYS) as it:
        await it.talk("Go")
        await it.decide("approve_all")
        await it.rest()
        await it.stop()
        thread = await it.talk("more")
    assert sandboxes.ran == ["x()"]
    assert thread[-1] == "assistant would run: y() [open]"


async def test_a_stop_after_the_end_takes_approvals_back(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    teams = FakeTeams([code("x()"), finished()], Limits(max_turns=1))
    async with harness(tmp_path, teams, sandboxes=sandboxes, policy=ALWAYS) as it:
        await it.talk("Go")
        await it.decide("approve")
        await it.rest()
        assert (await it.view()).outcome == "limit"
        await it.stop("Ann")
        await it.talk("thanks", who="Eve")
    assert sandboxes.ran == []
