"""The scenarios. Each is a function of a place; `SCENARIOS` is what a platform's tests are parametrised with."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from bot.domain.events import CodeBlock
from bot.domain.turn_results import Code, RunResult
from tests.fakes.scripted_sandbox import Does
from tests.fakes.team import FakeTeams, Held, asks, code, finished, said
from tests.scenarios.harness import ChatHarness

Scenario: TypeAlias = Callable[[ChatHarness], Awaitable[None]]


async def a_task_with_a_file_becomes_a_thread_with_code_output_files_and_a_closing_line(
    harness: ChatHarness,
) -> None:
    teams = FakeTeams([code("plot()"), finished("The north leads.")])
    async with harness.running(teams):
        harness.sandboxes.programs["plot()"] = Does(RunResult(0, "drawn\n", 0.1), {"chart.png": b"\x89PNG"})
        thread = await harness.asks("Ana", "plot this by region", {"sales.csv": b"a,b\n1,2\n"})
        await harness.reads(thread, "The team has finished")
    told = harness.told(thread)
    assert _in_order(
        told, "plot()", "exit code 0", "drawn", "chart.png", "The north leads.", "The team has finished"
    )
    assert harness.files(thread) == {"chart.png": b"\x89PNG"}
    assert teams.heard[0] == ["plot this by region [sales.csv]"]


async def replies_answer_and_bring_files(harness: ChatHarness) -> None:
    teams = FakeTeams([asks("Which?"), finished()])
    async with harness.running(teams):
        thread = await harness.asks("Ana", "compare")
        await harness.reads(thread, "Which?")
        await harness.says("Ben", thread, "the north", {"north.csv": b"1"})
        await harness.reads(thread, "The team has finished")
    assert teams.heard == [["compare"], ["the north [north.csv]"]]


async def people_can_talk_among_themselves(harness: ChatHarness) -> None:
    teams = FakeTeams([asks("Which?"), finished()])
    async with harness.running(teams):
        thread = await harness.asks("Ana", "compare")
        await harness.reads(thread, "Which?")
        await harness.says("Ben", thread, "aside: lunch?")
        await harness.says("Ana", thread, "mute")
        await harness.reads(thread, "Muted by Ana")
        await harness.says("Ben", thread, "pizza it is")
        await harness.says("Ana", thread, "unmute")
        await harness.reads(thread, "Unmuted by Ana")
        await harness.says("Ben", thread, "the first")
        await harness.reads(thread, "The team has finished")
    assert teams.heard == [["compare"], ["the first"]]


async def a_word_stops_the_team(harness: ChatHarness) -> None:
    await _stopped(harness, lambda thread: harness.says("Ben", thread, "TERMINATE"))


async def a_reaction_stops_the_team(harness: ChatHarness) -> None:
    await _stopped(harness, lambda thread: harness.reacts("Ben", thread))


async def the_platforms_own_stop_stops_the_team(harness: ChatHarness) -> None:
    await _stopped(harness, lambda thread: harness.stops("Ben", thread))


async def a_reply_after_the_end_goes_on(harness: ChatHarness) -> None:
    teams = FakeTeams([finished("One."), finished("Two.")])
    async with harness.running(teams):
        thread = await harness.asks("Ana", "count")
        await harness.reads(thread, "The team has finished")
        await harness.says("Ana", thread, "go on")
        await harness.reads(thread, "The team has finished", times=2)
    assert teams.heard == [["count"], ["go on"]]


async def what_was_said_while_nothing_ran_is_heard_once(harness: ChatHarness) -> None:
    teams = FakeTeams([asks("Which?"), asks("And then?"), finished()])
    async with harness.running(teams):
        thread = await harness.asks("Ana", "compare")
        await harness.reads(thread, "Which?")
    await harness.says("Ana", thread, "the first")
    async with harness.running(teams):
        await harness.reads(thread, "And then?")
    async with harness.running(teams):
        await harness.says("Ana", thread, "the last")
        await harness.reads(thread, "The team has finished")
    assert teams.heard == [["compare"], ["the first"], ["the last"]]


async def a_turn_that_a_restart_cut_off_is_told_once(harness: ChatHarness) -> None:
    held = Held(finished("It is 42."))
    teams = FakeTeams([said("I look."), held])
    async with harness.running(teams):
        thread = await harness.asks("Ana", "compute")
        await harness.reads(thread, "I look.")
        await held.arrived.wait()
    held.released.set()
    async with harness.running(teams):
        await harness.reads(thread, "The team has finished")
    told = harness.told(thread)
    assert (told.count("I look."), told.count("It is 42.")) == (1, 1)


async def a_message_whose_answer_was_lost_is_there_once(harness: ChatHarness) -> None:
    for taken in (True, False):
        held = Held(said("I look."))
        async with harness.running(FakeTeams([said("One."), held, finished("Two.")])):
            thread = await harness.asks("Ana", f"compute {taken}")
            await harness.reads(thread, "One.")
            await held.arrived.wait()
            harness.loses(taken=taken)
            held.released.set()
            await harness.reads(thread, "The team has finished")
        assert _in_order(harness.told(thread), "One.", "I look.", "Two.", "The team has finished")
        assert harness.told(thread).count("I look.") == 1


# --- Decisions --------------------------------------------------------------------------------------------------

_ALWAYS: Mapping[str, Any] = {"code_approval": "always"}
_ALL = "Approve all in this session"


async def approved_code_runs_and_the_card_says_who_approved_it(harness: ChatHarness) -> None:
    async with harness.running(FakeTeams([code("x()"), code("y()"), finished("It is 42.")]), _ALWAYS):
        thread = await harness.asks("Ana", "compute")
        card = await harness.card(thread, "Approve")
        assert "x()" in harness.told(thread)
        assert harness.sandboxes.ran == []
        await harness.clicks("Ana", card, "Approve")
        await harness.reads(thread, "Approved by Ana.")
        await harness.clicks("Ana", await harness.card(thread, _ALL, times=2), _ALL)
        await harness.reads(thread, "It is 42.")
        await harness.reads(thread, "as is all code that follows for a while")
        assert harness.sandboxes.ran == ["x()", "y()"]


async def rejected_code_is_not_run_and_the_team_hears_why(harness: ChatHarness) -> None:
    teams = FakeTeams([code("x()"), finished("Never mind.")])
    async with harness.running(teams, _ALWAYS):
        thread = await harness.asks("Ana", "compute")
        await harness.fills("Ana", await harness.card(thread, "Reject"), "Reject", "too slow")
        await harness.reads(thread, "Rejected by Ana: too slow. It was not run.")
        await harness.reads(thread, "Never mind.")
        assert harness.sandboxes.ran == []
    assert [result.note for result in teams.reports] == ["Ana rejected this code: too slow. It was not run."]


async def all_blocks_of_code_are_edited_in_one_form(harness: ChatHarness) -> None:
    two = Code("", (CodeBlock("python", "x()\n"), CodeBlock("bash", "ls\n")))
    async with harness.running(FakeTeams([two, finished()]), _ALWAYS):
        thread = await harness.asks("Ana", "compute")
        card = await harness.card(thread, "Edit")
        await harness.fills("Ana", card, "Edit", "```python\nx(1)")
        await harness.ephemeral("Ana", "a block is not closed; nothing was decided")
        stood = await harness.fills("Ana", card, "Edit", "```python\nx(2)\n```\n\n```bash\nls -l\n```")
        await harness.reads(thread, "Edited by Ana")
        await harness.reads(thread, "The team has finished")
        assert stood == "```python\nx()\n```\n\n```bash\nls\n```"
        assert harness.sandboxes.ran == ["x(2)", "ls -l"]
    assert "x(2)" in harness.told(thread)


async def code_is_edited_by_a_reply_with_a_file(harness: ChatHarness) -> None:
    async with harness.running(FakeTeams([code("x()"), finished()]), _ALWAYS):
        thread = await harness.asks("Ana", "compute")
        await harness.card(thread, "Edit")
        told = harness.told(thread)
        request = re.search(r"q[0-9a-f]{12}", told)
        assert request
        await harness.says("Ana", thread, f"edit {request[0]}", {"new.py": b"y()\n"})
        await harness.reads(thread, "Edited by Ana")
        await harness.reads(thread, "The team has finished")
        assert harness.sandboxes.ran == ["y()"]


async def code_is_edited_by_a_reply_as_chats_write_code(harness: ChatHarness) -> None:
    async with harness.running(FakeTeams([code("x()"), finished()]), _ALWAYS):
        thread = await harness.asks("Ana", "compute")
        await harness.card(thread, "Edit")
        request = re.search(r"q[0-9a-f]{12}", harness.told(thread))
        assert request
        await harness.says("Ana", thread, f"edit {request[0]}\n```import os\nx(1,  2)```")
        await harness.reads(thread, "The team has finished")
        assert harness.sandboxes.ran == ["import os\nx(1,  2)"]


async def code_is_edited_in_a_form_as_chats_write_code(harness: ChatHarness) -> None:
    async with harness.running(FakeTeams([code("x()"), finished()]), _ALWAYS):
        thread = await harness.asks("Ana", "compute")
        await harness.fills("Ana", await harness.card(thread, "Edit"), "Edit", "```import os\nx(1,  2)```")
        await harness.reads(thread, "The team has finished")
        assert harness.sandboxes.ran == ["import os\nx(1,  2)"]


async def a_budget_is_raised_by_an_amount_that_somebody_names(harness: ChatHarness) -> None:
    teams = FakeTeams([said("One."), said("Two."), said("Three."), finished()])
    async with harness.running(teams, {"budget": {"session": {"turns": 2}}}):
        thread = await harness.asks("Ana", "count")
        label = "Raise by another amount"
        card = await harness.card(thread, label)
        await harness.fills("Ana", card, label, "2,5")
        await harness.ephemeral("Ana", "A raise is a number above 0")
        await harness.fills("Ben", card, label, "3")
        await harness.ephemeral("Ben", "You may not decide about budgets here")
        await harness.fills("Ana", card, label, "3")
        await harness.reads(thread, "Raised by 3 turns by Ana.")
        await harness.reads(thread, "Three.")


async def attack_a_click_by_a_stranger(harness: ChatHarness) -> None:
    async with harness.running(FakeTeams([code("x()"), finished()]), _ALWAYS):
        thread = await harness.asks("Ana", "compute")
        card = await harness.card(thread, "Approve")
        await harness.clicks("Ben", card, "Approve")
        await harness.clicks("Ben", card, _ALL)
        await harness.fills("Ben", card, "Reject", "no")
        await harness.fills("Ben", card, "Edit", "evil()")
        await harness.ephemeral("Ben", "You may not decide about code here", times=4)
        assert harness.sandboxes.ran == []
        await harness.clicks("Ana", card, "Approve")
        await harness.reads(thread, "Approved by Ana.")
        await harness.reads(thread, "The team has finished")
        assert harness.sandboxes.ran == ["x()"]


async def attack_a_replayed_click(harness: ChatHarness) -> None:
    async with harness.running(FakeTeams([code("x()"), code("x()"), finished()]), _ALWAYS):
        thread = await harness.asks("Ana", "compute")
        card = await harness.card(thread, "Approve")
        await harness.clicks("Ana", card, "Approve")
        second = await harness.card(thread, "Approve", times=2)
        for label in ("Approve", _ALL):
            await harness.clicks("Ana", card, label)
        await harness.ephemeral("Ana", "Too late: that is already decided (approved by Ana).", times=2)
        assert harness.sandboxes.ran == ["x()"]
        await harness.clicks("Ana", second, "Approve")
        await harness.reads(thread, "The team has finished")
        assert harness.sandboxes.ran == ["x()", "x()"]


async def attack_two_clicks_at_once(harness: ChatHarness) -> None:
    async with harness.running(FakeTeams([code("x()"), finished()]), _ALWAYS):
        thread = await harness.asks("Ana", "compute")
        card = await harness.card(thread, "Approve")
        await asyncio.gather(*(harness.clicks("Ana", card, "Approve") for _ in range(3)))
        await harness.ephemeral("Ana", "Too late", times=2)
        await harness.reads(thread, "The team has finished")
        assert harness.sandboxes.ran == ["x()"]


async def attack_a_button_for_other_code_or_of_another_session(harness: ChatHarness) -> None:
    async with harness.running(FakeTeams([code("x()"), finished()]), _ALWAYS):
        hers, his = await harness.asks("Ana", "compute"), await harness.asks("Ben", "compute")
        card, foreign = await harness.card(hers, "Approve"), await harness.card(his, "Approve")
        await harness.clicks("Ben", harness.forged(card, foreign, "session"), "Approve")
        await harness.clicks("Ben", harness.forged(foreign, card, "request"), "Approve")
        await harness.ephemeral("Ben", "There is no such request in this thread; nothing was decided.", times=2)
        assert harness.sandboxes.ran == []


async def attack_the_code_changed_after_the_card(harness: ChatHarness) -> None:
    teams = FakeTeams([code("x()"), code("y()"), finished()])
    async with harness.running(teams, _ALWAYS):
        thread = await harness.asks("Ana", "compute")
        first = await harness.card(thread, "Approve")
        await harness.clicks("Ana", first, "Approve")
        second = await harness.card(thread, "Approve", times=2)
        for label in ("Approve", _ALL):
            await harness.clicks("Ana", harness.forged(second, first, "digest"), label)
        await harness.ephemeral("Ana", "That is not the code of this card", times=2)
        teams.swapped = (CodeBlock("python", "evil()\n"),)
        await harness.clicks("Ana", second, "Approve")
        await harness.reads(thread, "The team has finished")
        assert harness.sandboxes.ran == ["x()"]


async def attack_a_message_that_is_edited_afterwards(harness: ChatHarness) -> None:
    async with harness.running(FakeTeams([code("x()"), finished()]), _ALWAYS):
        thread = await harness.asks("Ana", "compute")
        card = await harness.card(thread, "Approve")
        request = re.search(r"q[0-9a-f]{12}", harness.told(thread))
        assert request
        await harness.says("Ana", thread, "hm")
        await harness.reads(thread, "Noted, Ana")
        await harness.edits("Ana", f"edit {request[0]}\n```\nevil()\n```")
        await harness.says("Ben", thread, f"edit {request[0]}\n```\nevil()\n```")
        await harness.clicks("Ana", card, "Approve")
        await harness.reads(thread, "The team has finished")
        assert harness.sandboxes.ran == ["x()"]


async def attack_a_click_on_a_card_that_has_expired(harness: ChatHarness) -> None:
    soon = {**_ALWAYS, "wait": {"expire_hours": 2 / 3600}}
    async with harness.running(FakeTeams([code("x()"), finished()]), soon):
        thread = await harness.asks("Ana", "compute")
        card = await harness.card(thread, "Approve")
        await harness.reads(thread, "Nobody decided about the code in time")
        for label in ("Approve", _ALL):
            await harness.clicks("Ana", card, label)
        await harness.ephemeral("Ana", "Too late: that is already decided (expired).", times=2)
        assert harness.sandboxes.ran == []


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


async def _stopped(harness: ChatHarness, how: Callable[[object], Awaitable[None]]) -> None:
    held = Held()
    async with harness.running(FakeTeams([said("I look."), held])):
        thread = await harness.asks("Ana", "compute")
        await harness.reads(thread, "I look.")
        await held.arrived.wait()
        await how(thread)
        await harness.reads(thread, "Stopped by Ben")


def _in_order(text: str, *parts: str) -> bool:
    at = 0
    for part in parts:
        at = text.find(part, at)
        if at < 0:
            return False
    return True
