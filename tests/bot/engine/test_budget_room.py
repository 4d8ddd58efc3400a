"""When a budget that was used up has room again, and who goes on then."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.domain.errors import ModelRefused
from bot.domain.events import Decision
from bot.domain.participants import Person, ThreadRef
from bot.engine.admission import Admission
from bot.engine.intake_transaction import apply_event
from tests.bot.engine.harness import THREAD, harness, show
from tests.bot.engine.test_budgets import calls, capped, dollars
from tests.fakes.chat import FakeChat
from tests.fakes.team import FakeTeams, finished


async def test_a_raise_lets_all_go_on_that_wait_for_that_budget(tmp_path: Path) -> None:
    other = ThreadRef("chat", "team", "random", "1")
    teams = FakeTeams([calls, finished()])
    async with harness(tmp_path, teams, price=dollars, policy=capped(user={"dollars": 0.5})) as it:
        await it.talk("Go")
        await it.talk("Go", thread=other)
        assert [(await it.view(each)).status for each in (THREAD, other)] == ["waiting", "waiting"]
        await it.decide("raise", amount=50)
        await it.rest()
        assert show(it.card()).endswith("[Raised by $50.00 by Ann.]")
        assert show(it.card(other)).endswith("[There is room again.]")


async def test_more_room_by_new_rules_is_used_once_somebody_speaks(
    tmp_path: Path,
) -> None:
    teams = FakeTeams([calls, ModelRefused("The key is wrong."), finished()])
    async with harness(tmp_path, teams, price=dollars, policy=capped(session={"dollars": 0.5})) as it:
        await it.talk("Go")
        it.policy = capped(session={"dollars": 5})
        await it.talk("and now?")
        view = await it.view()
        assert (view.status, show(it.card()).endswith("[There is room again.]")) == ("paused", True)
        await it.talk("again")
        assert (await it.view()).outcome == "finished"


async def test_what_is_said_after_the_decision_to_finish_is_answered(tmp_path: Path) -> None:
    teams = FakeTeams([calls, finished("Again.")])
    async with harness(tmp_path, teams, price=dollars, policy=capped(session={"dollars": 0.5})) as it:
        await it.talk("Go")
        it.policy = capped(session={"dollars": 5})
        await asyncio.gather(it.decide("finish"), it.say("wait, do X first"))
        await it.rest()
        assert ["wait, do X first"] in [heard[-1:] for heard in teams.heard]


async def test_a_raise_before_a_crash_reaches_all_that_wait(tmp_path: Path) -> None:
    other = ThreadRef("chat", "team", "random", "1")
    teams, chat = FakeTeams([calls, finished()]), FakeChat()
    policy = capped(user={"dollars": 0.5})
    async with harness(tmp_path, teams, chat=chat, price=dollars, policy=policy) as it:
        await it.talk("Go")
        await it.talk("Go", thread=other)
        request = it.card().request
        decision = Decision("k", THREAD, Person("U-Ann", "Ann"), request, "raise", amount=50)
        await it.database.write(apply_event, decision, Admission(policy, {"pair"}, "pair"), it.runner.clock())
    async with harness(tmp_path, teams, chat=chat, price=dollars, policy=policy) as it:
        await it.rest()
        assert [(await it.view(each)).status for each in (THREAD, other)] == ["ended", "ended"]
