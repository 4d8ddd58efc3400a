"""What every Team keeps to. Subclass it and give it a fixture `seat`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import pytest

from bot.domain.errors import BadInput, ModelUnavailable, Stopped
from bot.domain.events import Message
from bot.domain.participants import Person, ThreadRef
from bot.domain.state_deltas import fold
from bot.domain.turn_results import Answered, Asks, Finished, Ran, RunResult, Said, StateDelta, TurnResult, What
from bot.ports import Team, Teams, TeamState
from tests.fakes.team import EXECUTOR, SPEAKER, Held, Line, code
from tests.fakes.turn import FakeTurn

Seat: TypeAlias = Callable[[Sequence[Line]], Teams]
"""Teams that know `pair`: an agent called `assistant`, who says these lines, and an `executor`."""

THREAD = ThreadRef("chat", "", "c", "1")
BOOM = RunResult(1, "boom\n", 0.2, note="a note")


def hear(text: str, who: str = "Ann", name: str | None = None) -> Message:
    """Something that a person said."""
    return Message(name or text, THREAD, Person(f"U-{who}", who), text)


@dataclass(slots=True)
class Chain:
    """What the store keeps of a team: the changes of its committed turns."""

    deltas: list[StateDelta] = field(default_factory=list)
    blobs: dict[str, str] = field(default_factory=dict)

    def commit(self, result: TurnResult) -> None:
        self.deltas.append(result.delta)
        self.blobs |= result.delta.blobs

    def state(self) -> TeamState | None:
        """The state, by way of JSON, as a restart has it."""
        state: dict[str, Any] | None = json.loads(json.dumps(fold(self.deltas, self.blobs)))
        return state


class TeamContract:
    """Needs a fixture `seat`."""

    @pytest.fixture
    def seat(self) -> Seat:
        raise NotImplementedError

    @pytest.mark.parametrize(
        "what",
        [
            Answered("I look."),
            Answered("Zwölf Boxkämpfer.\n\n- a\n- b"),
            code("print(1)"),
            Asks("", "Which?"),
            Finished("Done."),
        ],
        ids=lambda what: what.kind,
    )
    async def test_a_turn_brings_what_the_agent_said(self, seat: Seat, what: What) -> None:
        team = await seat([what]).open("pair", None)
        turn = FakeTurn()
        result = await team.turn([hear("Go")], turn)
        assert (result.who, result.what) == (SPEAKER, what)
        assert turn.spoke == [SPEAKER]
        assert turn.ran == []

    async def test_code_is_run_in_the_next_turn_and_its_results_come_back_as_they_are(self, seat: Seat) -> None:
        wrote = code("print(1)")
        team = await seat([wrote, Said("I see.")]).open("pair", None)
        await team.turn([hear("Go")], FakeTurn())
        turn = FakeTurn(results=[BOOM])
        result = await team.turn([], turn)
        assert (result.who, result.what) == (EXECUTOR, Ran((BOOM,)))
        assert turn.ran == [wrote.blocks]
        assert turn.spoke == [EXECUTOR]
        assert (await team.turn([], FakeTurn())).what == Said("I see.")

    async def test_a_team_made_anew_at_every_turn_says_what_a_living_one_says(self, seat: Seat) -> None:
        script: list[Line] = [Answered("one"), code("two()"), Asks("", "three?"), code("four()"), Finished("five")]
        heard = [
            [hear("Go")],
            [hear("more"), hear("and more", "Ben")],
            [],
            [],
            [hear("yes")],
            [],
            [hear("thanks")],
        ]
        living, anew = Chain(), Chain()
        team = await seat(script).open("pair", None)
        teams = seat(script)
        for said in heard:
            one = await team.turn(said, FakeTurn())
            other = await (await teams.open("pair", anew.state())).turn(said, FakeTurn())
            assert (one.who, one.what) == (other.who, other.what)
            living.commit(one)
            anew.commit(other)
            assert _size(one.delta) == pytest.approx(_size(other.delta), rel=0.05)
        assert isinstance(one.what, Finished)

    async def test_a_stop_ends_a_call_at_once(self, seat: Seat) -> None:
        held = Held()
        team = await seat([held]).open("pair", None)
        turn = FakeTurn()
        working = asyncio.create_task(team.turn([hear("Go")], turn))
        await held.arrived.wait()
        turn.stop.set()
        with pytest.raises(Stopped) as stopped:
            await working
        assert stopped.value.usage, "what the stopped call may have cost is counted"

    async def test_a_stop_ends_a_run(self, seat: Seat) -> None:
        team = await seat([code("loop()")]).open("pair", None)
        await team.turn([hear("Go")], FakeTurn())
        turn = FakeTurn(running=asyncio.Event())
        working = asyncio.create_task(team.turn([], turn))
        assert turn.running is not None
        await turn.running.wait()
        turn.stop.set()
        with pytest.raises(Stopped):
            await working

    async def test_after_a_stop_a_new_team_goes_on_from_the_last_commit(self, seat: Seat) -> None:
        held, chain = Held(Answered("two")), Chain()
        teams = seat([Answered("one"), held, Answered("three")])
        team = await teams.open("pair", None)
        chain.commit(await team.turn([hear("Go")], FakeTurn()))
        turn = FakeTurn()
        working = asyncio.create_task(team.turn([], turn))
        await held.arrived.wait()
        turn.stop.set()
        await asyncio.wait([working])
        assert isinstance(working.exception(), Stopped)
        held.released.set()
        await self._goes_on(await teams.open("pair", chain.state()), ["two", "three"])

    async def test_a_cancelled_turn_leaves_nothing_running(self, seat: Seat) -> None:
        held = Held()
        team = await seat([held]).open("pair", None)
        before = asyncio.all_tasks()
        working = asyncio.create_task(team.turn([hear("Go")], FakeTurn()))
        await held.arrived.wait()
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working
        assert asyncio.all_tasks() <= before

    async def test_a_model_that_does_not_answer_is_told_as_such_and_a_new_team_goes_on(self, seat: Seat) -> None:
        chain = Chain()
        teams = seat([Answered("one"), ModelUnavailable("Busy."), Answered("two"), Answered("three")])
        team = await teams.open("pair", None)
        chain.commit(await team.turn([hear("Go")], FakeTurn()))
        with pytest.raises(ModelUnavailable):
            await team.turn([], FakeTurn())
        await self._goes_on(await teams.open("pair", chain.state()), ["two", "three"])

    async def test_every_turn_has_its_own_usage(self, seat: Seat) -> None:
        team = await seat([code("x()"), Answered("I see.")]).open("pair", None)
        used = [(await team.turn(heard, FakeTurn())).usage for heard in ([hear("Go")], [], [])]
        assert [len(usage) for usage in used] == [1, 0, 1]
        assert {usage.agent for usages in used for usage in usages} == {SPEAKER}
        assert all(usage.tokens > 0 for usages in used for usage in usages)

    async def test_a_turn_adds_little_to_the_state(self, seat: Seat) -> None:
        chain = Chain()
        teams = seat([Answered(f"{number} " + "word " * 100) for number in range(30)])
        team = await teams.open("pair", None)
        for number in range(15):
            chain.commit(await team.turn([hear("Go", name=f"{number}")], FakeTurn()))
        anew = await teams.open("pair", chain.state())
        for number in range(15, 30):
            chain.commit(await anew.turn([hear("Go", name=f"{number}")], FakeTurn()))
        sizes = [_size(delta) for delta in chain.deltas]
        assert max(sizes[10:]) <= 1.2 * min(sizes[2:10])

    async def test_an_unknown_team_is_bad_input(self, seat: Seat) -> None:
        teams = seat([])
        assert "pair" in teams.names()
        assert teams.limits("pair").max_turns > 0
        with pytest.raises(BadInput, match=r"There is no team 'nobody'\. Teams: "):
            teams.limits("nobody")
        with pytest.raises(BadInput):
            await teams.open("nobody", None)

    async def _goes_on(self, team: Team, texts: list[str]) -> None:
        for text in texts:
            assert (await team.turn([], FakeTurn())).what == Answered(text)


def _size(delta: StateDelta) -> int:
    """The bytes that a change adds to the tables."""
    named = sum(len(path) + 66 * len(change.append) for path, change in delta.lists.items())
    return len(delta.skeleton) + named + sum(len(data) for data in delta.blobs.values())
