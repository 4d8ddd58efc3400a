"""What chat platforms bring: talk that is not meant for us, muted threads, messages changed or taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.errors import BadInput, Denied, Unheard
from bot.domain.events import Deleted, Edited, Message, Mute, RemoteFile, Stop
from bot.domain.participants import Person, ThreadRef
from bot.domain.policy import Policy
from bot.domain.views import OpenThread
from tests.bot.engine.harness import THREAD, EngineHarness, harness
from tests.fakes.chat import FakeChat
from tests.fakes.scripted_sandbox import Runs, ScriptedSandboxes
from tests.fakes.team import FakeTeams, Held, Limits, Line, asks, code, finished, said

ELSEWHERE = ThreadRef("chat", "team", "general", "2")
ANN = Person("U-Ann", "Ann")


async def _take_the_only_place(it: EngineHarness, teams: FakeTeams, held: Held) -> None:
    """Have another session at work, so that what this one does next waits in the queue."""
    script, teams.script = teams.script, [held]
    await it.say("Other", thread=ELSEWHERE)
    await held.arrived.wait()
    teams.script = script


async def test_talk_that_is_not_meant_for_us_starts_nothing(tmp_path: Path) -> None:
    async with harness(tmp_path, FakeTeams([])) as it:
        for text in ("Lunch?", "stop", "mute", "aside: no"):
            with pytest.raises(Unheard):
                await it.say(text, addressed=False)
        with pytest.raises(Unheard):
            await it.intake(Edited("e", THREAD, ANN, "17", "x"))
        assert await it.reader.sessions() == []


async def test_replies_in_a_session_are_heard_without_a_mention(tmp_path: Path) -> None:
    teams = FakeTeams([asks("Which?"), finished()])
    async with harness(tmp_path, teams) as it:
        await it.talk("Go")
        await it.say("The first", addressed=False)
        await it.rest()
    assert teams.heard == [["Go"], ["The first"]]


async def test_a_muted_team_hears_only_what_mentions_it(tmp_path: Path) -> None:
    teams = FakeTeams([asks("Which?"), finished()])
    async with harness(tmp_path, teams) as it:
        await it.talk("Go")
        await it.say("mute", addressed=False)
        with pytest.raises(Unheard):
            await it.say("Lunch?", addressed=False)
        await it.say("The first")
        await it.rest()
        await it.say("unmute", addressed=False)
        await it.rest()
        thread = it.thread()
    assert teams.heard == [["Go"], ["The first"]]
    assert "(Muted by Ann: from now on I hear only what mentions me, until someone says unmute.)" in thread
    assert thread[-1] == "(Unmuted by Ann: I hear every reply in this thread again.)"


async def test_there_must_be_something_to_mute(tmp_path: Path) -> None:
    async with harness(tmp_path, FakeTeams([])) as it:
        with pytest.raises(BadInput, match="no session here to mute"):
            await it.intake(Mute("m", THREAD, ANN, muted=True))


async def test_a_message_is_heard_as_it_was_changed_last(tmp_path: Path) -> None:
    held = Held(said("hm"))
    teams = FakeTeams([held, finished()])
    async with harness(tmp_path, teams) as it:
        await it.say("Go", name="16")
        await held.arrived.wait()
        await it.say("in rde", name="17")
        await it.say("never mind", name="18")
        await it.intake(Edited("e", THREAD, ANN, "17", "in red"))
        await it.intake(Deleted("d", THREAD, ANN, "18"))
        await it.intake(Edited("f", THREAD, ANN, "16", "too late"))
        held.released.set()
        await it.rest()
    assert teams.heard == [["Go"], ["in red", "(edited) too late"]]


async def test_a_task_deleted_before_its_first_turn_is_a_stop(tmp_path: Path) -> None:
    held = Held(finished())
    async with harness(tmp_path, FakeTeams([held]), at_once=1) as it:
        await it.say("Go")
        await held.arrived.wait()
        await it.say("Plot", name="17", thread=ELSEWHERE)
        await it.intake(Deleted("d", ELSEWHERE, ANN, "17"))
        assert await it.shows(1, ELSEWHERE) == ["stopped: Stopped by Ann."]
        held.released.set()
        await it.rest()


async def test_a_task_may_name_its_team(tmp_path: Path) -> None:
    teams = FakeTeams([finished()])
    async with harness(tmp_path, teams) as it:
        await it.talk("pair: plot it")
        assert (await it.view()).team == "pair"
    assert teams.heard == [["plot it"]]


async def test_who_may_not_start_may_still_reply(tmp_path: Path) -> None:
    policy = Policy.model_validate({"allow": {"start": ["U-Ann", "admins"]}})
    teams = FakeTeams([asks("Which?"), finished()])
    async with harness(tmp_path, teams, policy=policy) as it:
        with pytest.raises(Denied, match="may not start sessions here"):
            await it.say("Go", "Ben")
        await it.talk("Go", "Ann")
        await it.talk("The first", "Ben")
    assert teams.heard == [["Go"], ["The first"]]


async def test_strangers_are_told_only_when_they_speak_to_us(tmp_path: Path) -> None:
    stranger = Person("U-Eve", "Eve", ("external",))
    async with harness(tmp_path, FakeTeams([asks("Which?")])) as it:
        await it.talk("Go")
        with pytest.raises(Denied):
            await it.intake(Message("a", THREAD, stranger, "Do this"))
        with pytest.raises(Unheard):
            await it.intake(Message("b", THREAD, stranger, "Hello", addressed=False))
        with pytest.raises(Denied):
            await it.intake(Stop("c", THREAD, stranger))
        assert (await it.view()).status == "waiting"


async def test_a_thread_is_found_by_any_of_its_messages(tmp_path: Path) -> None:
    async with harness(tmp_path, FakeTeams([finished()])) as it:
        await it.say("Go", name="16")
        await it.rest()
        ours = it.chat.seen[THREAD][0].id
        for message in ("1", "16", ours):
            assert await it.threads.holding("chat", "team", "general", message) == THREAD
        for channel, message in (("general", "17"), ("random", "16"), ("random", ours)):
            assert await it.threads.holding("chat", "team", channel, message) is None


async def test_threads_to_catch_up_with_say_what_was_heard_last(tmp_path: Path) -> None:
    async with harness(tmp_path, FakeTeams([asks("Which?"), asks("Why?"), finished()])) as it:
        await it.say("Go", name="99")
        await it.rest()
        await it.say("and", name="100")
        await it.rest()
        assert await it.threads.open("chat", it.intake.clock() + 9) == [OpenThread(THREAD, "100")]
        await it.talk("The first")
        assert await it.threads.open("chat", it.intake.clock() + 9) == []
        assert await it.threads.open("chat", 0) == [OpenThread(THREAD, "100")]
        assert await it.threads.open("other", 0) == []


async def test_a_session_moves_to_a_thread_that_has_none(tmp_path: Path) -> None:
    async with harness(tmp_path, FakeTeams([finished(), finished(), finished()])) as it:
        await it.talk("Go")
        await it.threads.move(THREAD, ELSEWHERE)
        await it.talk("More", thread=ELSEWHERE)
        assert len(await it.reader.sessions()) == 1
        await it.talk("New", thread=THREAD)
        await it.threads.move(THREAD, ELSEWHERE)
        assert {view.thread for view in await it.reader.sessions()} == {THREAD, ELSEWHERE}


async def test_a_limit_is_not_lifted_by_what_was_said_before_it(tmp_path: Path) -> None:
    held = Held(said("one"))
    teams = FakeTeams([held, finished()], Limits(max_turns=1))
    async with harness(tmp_path, teams) as it:
        await it.say("Go")
        await held.arrived.wait()
        await it.say("in red")
        held.released.set()
        await it.rest()
        assert (await it.view()).outcome == "limit"
        await it.talk("go on")
    assert teams.heard == [["Go"], ["in red", "go on"]]


async def test_an_edit_during_a_turn_becomes_a_new_message(
    tmp_path: Path,
) -> None:
    held = Held(finished())
    teams = FakeTeams([held, finished()])
    async with harness(tmp_path, teams) as it:
        session = await it.say("Delete the outliers", name="16")
        await held.arrived.wait()
        await it.intake(Edited("e", THREAD, ANN, "16", "Do NOT delete them"))
        held.released.set()
        await it.rest()
        lines = [entry.item.text for entry in await it.reader.timeline(session) if isinstance(entry.item, Message)]
    assert teams.heard == [["Delete the outliers"], ["(edited) Do NOT delete them"]]
    assert lines == ["Delete the outliers", "(edited) Do NOT delete them"]


async def test_a_message_that_became_a_stop_is_not_heard_later(tmp_path: Path) -> None:
    held = Held(said("hm"))
    teams = FakeTeams([held, finished()])
    async with harness(tmp_path, teams) as it:
        await it.say("Go", name="16")
        await held.arrived.wait()
        await it.say("delete everything", name="17")
        await it.intake(Edited("e", THREAD, ANN, "17", "stop"))
        await it.rest()
        held.released.set()
        await it.talk("and now the sum")
    assert teams.heard == [["Go"], ["Go", "and now the sum"], []]


async def test_the_team_is_told_of_an_answer_that_was_deleted(tmp_path: Path) -> None:
    held = Held(finished())
    teams = FakeTeams([asks("Which?"), finished()])
    async with harness(tmp_path, teams, at_once=1) as it:
        await it.talk("Go")
        await _take_the_only_place(it, teams, held)
        await it.say("The first", name="17")
        await it.intake(Deleted("d", THREAD, ANN, "17"))
        held.released.set()
        await it.rest()
    assert teams.heard[-1] == ["(deleted)"]


async def test_code_stays_dropped_when_its_objection_is_deleted(
    tmp_path: Path, sandboxes: ScriptedSandboxes
) -> None:
    held = Held(finished())
    script: list[Line] = [code("x()"), finished()]
    teams = FakeTeams(script, Limits(human_input_mode="ALWAYS"))
    async with harness(tmp_path, teams, sandboxes=sandboxes, at_once=1) as it:
        await it.talk("Go")
        await _take_the_only_place(it, teams, held)
        await it.say("no, not like this", name="17")
        await it.intake(Deleted("d", THREAD, ANN, "17"))
        held.released.set()
        await it.rest()
        await it.decide("go_on")
        await it.rest()
    assert sandboxes.ran == []
    assert [report.killed for report in teams.reports] == ["stopped"]


async def test_an_edit_does_not_undo_the_stop_that_came_after_it(
    tmp_path: Path, sandboxes: ScriptedSandboxes
) -> None:
    running = Runs()
    sandboxes.programs["loop()"] = running
    held = Held(code("loop()"))
    teams = FakeTeams([held, said("I go on"), finished()])
    async with harness(tmp_path, teams, sandboxes=sandboxes) as it:
        await it.say("Go")
        await held.arrived.wait()
        await it.say("in blue", name="17")
        held.released.set()
        await running.begun.wait()
        await it.intake(Edited("e", THREAD, ANN, "17", "in dark blue"))
        await it.stop()
        await it.rest()
        assert it.thread()[-1] == "stopped: Stopped by Ben."
        await it.talk("go on")
    assert ["in dark blue", "go on"] in teams.heard


async def test_an_edit_that_is_told_twice_is_said_anew_once(tmp_path: Path) -> None:
    held, later = Held(said("hm")), Held(finished())
    teams = FakeTeams([held, later])
    async with harness(tmp_path, teams) as it:
        await it.say("plot", name="16")
        await held.arrived.wait()
        await it.intake(Edited("e", THREAD, ANN, "16", "plot it"))
        held.released.set()
        await later.arrived.wait()
        await it.intake(Edited("e", THREAD, ANN, "16", "plot it"))
        later.released.set()
        await it.rest()
    assert teams.heard == [["plot"], ["(edited) plot it"]]


async def test_files_of_an_answer_that_is_taken_back_reach_nobody(tmp_path: Path) -> None:
    held = Held(finished())
    script: list[Line] = [asks("Which?"), finished()]
    teams = FakeTeams(script)
    async with harness(tmp_path, teams, chat=FakeChat(files={"r": b"secret"}), at_once=1) as it:
        await it.talk("Go")
        await _take_the_only_place(it, teams, held)
        await it.say("This one", name="17", files=[RemoteFile("salaries.csv", 6, "r")])
        await it.intake(Deleted("d", THREAD, ANN, "17"))
        held.released.set()
        await it.rest()
    assert teams.heard[-1] == ["(deleted)"]


async def test_an_order_does_not_hide_why_code_was_rejected(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    held = Held(finished())
    script: list[Line] = [code("x()"), finished()]
    teams = FakeTeams(script)
    async with harness(
        tmp_path, teams, sandboxes=sandboxes, at_once=1, policy=Policy(code_approval="always")
    ) as it:
        await it.talk("Go")
        await _take_the_only_place(it, teams, held)
        await it.decide("reject", reason="use the median")
        await it.say("now: and hurry")
        held.released.set()
        await it.rest()
    assert [report.note for report in teams.reports] == ["Ann rejected this code: use the median. It was not run."]
    assert sandboxes.ran == []
