"""What the fault battery comes to for a session: it says so, it rests, it can be stopped, and it goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agents.models import choose
from agents.spec import TeamSpec, load_all
from agents.team import AutogenTeam
from agents.team_builder import TeamBuilder
from bot.domain.audit_facts import Disbelieved
from bot.ports import TeamState
from bot.settings import Settings
from bot.store import audit
from bot.store.audit import AuditFilter
from tests.agents.models.faults import FAULTS, FREE, Fault
from tests.agents.models.harness import OPENAI, QUICK, Case
from tests.bot.engine.harness import EngineHarness, harness
from tests.platforms.script import Hold, Say, Script

ROWS = [fault for fault in FAULTS if not fault.settings and not fault.name.startswith("Retry-After")]
"""All but those that need settings of their own, or say the same several times."""
DONE = Say("See you.\nTERMINATE")


class Teams:
    """Implements `bot.ports.Teams` for `pair`, with pauses between attempts that a test can wait for."""

    def __init__(self, settings: Settings) -> None:
        self._model = choose(settings)
        self.builder = TeamBuilder(settings, backoff=QUICK)
        self._spec = load_all()["pair"]

    def names(self) -> Mapping[str, str]:
        return {"pair": self._spec.description}

    def limits(self, name: str) -> TeamSpec:
        return self._spec

    async def open(self, name: str, state: TeamState | None) -> AutogenTeam:
        team = self.builder.build(self._spec, {agent.name: self._model for agent in self._spec.speakers})
        await team.load(state)
        return team


@asynccontextmanager
async def session(
    folder: Path, case: Case = OPENAI, model: str = "openai/llama3"
) -> AsyncIterator[tuple[EngineHarness, Script]]:
    """An engine whose model is at a played server."""
    async with case.play() as server:
        teams = Teams(case.at(server.url, roundtable_model=model))
        async with harness(folder, teams) as it:
            yield it, server
        await teams.builder.close()


@pytest.mark.parametrize("fault", [row for row in ROWS if row.error], ids=lambda fault: fault.name)
async def test_a_fault_is_said_and_the_session_waits_then_goes_on(tmp_path: Path, fault: Fault) -> None:
    async with asyncio.timeout(60), session(tmp_path, fault.case, fault.model) as (it, server):
        server.add(*fault.replies)
        thread = await it.talk("Hello")
        waits = await it.view()
        server.add(DONE)
        after = await it.talk("Go on")

    assert "Nothing is lost" in thread[-1]
    assert waits.status == "paused"
    assert (waits.wake_at is not None) is (fault.error == "ModelUnavailable"), "by itself where that may help"
    assert (waits.tokens == 0) is (set(fault.books) == {FREE})
    assert "assistant: See you." in after


@pytest.mark.parametrize("fault", [row for row in ROWS if not row.error], ids=lambda fault: fault.name)
async def test_a_fault_that_is_got_over_is_not_noticed(tmp_path: Path, fault: Fault) -> None:
    async with asyncio.timeout(60), session(tmp_path, fault.case, fault.model) as (it, server):
        server.add(*fault.replies)
        server.answer(lambda _call: DONE)
        thread = await it.talk("Hello")
        disbelieved = [row.what for row in await it.database.read(audit.page, AuditFilter(kinds=["usage"]))]

    assert not any("Nothing is lost" in line for line in thread)
    assert f"assistant: {fault.text}" in thread
    # More cached than asked: the figures that count are those that were reported.
    assert [isinstance(what, Disbelieved) for what in disbelieved] == [True] * fault.disbelieved


@pytest.mark.parametrize("after", [0, 2])
async def test_a_stop_ends_a_call_in_the_middle(tmp_path: Path, after: int) -> None:
    async with asyncio.timeout(30), session(tmp_path) as (it, server):
        hold = Hold(Say("one two three four five"), after)
        server.add(hold)
        await it.say("Hello")
        await hold.arrived.wait()

        await it.stop()
        await hold.gone.wait()
        await it.rest()

        assert (await it.view()).status == "ended"
        assert len(server.calls) == 1
