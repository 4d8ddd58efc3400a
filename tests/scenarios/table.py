"""The scenarios. Each is a function of a place; `SCENARIOS` is what a platform's tests are parametrised with."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from bot.domain.events import Code, CodeBlock, RunResult
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


# --- Decisions --------------------------------------------------------------------------------------------------

_ALWAYS: Mapping[str, Any] = {"code_approval": "always"}
_ALL = "Approve all in this session"


async def approved_code_runs_and_the_card_says_who_approved_it(place: Place) -> None:
    async with place.running(FakeTeams([code("x()"), code("y()"), finished("It is 42.")]), _ALWAYS):
        thread = await place.asks("Ana", "compute")
        card = await place.card(thread, "Approve")
        assert "x()" in place.told(thread)
        assert place.sandboxes.ran == []
        await place.clicks("Ana", card, "Approve")
        await place.reads(thread, "Approved by Ana.")
        await place.clicks("Ana", await place.card(thread, _ALL, times=2), _ALL)
        await place.reads(thread, "It is 42.")
        await place.reads(thread, "as is all code that follows for a while")
        assert place.sandboxes.ran == ["x()", "y()"]


async def rejected_code_is_not_run_and_the_team_hears_why(place: Place) -> None:
    teams = FakeTeams([code("x()"), finished("Never mind.")])
    async with place.running(teams, _ALWAYS):
        thread = await place.asks("Ana", "compute")
        await place.fills("Ana", await place.card(thread, "Reject"), "Reject", "too slow")
        await place.reads(thread, "Rejected by Ana: too slow. It was not run.")
        await place.reads(thread, "Never mind.")
        assert place.sandboxes.ran == []
    assert [result.note for result in teams.reports] == ["Ana rejected this code: too slow. It was not run."]


async def all_blocks_of_code_are_edited_in_one_form(place: Place) -> None:
    two = Code("", (CodeBlock("python", "x()\n"), CodeBlock("bash", "ls\n")))
    async with place.running(FakeTeams([two, finished()]), _ALWAYS):
        thread = await place.asks("Ana", "compute")
        card = await place.card(thread, "Edit")
        await place.fills("Ana", card, "Edit", "```python\nx(1)")
        await place.ephemeral("Ana", "a block is not closed; nothing was decided")
        stood = await place.fills("Ana", card, "Edit", "```python\nx(2)\n```\n\n```bash\nls -l\n```")
        await place.reads(thread, "Edited by Ana")
        await place.reads(thread, "The team has finished")
        assert stood == "```python\nx()\n```\n\n```bash\nls\n```"
        assert place.sandboxes.ran == ["x(2)", "ls -l"]
    assert "x(2)" in place.told(thread)


async def code_is_edited_by_a_reply_with_a_file(place: Place) -> None:
    async with place.running(FakeTeams([code("x()"), finished()]), _ALWAYS):
        thread = await place.asks("Ana", "compute")
        await place.card(thread, "Edit")
        told = place.told(thread)
        request = re.search(r"q[0-9a-f]{12}", told)
        assert request
        await place.says("Ana", thread, f"edit {request[0]}", {"new.py": b"y()\n"})
        await place.reads(thread, "Edited by Ana")
        await place.reads(thread, "The team has finished")
        assert place.sandboxes.ran == ["y()"]


async def code_is_edited_by_a_reply_as_chats_write_code(place: Place) -> None:
    async with place.running(FakeTeams([code("x()"), finished()]), _ALWAYS):
        thread = await place.asks("Ana", "compute")
        await place.card(thread, "Edit")
        request = re.search(r"q[0-9a-f]{12}", place.told(thread))
        assert request
        await place.says("Ana", thread, f"edit {request[0]}\n```import os\nx(1,  2)```")
        await place.reads(thread, "The team has finished")
        assert place.sandboxes.ran == ["import os\nx(1,  2)"]


async def code_is_edited_in_a_form_as_chats_write_code(place: Place) -> None:
    async with place.running(FakeTeams([code("x()"), finished()]), _ALWAYS):
        thread = await place.asks("Ana", "compute")
        await place.fills("Ana", await place.card(thread, "Edit"), "Edit", "```import os\nx(1,  2)```")
        await place.reads(thread, "The team has finished")
        assert place.sandboxes.ran == ["import os\nx(1,  2)"]


async def a_budget_is_raised_by_an_amount_that_somebody_names(place: Place) -> None:
    teams = FakeTeams([said("One."), said("Two."), said("Three."), finished()])
    async with place.running(teams, {"budget": {"session": {"turns": 2}}}):
        thread = await place.asks("Ana", "count")
        label = "Raise by another amount"
        card = await place.card(thread, label)
        await place.fills("Ana", card, label, "2,5")
        await place.ephemeral("Ana", "A raise is a number above 0")
        await place.fills("Ben", card, label, "3")
        await place.ephemeral("Ben", "You may not decide about budgets here")
        await place.fills("Ana", card, label, "3")
        await place.reads(thread, "Raised by 3 turns by Ana.")
        await place.reads(thread, "Three.")


async def attack_a_click_by_a_stranger(place: Place) -> None:
    async with place.running(FakeTeams([code("x()"), finished()]), _ALWAYS):
        thread = await place.asks("Ana", "compute")
        card = await place.card(thread, "Approve")
        await place.clicks("Ben", card, "Approve")
        await place.clicks("Ben", card, _ALL)
        await place.fills("Ben", card, "Reject", "no")
        await place.fills("Ben", card, "Edit", "evil()")
        await place.ephemeral("Ben", "You may not decide about code here", times=4)
        assert place.sandboxes.ran == []
        await place.clicks("Ana", card, "Approve")
        await place.reads(thread, "Approved by Ana.")
        await place.reads(thread, "The team has finished")
        assert place.sandboxes.ran == ["x()"]


async def attack_a_replayed_click(place: Place) -> None:
    async with place.running(FakeTeams([code("x()"), code("x()"), finished()]), _ALWAYS):
        thread = await place.asks("Ana", "compute")
        card = await place.card(thread, "Approve")
        await place.clicks("Ana", card, "Approve")
        second = await place.card(thread, "Approve", times=2)
        for label in ("Approve", _ALL):
            await place.clicks("Ana", card, label)
        await place.ephemeral("Ana", "Too late: that is settled already (approved by Ana).", times=2)
        assert place.sandboxes.ran == ["x()"]
        await place.clicks("Ana", second, "Approve")
        await place.reads(thread, "The team has finished")
        assert place.sandboxes.ran == ["x()", "x()"]


async def attack_two_clicks_at_once(place: Place) -> None:
    async with place.running(FakeTeams([code("x()"), finished()]), _ALWAYS):
        thread = await place.asks("Ana", "compute")
        card = await place.card(thread, "Approve")
        await asyncio.gather(*(place.clicks("Ana", card, "Approve") for _ in range(3)))
        await place.ephemeral("Ana", "Too late", times=2)
        await place.reads(thread, "The team has finished")
        assert place.sandboxes.ran == ["x()"]


async def attack_a_button_for_other_code_or_of_another_session(place: Place) -> None:
    async with place.running(FakeTeams([code("x()"), finished()]), _ALWAYS):
        hers, his = await place.asks("Ana", "compute"), await place.asks("Ben", "compute")
        card, foreign = await place.card(hers, "Approve"), await place.card(his, "Approve")
        await place.clicks("Ben", place.forged(card, foreign, "session"), "Approve")
        await place.clicks("Ben", place.forged(foreign, card, "request"), "Approve")
        await place.ephemeral("Ben", "That belongs to no request of this thread; nothing was decided.", times=2)
        assert place.sandboxes.ran == []


async def attack_the_code_changed_after_the_card(place: Place) -> None:
    teams = FakeTeams([code("x()"), code("y()"), finished()])
    async with place.running(teams, _ALWAYS):
        thread = await place.asks("Ana", "compute")
        first = await place.card(thread, "Approve")
        await place.clicks("Ana", first, "Approve")
        second = await place.card(thread, "Approve", times=2)
        for label in ("Approve", _ALL):
            await place.clicks("Ana", place.forged(second, first, "digest"), label)
        await place.ephemeral("Ana", "That is not the code of this card", times=2)
        teams.swapped = (CodeBlock("python", "evil()\n"),)
        await place.clicks("Ana", second, "Approve")
        await place.reads(thread, "The team has finished")
        assert place.sandboxes.ran == ["x()"]


async def attack_a_message_that_is_edited_afterwards(place: Place) -> None:
    async with place.running(FakeTeams([code("x()"), finished()]), _ALWAYS):
        thread = await place.asks("Ana", "compute")
        card = await place.card(thread, "Approve")
        request = re.search(r"q[0-9a-f]{12}", place.told(thread))
        assert request
        await place.says("Ana", thread, "hm")
        await place.reads(thread, "Heard, Ana")
        await place.edits("Ana", f"edit {request[0]}\n```\nevil()\n```")
        await place.says("Ben", thread, f"edit {request[0]}\n```\nevil()\n```")
        await place.clicks("Ana", card, "Approve")
        await place.reads(thread, "The team has finished")
        assert place.sandboxes.ran == ["x()"]


async def attack_a_click_on_a_card_that_has_expired(place: Place) -> None:
    soon = {**_ALWAYS, "wait": {"expire_hours": 2 / 3600}}
    async with place.running(FakeTeams([code("x()"), finished()]), soon):
        thread = await place.asks("Ana", "compute")
        card = await place.card(thread, "Approve")
        await place.reads(thread, "Nobody decided about the code in time")
        for label in ("Approve", _ALL):
            await place.clicks("Ana", card, label)
        await place.ephemeral("Ana", "Too late: that is settled already (expired).", times=2)
        assert place.sandboxes.ran == []


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
    approved_code_runs_and_the_card_says_who_approved_it,
    rejected_code_is_not_run_and_the_team_hears_why,
    all_blocks_of_code_are_edited_in_one_form,
    code_is_edited_by_a_reply_with_a_file,
    code_is_edited_by_a_reply_as_chats_write_code,
    code_is_edited_in_a_form_as_chats_write_code,
    a_budget_is_raised_by_an_amount_that_somebody_names,
    attack_a_click_by_a_stranger,
    attack_a_replayed_click,
    attack_two_clicks_at_once,
    attack_a_button_for_other_code_or_of_another_session,
    attack_the_code_changed_after_the_card,
    attack_a_message_that_is_edited_afterwards,
    attack_a_click_on_a_card_that_has_expired,
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
