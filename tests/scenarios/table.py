"""The scenarios. Each is a function of a place; `SCENARIOS` is what a platform's tests are parametrised with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from bot.events import RunResult
from tests.fakes.scripted_sandbox import Does
from tests.fakes.team import FakeTeams, Held, asks, code, finished, said
from tests.scenarios.place import Place

Scenario: TypeAlias = Callable[[Place], Awaitable[None]]


async def a_task_with_a_file_becomes_a_thread_with_code_output_files_and_a_closing_line(place: Place) -> None:
    teams = FakeTeams([code("plot()"), finished("The north leads.")])
    async with place.running(teams):
        place.sandboxes.programs["plot()"] = Does(RunResult(0, "drawn\n", 0.1), {"chart.png": b"\x89PNG"})
        thread = await place.asks("Ana", "plot this by region", {"sales.csv": b"a,b\n1,2\n"})
        await place.reads(thread, "The team has finished")
    told = place.told(thread)
    assert _in_order(
        told, "plot()", "exit code 0", "drawn", "chart.png", "The north leads.", "The team has finished"
    )
    assert place.files(thread) == {"chart.png": b"\x89PNG"}
    assert teams.heard[0] == ["plot this by region [sales.csv]"]


async def replies_answer_and_bring_files(place: Place) -> None:
    teams = FakeTeams([asks("Which?"), finished()])
    async with place.running(teams):
        thread = await place.asks("Ana", "compare")
        await place.reads(thread, "Which?")
        await place.says("Ben", thread, "the north", {"north.csv": b"1"})
        await place.reads(thread, "The team has finished")
    assert teams.heard == [["compare"], ["the north [north.csv]"]]


async def people_can_talk_among_themselves(place: Place) -> None:
    teams = FakeTeams([asks("Which?"), finished()])
    async with place.running(teams):
        thread = await place.asks("Ana", "compare")
        await place.reads(thread, "Which?")
        await place.says("Ben", thread, "aside: lunch?")
        await place.says("Ana", thread, "mute")
        await place.reads(thread, "Muted by Ana")
        await place.says("Ben", thread, "pizza it is")
        await place.says("Ana", thread, "unmute")
        await place.reads(thread, "Unmuted by Ana")
        await place.says("Ben", thread, "the first")
        await place.reads(thread, "The team has finished")
    assert teams.heard == [["compare"], ["the first"]]


async def a_word_stops_the_team(place: Place) -> None:
    await _stopped(place, lambda thread: place.says("Ben", thread, "TERMINATE"))


async def a_reaction_stops_the_team(place: Place) -> None:
    await _stopped(place, lambda thread: place.reacts("Ben", thread))


async def the_platforms_own_stop_stops_the_team(place: Place) -> None:
    await _stopped(place, lambda thread: place.stops("Ben", thread))


async def a_reply_after_the_end_goes_on(place: Place) -> None:
    teams = FakeTeams([finished("One."), finished("Two.")])
    async with place.running(teams):
        thread = await place.asks("Ana", "count")
        await place.reads(thread, "The team has finished")
        await place.says("Ana", thread, "go on")
        await place.reads(thread, "The team has finished", times=2)
    assert teams.heard == [["count"], ["go on"]]


async def what_was_said_while_nothing_ran_is_heard_once(place: Place) -> None:
    teams = FakeTeams([asks("Which?"), asks("And then?"), finished()])
    async with place.running(teams):
        thread = await place.asks("Ana", "compare")
        await place.reads(thread, "Which?")
    await place.says("Ana", thread, "the first")
    async with place.running(teams):
        await place.reads(thread, "And then?")
    async with place.running(teams):
        await place.says("Ana", thread, "the last")
        await place.reads(thread, "The team has finished")
    assert teams.heard == [["compare"], ["the first"], ["the last"]]


async def a_turn_that_a_restart_cut_off_is_told_once(place: Place) -> None:
    held = Held(finished("It is 42."))
    teams = FakeTeams([said("I look."), held])
    async with place.running(teams):
        thread = await place.asks("Ana", "compute")
        await place.reads(thread, "I look.")
        await held.arrived.wait()
    held.released.set()
    async with place.running(teams):
        await place.reads(thread, "The team has finished")
    told = place.told(thread)
    assert (told.count("I look."), told.count("It is 42.")) == (1, 1)


async def a_message_whose_answer_was_lost_is_there_once(place: Place) -> None:
    for taken in (True, False):
        held = Held(said("I look."))
        async with place.running(FakeTeams([said("One."), held, finished("Two.")])):
            thread = await place.asks("Ana", f"compute {taken}")
            await place.reads(thread, "One.")
            await held.arrived.wait()
            place.loses(taken=taken)
            held.released.set()
            await place.reads(thread, "The team has finished")
        assert _in_order(place.told(thread), "One.", "I look.", "Two.", "The team has finished")
        assert place.told(thread).count("I look.") == 1


SCENARIOS: tuple[Scenario, ...] = (
    a_task_with_a_file_becomes_a_thread_with_code_output_files_and_a_closing_line,
    replies_answer_and_bring_files,
    people_can_talk_among_themselves,
    a_word_stops_the_team,
    a_reaction_stops_the_team,
    the_platforms_own_stop_stops_the_team,
    a_reply_after_the_end_goes_on,
    what_was_said_while_nothing_ran_is_heard_once,
    a_turn_that_a_restart_cut_off_is_told_once,
    a_message_whose_answer_was_lost_is_there_once,
)


async def _stopped(place: Place, how: Callable[[object], Awaitable[None]]) -> None:
    held = Held()
    async with place.running(FakeTeams([said("I look."), held])):
        thread = await place.asks("Ana", "compute")
        await place.reads(thread, "I look.")
        await held.arrived.wait()
        await how(thread)
        await place.reads(thread, "Stopped by Ben")


def _in_order(text: str, *parts: str) -> bool:
    at = 0
    for part in parts:
        at = text.find(part, at)
        if at < 0:
            return False
    return True
