"""Caps that hold: nothing starts that could pass one, and people decide what happens there."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.domain.errors import BadInput, Denied
from bot.domain.events import CodeBlock
from bot.domain.participants import Person, ThreadRef
from bot.domain.policy import Policy
from bot.domain.posts import BudgetPost, CostPost
from bot.domain.turn_results import RunResult, Usage, What
from bot.ports import TurnPort
from bot.store import ledger
from tests.bot.engine.harness import THREAD, EngineHarness, harness
from tests.fakes.scripted_sandbox import Does, ScriptedSandboxes
from tests.fakes.team import FakeTeams, code, finished, said
from tests.platforms.postgres import Cluster

EVE = Person("U-Eve", "Eve")
WORST = Usage("assistant", "fake/model", 90, 10, estimated=True)


def capped(**budget: dict[str, Any]) -> Policy:
    """A policy with these caps, and no others in dollars."""
    scopes = ("session", "user", "channel", "day", "installation")
    free = {scope: {"dollars": float("inf")} for scope in scopes}
    return Policy.model_validate({"budget": {scope: free[scope] | budget.get(scope, {}) for scope in scopes}})


async def calls(turn: TurnPort) -> What:
    """A turn that calls a model, whose worst case is a dollar."""
    await turn.reserve(WORST)
    return said("hm")


def dollars(usage: Usage) -> float:
    """A cent a token: an answer costs 15 cents, its worst case a dollar."""
    return usage.tokens / 100


async def spent(it: EngineHarness) -> float | None:
    return await it.database.read(ledger.cost_since, 0)


async def test_a_call_that_could_pass_the_cap_asks_people(tmp_path: Path) -> None:
    teams = FakeTeams([calls, calls, finished()])
    async with harness(tmp_path, teams, price=dollars, policy=capped(session={"dollars": 1.1})) as it:
        await it.talk("Go")
        card, view = it.card(), await it.view()
    assert isinstance(card, BudgetPost)
    assert (card.scope, card.unit, card.spent, card.cap, card.needed) == ("session", "dollars", 0.15, 1.1, 1.0)
    assert card.text == (
        "The budget of this session is too small: $0.15 of $1.10 are spent, "
        "and the next step could take $1.00. A raise by $1.10 lets the team go on."
    )
    assert view.status == "waiting"


async def test_a_raise_lets_the_team_go_on_and_nobody_is_asked_twice(tmp_path: Path) -> None:
    teams = FakeTeams([calls, calls, calls, finished()])
    async with harness(tmp_path, teams, price=dollars, policy=capped(session={"dollars": 1.1})) as it:
        await it.talk("Go")
        with pytest.raises(Denied, match="may not decide about budgets"):
            await it.decide("raise", who=EVE)
        await it.decide("raise")
        await it.rest()
        thread = it.thread()
    assert thread[1].endswith("[Raised by $1.10 by Ann.]")
    assert thread[2:] == ["assistant: hm", "assistant: hm", "assistant: Done.", "finished: The team has finished."]


async def test_a_raise_that_is_not_enough_is_asked_about_again(tmp_path: Path) -> None:
    teams = FakeTeams([calls, calls, finished()])
    async with harness(tmp_path, teams, price=dollars, policy=capped(session={"dollars": 1.1})) as it:
        await it.talk("Go")
        await it.decide("raise", amount=0.01)
        await it.rest()
        card = it.card()
        assert isinstance(card, BudgetPost)
        assert card.decided is None
        assert card.cap == pytest.approx(1.11)
        for amount in (-1.0, float("inf"), float("nan"), 1e300):
            with pytest.raises(BadInput):
                await it.decide("raise", amount=amount)


async def test_people_may_finish_at_the_cap_and_see_what_there_is(
    tmp_path: Path, sandboxes: ScriptedSandboxes
) -> None:
    sandboxes.programs["plot()"] = Does(RunResult(0, "done", 0.1), files={"chart.png": b"x"})
    teams = FakeTeams([calls, code("plot()"), code("x()"), calls])
    async with harness(
        tmp_path, teams, sandboxes=sandboxes, price=dollars, policy=capped(session={"dollars": 1.1})
    ) as it:
        await it.talk("Go")
        await it.decide("finish")
        await it.rest()
        thread = it.thread()
    assert thread[-2].endswith("[Ann chose to finish with what there is.]")
    assert thread[-1] == (
        "finished: Ann let the team finish. There are files: chart.png. assistant said last: “hm”"
    )


async def test_or_stop(tmp_path: Path) -> None:
    async with harness(
        tmp_path, FakeTeams([calls, calls]), price=dollars, policy=capped(session={"dollars": 1.1})
    ) as it:
        await it.talk("Go")
        await it.decide("stop")
        await it.rest()
        assert it.thread()[-1] == "stopped: Stopped by Ann."


async def test_a_message_at_the_cap_tries_again_without_another_card(tmp_path: Path) -> None:
    teams = FakeTeams([calls, calls, finished()])
    async with harness(tmp_path, teams, price=dollars, policy=capped(session={"dollars": 1.1})) as it:
        await it.talk("Go")
        thread = await it.talk("and now?")
        assert (await it.view()).status == "waiting"
        assert [line for line in thread if line.endswith("[open]")] == [thread[1]]
        assert thread[2:] == ["(Noted, Ann: the team gets this once the budget has room.)"]
        assert await it.talk("hello?") == thread, "that is said once"
        await it.decide("raise")
        await it.rest()
    assert ["and now?", "hello?"] in teams.heard


@pytest.mark.parametrize("scope", ["user", "channel", "day", "installation"])
async def test_sessions_that_race_cannot_overshoot_together(tmp_path: Path, scope: str) -> None:
    await race(tmp_path, scope)


@pytest.mark.postgres
async def test_nor_can_they_where_many_write_at_once(tmp_path: Path, cluster: Cluster) -> None:
    await race(tmp_path, "user", cluster.database())


async def race(tmp_path: Path, scope: str, url: str = "") -> None:
    """Six sessions at once, under a cap that has room for the worst case of three."""
    together = asyncio.Barrier(6)

    async def races(turn: TurnPort) -> What:
        await together.wait()
        await turn.reserve(WORST)
        return finished()

    threads = [ThreadRef("chat", "team", "general", f"t{number}") for number in range(6)]
    teams = FakeTeams([races], usage=(WORST,))
    policy = capped(**{scope: {"dollars": 3.5}}).model_copy(update={"sessions_per_user": 6})
    async with harness(tmp_path, teams, price=dollars, policy=policy, url=url) as it:
        await asyncio.gather(*(it.say("Go", thread=thread) for thread in threads))
        await it.rest()
        outcomes = sorted([(await it.view(thread)).status for thread in threads])
        assert await spent(it) == pytest.approx(3.0)
    assert outcomes == ["ended"] * 3 + ["waiting"] * 3


async def test_a_cap_counts_only_what_it_is_about(tmp_path: Path) -> None:
    teams = FakeTeams([calls, finished()])
    elsewhere = ThreadRef("chat", "team", "random", "1")
    policy = capped(user={"dollars": 1.1}, channel={"dollars": 1.2})
    async with harness(tmp_path, teams, price=dollars, policy=policy) as it:
        assert (await it.talk("Go"))[-1] == "finished: The team has finished."
        assert (await it.talk("Go", thread=elsewhere))[-1].startswith(
            "The budget of the sessions of Ann in 24 hours"
        )
        other = ThreadRef("chat", "team", "random", "2")
        assert (await it.talk("Go", "Ben", other))[-1] == "finished: The team has finished."
        full = ThreadRef("chat", "team", "general", "3")
        assert (await it.talk("Go", "Cleo", full))[-1].startswith("The budget of this channel in 24 hours")


async def test_a_cap_that_is_lowered_holds_for_the_turn_that_is_on(tmp_path: Path) -> None:
    rules = [capped()]

    async def lowered(turn: TurnPort) -> What:
        rules[0] = capped(session={"dollars": 0.9})
        return await calls(turn)

    async with harness(tmp_path, FakeTeams([lowered]), price=dollars) as it:
        it.runner.policy = lambda: rules[0]
        thread = await it.talk("Go")
        assert thread[0].startswith("The budget of this session is too small")
        assert await spent(it) == 0


async def test_a_crash_leaves_the_reservation_spent(tmp_path: Path) -> None:
    async def dies(turn: TurnPort) -> What:
        await turn.reserve(WORST)
        await asyncio.Event().wait()
        raise AssertionError

    policy = capped(session={"dollars": 1.5})
    async with harness(tmp_path, FakeTeams([dies]), price=dollars, policy=policy, grace=0) as it:
        await it.say("Go")
        while not await spent(it):  # noqa: ASYNC110  (the ledger has no bell)
            await asyncio.sleep(0)
    async with harness(tmp_path, FakeTeams([calls]), price=dollars, policy=policy) as it:
        await it.rest()
        assert (await it.view()).status == "waiting"


async def test_tokens_are_capped_where_they_are_counted(tmp_path: Path) -> None:
    async with harness(
        tmp_path, FakeTeams([calls, calls]), price=lambda _: None, policy=capped(session={"tokens": 110})
    ) as it:
        thread = await it.talk("Go")
    assert thread[-1].startswith("The budget of this session is too small: 15 tokens of 110 tokens are spent")


async def test_a_model_without_a_price_needs_a_cap_on_tokens(tmp_path: Path) -> None:
    async with harness(
        tmp_path, FakeTeams([calls]), price=lambda _: None, policy=capped(session={"dollars": 5.0})
    ) as it:
        (line,) = await it.talk("Go")
        assert "The price of fake/model is unknown" in line
        assert "ROUNDTABLE_PRICES=fake/model=IN/OUT" in line
        assert (await it.view()).status == "paused"
        assert await spent(it) == 0


async def test_what_is_free_has_no_cap_in_dollars(tmp_path: Path) -> None:
    teams = FakeTeams([calls, finished()])
    async with harness(tmp_path, teams, price=lambda _: 0.0, policy=capped(session={"dollars": 0.01})) as it:
        assert (await it.talk("Go"))[-1] == "finished: The team has finished."


async def test_turns_and_hours_of_work_are_capped_and_raised(tmp_path: Path) -> None:
    teams = FakeTeams([said("one"), said("two"), said("three"), finished()])
    async with harness(tmp_path, teams, policy=capped(session={"turns": 2})) as it:
        thread = await it.talk("Go")
        assert thread[-1].startswith("The budget of this session is used up: 2 turns of 2 turns are spent")
        await it.decide("raise", amount=10)
        await it.rest()
        assert it.thread()[-1] == "finished: The team has finished."

    (tmp_path / "other").mkdir()
    async with harness(tmp_path / "other", teams, policy=capped(session={"hours": 1e-12})) as it:
        assert "hours are spent" in (await it.talk("Go"))[-1]


async def test_cost_says_where_it_went_and_disturbs_nobody(tmp_path: Path) -> None:
    teams = FakeTeams([said("one"), said("two"), finished()])
    async with harness(tmp_path, teams) as it:
        await it.talk("Go")
        await it.talk("Cost")
        await it.talk("cost!", who="Eve")
        answer, view = it.chat.posts(THREAD)[-1], await it.view()
    assert isinstance(answer, CostPost)
    assert [(line.name, line.calls, line.tokens, line.cost) for line in (answer.total, *answer.agents)] == [
        ("in all", 3, 45, 1.5),
        ("assistant (fake/model)", 3, 45, 1.5),
    ]
    assert [line.name for line in answer.turns] == [f"turn {number} (assistant)" for number in (1, 2, 3)]
    assert (view.status, len(teams.heard)) == ("ended", 3)


async def test_nothing_has_cost_anything_where_there_is_no_session(tmp_path: Path) -> None:
    async with harness(tmp_path, FakeTeams([])) as it:
        with pytest.raises(BadInput, match="no session here yet"):
            await it.say("cost")


async def test_code_edited_at_the_last_turn_waits_at_the_budget(
    tmp_path: Path, sandboxes: ScriptedSandboxes
) -> None:
    policy = capped(session={"turns": 1}).model_copy(update={"code_approval": "always"})
    teams = FakeTeams([code("x()"), finished()])
    async with harness(tmp_path, teams, sandboxes=sandboxes, policy=policy) as it:
        await it.talk("Go")
        await it.decide("edit", blocks=(CodeBlock("python", "safer()\n"),))
        await it.shows(2)
        await it.rest()
        await it.decide("raise", amount=10)
        await it.rest()
    assert sandboxes.ran == ["safer()"]
    assert ["[safer()]"] in teams.heard, "the team is told of the edit all the same"


@pytest.mark.parametrize("scope", ["channel", "day", "installation"])
async def test_what_is_shared_with_others_is_raised_by_admins_only(tmp_path: Path, scope: str) -> None:
    policy = capped(**{scope: {"dollars": 0.5}})
    async with harness(tmp_path, FakeTeams([calls, finished()]), price=dollars, policy=policy) as it:
        await it.talk("Go")
        with pytest.raises(Denied, match="may not decide about budgets"):
            await it.decide("raise")
        await it.decide("raise", who=Person("U-Bo", "Bo", ("admin",)))
        await it.rest()
        assert it.thread()[-1] == "finished: The team has finished."


async def test_one_person_has_one_budget_wherever_they_start(tmp_path: Path) -> None:
    elsewhere = ThreadRef("chat", "another team", "general", "1")
    async with harness(
        tmp_path, FakeTeams([calls, finished()]), price=dollars, policy=capped(user={"dollars": 1.1})
    ) as it:
        assert (await it.talk("Go"))[-1] == "finished: The team has finished."
        assert (await it.talk("Go", thread=elsewhere))[-1].startswith("The budget of the sessions of Ann")


async def twice(turn: TurnPort) -> What:
    """A turn that calls a model two times, a dollar each at worst."""
    await turn.reserve(WORST)
    await turn.reserve(WORST)
    return finished()


async def test_a_turn_of_several_calls_is_asked_about_once(tmp_path: Path) -> None:
    async with harness(tmp_path, FakeTeams([twice]), price=dollars, policy=capped(session={"dollars": 1.5})) as it:
        await it.talk("Go")
        card = it.card()
        assert isinstance(card, BudgetPost)
        assert (card.spent, card.needed) == (0.0, 2.0)
        assert card.decided is None
        await it.talk("hm?")
        assert it.card() == card
        await it.decide("raise", amount=0.5)
        await it.rest()
        assert (await it.view()).outcome == "finished"


async def test_an_unbilled_attempt_leaves_room_for_the_next(tmp_path: Path) -> None:
    async def again(turn: TurnPort) -> What:
        for _ in range(3):
            await turn.reserve(WORST)
            await turn.unbilled()
        return finished()

    async with harness(tmp_path, FakeTeams([again]), price=dollars, policy=capped(session={"dollars": 1.5})) as it:
        await it.talk("Go")
        assert (await it.view()).outcome == "finished"
        assert await spent(it) == pytest.approx(0.15)
