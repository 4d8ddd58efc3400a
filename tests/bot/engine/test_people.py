"""People at the table: questions, checks, steering, who may do what, and the queue."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.errors import BadInput, Denied, Unheard
from bot.domain.events import Erase, Message, Mute, Stop
from bot.domain.participants import Person, ThreadRef
from bot.domain.policy import OPERATOR, Policy
from tests.bot.engine.harness import THREAD, harness
from tests.fakes.scripted_sandbox import Runs, ScriptedSandboxes
from tests.fakes.team import FakeTeams, Held, Limits, asks, code, finished, said

OTHER = ThreadRef("chat", "team", "general", "2")
SOON = Policy.model_validate({"wait": {"remind_hours": 1, "expire_hours": 20}})
SUDDENLY = Policy.model_validate({"wait": {"remind_hours": 9, "expire_hours": 2}})


# --- Questions ---


async def test_a_question_is_reminded_of_once_and_expires(tmp_path: Path) -> None:
    teams = FakeTeams([asks("Which?"), finished()])
    async with harness(tmp_path, teams, policy=SOON, speed=36_000) as it:
        await it.talk("Go")
        await it.shows(3)
        await it.rest()
        thread, view = it.thread(), await it.view()
        assert (view.status, view.outcome) == ("ended", "limit")
        await it.talk("The first")
    assert thread[0] == "assistant asks: Which? [Too late: nobody answered in time, which counts as no.]"
    assert thread[1].startswith("(assistant still waits for an answer: Which? After ")
    assert thread[2] == "limit: Nobody answered in time. Reply to go on."
    assert teams.heard[1] == ["The first"], "an answer that comes later is heard all the same"


async def test_a_question_that_expired_in_a_downtime_ends_at_the_start(tmp_path: Path) -> None:
    async with harness(tmp_path, FakeTeams([asks("Which?")]), policy=SUDDENLY) as it:
        await it.talk("Go")
        chat = it.chat
    async with harness(tmp_path, FakeTeams([]), chat=chat, policy=SUDDENLY, speed=360_000) as it:
        await it.shows(2)
        await it.rest()
        assert it.thread()[-1] == "limit: Nobody answered in time. Reply to go on."


async def test_an_answer_says_who_gave_it(tmp_path: Path) -> None:
    async with harness(tmp_path, FakeTeams([asks("Which?"), finished()])) as it:
        await it.talk("Go")
        thread = await it.talk("The first", who="Eve")
    assert thread[0] == "assistant asks: Which? [Answered by Eve.]"


# --- human_input_mode ---


async def test_always_waits_after_every_turn(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    teams = FakeTeams([said("one"), code("x()"), said("two"), finished()], Limits(human_input_mode="ALWAYS"))
    async with harness(tmp_path, teams, sandboxes=sandboxes) as it:
        thread = await it.talk("Go")
        assert thread == [
            "assistant: one",
            "The team waits for you after every turn: let it go on, or say what to do. [open]",
        ]
        await it.decide("go_on")
        await it.rest()
        assert sandboxes.ran == []
        await it.decide("go_on")
        await it.rest()
        assert sandboxes.ran == ["x()"]
        await it.talk("in blue")
        assert teams.heard[-1] == ["in blue"]
        await it.decide("go_on")
        await it.rest()
        with pytest.raises(BadInput, match="let it finish, or say"):
            await it.decide("go_on")


async def test_what_is_said_in_place_of_going_on_drops_code(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    teams = FakeTeams([code("x()"), said("I see.")], Limits(human_input_mode="ALWAYS"))
    async with harness(tmp_path, teams, sandboxes=sandboxes) as it:
        await it.talk("Go")
        await it.talk("not so")
    assert sandboxes.ran == []
    assert [result.killed for result in teams.reports] == ["stopped"]


async def test_code_of_an_expired_check_is_not_run_later(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    teams = FakeTeams([code("x()"), said("I see.")], Limits(human_input_mode="ALWAYS"))
    async with harness(tmp_path, teams, sandboxes=sandboxes, policy=SUDDENLY, speed=36_000) as it:
        await it.talk("Go")
        await it.shows(3)
        await it.rest()
        assert it.thread()[-1] == "limit: Nobody let the team go on in time. Reply to go on."
        await it.talk("not so")
    assert sandboxes.ran == []


async def test_code_before_a_finish_is_not_run_later(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    teams = FakeTeams([code("x()"), said("You are welcome.")], Limits(human_input_mode="ALWAYS"))
    async with harness(tmp_path, teams, sandboxes=sandboxes) as it:
        await it.talk("Go")
        await it.decide("finish")
        await it.rest()
        await it.talk("thanks")
    assert sandboxes.ran == []


async def test_words_while_code_is_written_do_not_approve_it(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    held = Held(code("x()"))
    teams = FakeTeams([held, said("I see.")], Limits(human_input_mode="ALWAYS"))
    async with harness(tmp_path, teams, sandboxes=sandboxes) as it:
        await it.say("Go")
        await held.arrived.wait()
        await it.say("not so")
        held.released.set()
        await it.rest()
    assert sandboxes.ran == []
    assert teams.heard[1] == ["not so"]


async def test_terminate_waits_before_the_end(tmp_path: Path) -> None:
    teams = FakeTeams([finished("42."), finished("43.")], Limits(human_input_mode="TERMINATE"))
    async with harness(tmp_path, teams) as it:
        thread = await it.talk("Go")
        assert thread == [
            "assistant: 42.",
            "The team would finish here. Say what is missing, or let it finish. [open]",
        ]
        await it.talk("And the rest?")
        assert teams.heard[-1] == ["And the rest?"]
        with pytest.raises(BadInput, match="let it finish, or say in the thread what is missing"):
            await it.decide("go_on")
        await it.decide("finish")
        await it.rest()
        assert it.thread()[-2:] == [
            "The team would finish here. Say what is missing, or let it finish. [Ann let the team finish.]",
            "finished: Ann let the team finish.",
        ]


async def test_what_nobody_objects_to_is_finished(tmp_path: Path) -> None:
    teams = FakeTeams([finished("42.")], Limits(human_input_mode="TERMINATE"))
    async with harness(tmp_path, teams, policy=SUDDENLY, speed=36_000) as it:
        await it.talk("Go")
        await it.shows(3)
        assert it.thread()[-1] == "finished: The team has finished."


# --- Steering ---


async def test_words_during_a_turn_are_acknowledged_once(tmp_path: Path) -> None:
    held = Held(said("hm"))
    teams = FakeTeams([held, finished()])
    async with harness(tmp_path, teams) as it:
        await it.say("Go")
        await held.arrived.wait()
        for text, who in (("in blue", "Ann"), ("and large", "Ann"), ("please", "Ben")):
            await it.say(text, who=who)
        while "will read Ben's message after this turn" not in it.chat.doings:  # noqa: ASYNC110  (a hint has no bell)
            await asyncio.sleep(0)
        held.released.set()
        await it.rest()
        assert [doing for doing in it.chat.doings if doing.startswith("will read")] == [
            "will read Ann's message after this turn",
            "will read Ben's message after this turn",
        ]
        assert it.thread() == ["assistant: hm", "assistant: Done.", "finished: The team has finished."]
    assert teams.heard == [["Go"], ["in blue", "and large", "please"]]


async def test_now_ends_the_turn_that_is_on_and_is_heard_next(tmp_path: Path) -> None:
    held = Held()
    teams = FakeTeams([held, finished()])
    async with harness(tmp_path, teams) as it:
        await it.say("Go")
        await held.arrived.wait()
        await it.say("and large")
        await it.say("NOW: stop dawdling")
        await held.arrived.wait()
        held.arrived.clear()
        while len(teams.heard) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0)
        assert teams.heard[1] == ["Go", "and large", "stop dawdling"]
        held.released.set()
        await it.rest()
        view = await it.view()
    assert (view.outcome, view.tokens) == ("finished", 45), "what the turn may have used is counted"


async def test_now_kills_code_that_runs_and_it_is_not_run_again(
    tmp_path: Path, sandboxes: ScriptedSandboxes
) -> None:
    sandboxes.programs["loop()"] = program = Runs(printed="row 1\n")
    teams = FakeTeams([code("loop()"), finished()])
    async with harness(tmp_path, teams, sandboxes=sandboxes) as it:
        await it.say("Go")
        await program.begun.wait()
        await it.say("now: something else")
        await it.rest()
        thread = it.thread()
    assert thread == [
        "assistant wrote: loop()",
        "output: stopped",
        "files: half-written",
        "assistant: Done.",
        "finished: The team has finished.",
    ]
    assert sandboxes.ran == ["loop()"]
    assert teams.heard == [["Go"], [], ["something else"]]
    assert [result.output for result in teams.reports] == ["row 1\n"]


async def test_an_order_survives_a_stop_and_a_crash(tmp_path: Path) -> None:
    held = Held()
    async with harness(tmp_path, FakeTeams([held]), grace=0) as it:
        await it.say("Go")
        await held.arrived.wait()
        await it.say("in blue")
        await it.stop()
        await it.rest()
    teams = FakeTeams([finished()])
    async with harness(tmp_path, teams) as it:
        await it.say("now: go on")
        await it.rest()
    assert teams.heard == [["Go", "in blue", "go on"]]


# --- Access ---


async def test_who_may_not_steer_is_told_when_it_was_meant_for_us(tmp_path: Path) -> None:
    rules = Policy.model_validate({"allow": {"steer": ["starter", "admin"]}})
    teams = FakeTeams([asks("Which?"), finished()])
    async with harness(tmp_path, teams, policy=rules) as it:
        await it.talk("Go")
        with pytest.raises(Denied, match="You may not say something to the team here"):
            await it.say("The first", who="Eve")
        with pytest.raises(Unheard):
            await it.say("The first", who="Eve", addressed=False)
        assert (await it.view()).status == "waiting"
        await it.talk("The second")
    assert teams.heard[1] == ["The second"]


async def test_the_starter_may_always_stop_and_others_by_the_rules(tmp_path: Path) -> None:
    rules = Policy.model_validate({"allow": {"stop": ["admin"]}})
    async with harness(tmp_path, FakeTeams([asks("Which?")]), policy=rules) as it:
        await it.talk("Go")
        with pytest.raises(Denied, match="You may not stop other people's sessions here"):
            await it.stop("Eve")
        await it.intake(Stop("s", THREAD, Person("U-Bo", "Bo", ("admin",))))
        await it.talk("Go", thread=OTHER)
        await it.stop("Ann", OTHER)
        await it.rest()
        assert it.thread(OTHER)[-1] == "stopped: Stopped by Ann."


@pytest.mark.parametrize("allow", [{"users": ["U-Ann"]}, {"channels": ["random"], "workspaces": ["other"]}])
async def test_no_list_keeps_the_operator_from_a_session(tmp_path: Path, allow: dict[str, list[str]]) -> None:
    rules, me = [Policy()], Person("web", "you", ("admin", OPERATOR))
    async with harness(tmp_path, FakeTeams([asks("Which?"), asks("And then?")])) as it:
        it.intake = replace(it.intake, policy=lambda: rules[0])
        session = await it.say("Go")
        await it.rest()
        rules[0] = Policy.model_validate({"allow": allow})
        await it.intake(Message("m", THREAD, me, "The first"))
        await it.intake(Stop("s", THREAD, me))
        await it.rest()
        assert it.thread()[-1] == "stopped: Stopped by you."
        await it.intake(Erase("e", THREAD, me))
        await it.rest()
        assert await it.reader.session(session) is None


async def test_only_the_starter_and_admins_delete(tmp_path: Path) -> None:
    async with harness(tmp_path, FakeTeams([finished()])) as it:
        await it.talk("Go")
        with pytest.raises(Denied, match="You may not delete sessions here"):
            await it.erase("Eve")


async def test_reopening_needs_the_right_to_start(tmp_path: Path) -> None:
    teams = FakeTeams([finished("One."), finished("Two.")])
    async with harness(tmp_path, teams, starters={"chat": ("admin",)}) as it:
        bo = Person("U-Bo", "Bo", ("admin",))
        await it.intake(Message("k1", THREAD, bo, "Go"))
        await it.rest()
        told = []
        for addressed in (False, False, True, False):
            with pytest.raises(Denied, match=r"start it again\. You may not start sessions here") as refusal:
                await it.say("more", who="Eve", addressed=addressed)
            told.append(not refusal.value.again)
        assert told == [True, False, True, False], "who only talks on is told why nobody listens once"
        assert (await it.view()).status == "ended"
        await it.intake(Mute("k2", THREAD, bo, muted=True))
        with pytest.raises(Unheard):
            await it.say("nice", who="Eve", addressed=False)
        await it.intake(Message("k3", THREAD, replace(bo, groups=()), "more"))
        await it.rest()
    assert teams.heard == [["Go"], ["more"]], "whoever began it goes on"


async def test_who_may_only_steer_may_speak_until_the_end(tmp_path: Path) -> None:
    rules = Policy.model_validate({"allow": {"start": ["U-Ann"], "steer": ["everyone"]}})
    teams = FakeTeams([asks("Which?"), finished()])
    async with harness(tmp_path, teams, policy=rules) as it:
        await it.talk("Go")
        await it.talk("The first", who="Eve")
        assert it.thread()[-1] == "finished: The team has finished."
        with pytest.raises(Denied, match="to go on is to start it again"):
            await it.say("And now?", who="Eve")


@pytest.mark.parametrize("rules", [{"users": ["U-Ann"]}, {"stop": []}])
async def test_a_deleted_thread_stops_its_session(tmp_path: Path, rules: dict[str, list[str]]) -> None:
    async with harness(
        tmp_path, FakeTeams([asks("Which?")]), policy=Policy.model_validate({"allow": rules})
    ) as it:
        await it.talk("Go")
        await it.intake(Stop("gone", THREAD, Person("", "whoever deleted the thread")))
        await it.rest()
        assert (await it.view()).outcome == "stopped"


# --- The queue ---


async def test_who_queues_comes_in_as_soon_as_the_rules_have_room(tmp_path: Path) -> None:
    rules = [Policy(sessions_per_user=1)]
    held = Held(finished())
    async with harness(tmp_path, FakeTeams([held])) as it:
        it.runner.policy = lambda: rules[0]
        await it.say("Go")
        await held.arrived.wait()
        await it.say("Go", thread=OTHER)
        while not it.runner.slots.waiting:  # noqa: ASYNC110  (a queue has no bell)
            await asyncio.sleep(0)
        held.arrived.clear()
        rules[0] = Policy(sessions_per_user=2)
        it.runner.slots.recount()
        await held.arrived.wait()
        held.released.set()
        await it.rest()


async def test_one_person_s_sessions_do_not_take_all_places(tmp_path: Path) -> None:
    threads = [ThreadRef("chat", "team", "general", f"t{number}") for number in range(3)]
    held = Held(finished())
    async with harness(
        tmp_path, FakeTeams([held]), at_once=3, policy=Policy.model_validate({"sessions_per_user": 1})
    ) as it:
        await it.say("Go", thread=threads[0])
        await held.arrived.wait()
        await it.say("Go", thread=threads[1])
        while not it.runner.slots.waiting:  # noqa: ASYNC110  (a queue has no bell)
            await asyncio.sleep(0)
        held.arrived.clear()
        await it.say("Go", "Ben", threads[2])
        await held.arrived.wait()
        held.released.set()
        await it.rest()
        assert [it.thread(thread)[-1] for thread in threads] == ["finished: The team has finished."] * 3
