"""What goes wrong in a turn is said in the thread, costs nothing twice, and the session goes on."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from bot.domain.errors import (
    ModelRefused,
    ModelUnavailable,
    SandboxUnavailable,
    Stuck,
    TokenCapReached,
    TurnCrashed,
)
from bot.domain.participants import ThreadRef
from bot.domain.turn_results import Code, RunResult, Usage, What
from bot.ports import TurnPort
from tests.bot.engine.harness import THREAD, harness
from tests.fakes.scripted_sandbox import Does, Runs, ScriptedSandboxes
from tests.fakes.team import FakeTeams, Held, Limits, Line, code, finished, said

_CRASHED = "(Something went wrong inside Roundtable; its log says what. Nothing is lost: reply to try again.)"
_BUSY = "It does not answer."
_MODEL_PAUSE = f"({_BUSY} Nothing is lost: I try again in 5 minutes, or as soon as you reply.)"


async def test_a_silent_model_pauses_the_session_until_a_reply(tmp_path: Path) -> None:
    spent = Usage("assistant", "fake/model", 100, 0, estimated=True)
    teams = FakeTeams([said("I begin."), ModelUnavailable(_BUSY, [spent]), finished()])
    async with harness(tmp_path, teams) as it:
        assert await it.talk("Go") == ["assistant: I begin.", _MODEL_PAUSE]
        view = await it.view()
        assert (view.status, view.turns, view.tokens) == ("paused", 1, 115)
        assert view.wake_at is not None
        thread = await it.talk("now?")
        view = await it.view()

    assert thread[2:] == ["assistant: Done.", "finished: The team has finished."]
    assert (view.status, view.wake_at, view.cost) == ("ended", None, 1.5)
    assert teams.heard == [["Go"], [], ["now?"]]


async def test_it_tries_again_by_itself_and_says_the_same_trouble_once(tmp_path: Path) -> None:
    script: list[Line] = [ModelUnavailable(_BUSY), ModelUnavailable(_BUSY), ModelUnavailable(_BUSY), finished()]
    async with harness(tmp_path, FakeTeams(script), speed=3000) as it:
        await it.say("Go")
        thread = await it.shows(3)

    assert thread == [_MODEL_PAUSE, "assistant: Done.", "finished: The team has finished."]


async def test_other_trouble_at_the_next_try_is_said(tmp_path: Path) -> None:
    teams = FakeTeams([ModelUnavailable(_BUSY), ModelUnavailable("It is overloaded."), finished()])
    async with harness(tmp_path, teams, speed=3000) as it:
        await it.say("Go")
        thread = await it.shows(4)

    assert [line[:20] for line in thread[:2]] == ["(It does not answer.", "(It is overloaded. N"]


async def test_a_reply_that_came_during_the_failing_call_is_a_reply(tmp_path: Path) -> None:
    held = Held(finished(), first=ModelRefused("The key is wrong."))
    async with harness(tmp_path, FakeTeams([held])) as it:
        await it.say("Go")
        await held.arrived.wait()
        await it.say("are you there?")
        held.released.set()
        await it.rest()
        thread = it.thread()

    assert thread == [
        "(The key is wrong. Nothing is lost: reply when that is fixed, and the session continues.)",
        "assistant: Done.",
        "finished: The team has finished.",
    ]


async def test_a_refusal_waits_for_a_person(tmp_path: Path) -> None:
    async with harness(tmp_path, FakeTeams([ModelRefused("The key is wrong."), finished()]), speed=3000) as it:
        thread = await it.talk("Go")
        view = await it.view()
        assert (view.status, view.wake_at) == ("paused", None)
        assert thread == [
            "(The key is wrong. Nothing is lost: reply when that is fixed, and the session continues.)"
        ]
        assert (await it.talk("mended"))[-1] == "finished: The team has finished."


async def test_a_session_resumes_when_the_sandbox_is_back(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    sandboxes.faults = [
        SandboxUnavailable("Docker does not answer."),
        SandboxUnavailable("Docker does not answer."),
    ]
    async with harness(tmp_path, FakeTeams([code("x()"), finished()]), sandboxes=sandboxes, speed=100) as it:
        await it.say("Go")
        thread = await it.shows(5)

    assert thread == [
        "assistant wrote: x()",
        "(Docker does not answer. The session continues by itself as soon as the sandbox is back.)",
        "output: ok",
        "assistant: Done.",
        "finished: The team has finished.",
    ]
    assert sandboxes.ran == ["x()"]


async def test_code_whose_sandbox_vanished_is_not_sent_again(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    sandboxes.programs["x()"] = SandboxUnavailable("Docker has gone away.")
    async with harness(tmp_path, FakeTeams([code("x()"), finished()]), sandboxes=sandboxes, speed=100) as it:
        await it.say("Go")
        thread = await it.shows(5)

    assert thread[1].startswith("(Docker has gone away.")
    assert thread[2] == "output: interrupted"
    assert sandboxes.ran == ["x()"]


async def test_a_bug_is_said_in_the_thread_and_the_process_lives(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        async with harness(tmp_path, FakeTeams([ZeroDivisionError("a bug"), finished()])) as it:
            assert await it.talk("Go") == [_CRASHED]
            assert (await it.talk("again"))[-1] == "finished: The team has finished."

    assert "a bug" in caplog.text


async def test_a_crashed_turn_shows_no_internals(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with harness(tmp_path, FakeTeams([TurnCrashed("Traceback: /secret/path"), finished()])) as it:
        assert await it.talk("Go") == [_CRASHED]

    assert "/secret/path" in caplog.text


async def test_a_failed_turn_leaves_no_files_behind(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    sandboxes.programs["half()"] = program = Runs()
    sandboxes.programs["after()"] = ZeroDivisionError("a bug while code ran")
    both = Code("two blocks", (*code("half()").blocks, *code("after()").blocks))
    teams = FakeTeams([both, code("look()"), finished()])
    program.released.set()
    async with harness(tmp_path, teams, sandboxes=sandboxes) as it:
        await it.talk("Go")
        await it.talk("again")

    assert sandboxes.ran == ["half()", "after()", "look()"]
    assert sandboxes.contents[-1] == {}


async def test_a_reply_after_the_token_cap_begins_a_new_allowance(tmp_path: Path) -> None:
    full = "The model's next call could take 900 tokens, but the token cap leaves 70."
    teams = FakeTeams([TokenCapReached(full), finished()], Limits(token_cap=100))
    async with harness(tmp_path, teams) as it:
        assert await it.talk("Go") == [f"limit: {full} Reply to let the team go on."]
        assert (await it.view()).status == "ended"
        thread = await it.talk("go on")

    assert thread[1:] == ["assistant: Done.", "finished: The team has finished."]
    assert teams.heard == [["Go"], ["Go", "go on"]]


async def test_a_team_that_is_gone_is_said_and_can_be_stopped(tmp_path: Path) -> None:
    async with harness(tmp_path, FakeTeams([said("1"), Held()]), grace=0) as it:
        await it.say("Go")
        await it.shows(1)
        it.runner.closing = True
    gone = FakeTeams([], known={"other": "another one"})
    async with harness(tmp_path, gone) as it:
        await it.rest()
        assert it.thread() == [
            "(There is no team 'pair'. Teams: other. "
            "Nothing is lost: reply when that is fixed, and the session continues.)"
        ]
        assert (await it.talk("stop"))[-1] == "stopped: Stopped by Ann."


async def test_a_price_that_is_not_known_makes_the_cost_unknown(tmp_path: Path) -> None:
    async with harness(tmp_path, FakeTeams([said("1"), finished()]), price=lambda _usage: None) as it:
        await it.talk("Go")
        assert (await it.view()).cost is None
        assert '"cost":null' in it.chat.seen[THREAD][-1].body


async def test_the_process_closes_at_the_turns_end_and_goes_on_later(tmp_path: Path) -> None:
    held = Held(said("I was in the middle."))
    async with harness(tmp_path, FakeTeams([held, finished()])) as it:
        await it.say("Go")
        await held.arrived.wait()
        it.runner.closing = True
        held.released.set()
        await it.rest()
        assert it.thread() == ["assistant: I was in the middle."]
    teams = FakeTeams([held, finished()])
    async with harness(tmp_path, teams) as it:
        await it.rest()
        assert it.thread() == ["assistant: Done.", "finished: The team has finished."]

    assert teams.opened == [2]


async def test_a_turn_that_does_not_end_in_time_is_parked(tmp_path: Path) -> None:
    async with harness(tmp_path, FakeTeams([said("1"), Held()]), grace=0) as it:
        await it.say("Go")
        await it.shows(1)
    teams = FakeTeams([said("1"), finished()])
    async with harness(tmp_path, teams) as it:
        await it.rest()
        assert it.thread() == ["assistant: Done.", "finished: The team has finished."]

    assert teams.opened == [2]


async def test_a_queue_does_not_hold_up_the_closing(tmp_path: Path) -> None:
    held = Held(finished())
    other = ThreadRef("chat", "team", "general", "2")
    async with harness(tmp_path, FakeTeams([held]), at_once=1, grace=60) as it:
        await it.say("first")
        await held.arrived.wait()
        await it.say("second", thread=other)
        it.runner.closing = True
        held.released.set()
    teams = FakeTeams([finished()])
    async with harness(tmp_path, teams) as it:
        await it.rest()

    assert teams.heard == [["second"]]


async def test_a_hint_before_the_third_error_is_used_at_once(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    fails = Does(RunResult(1, "KeyError: 'a'", 0.1))
    third = Runs(fails)
    sandboxes.programs = {"x1()": fails, "x2()": fails, "x3()": third}
    teams = FakeTeams([code("x1()"), code("x2()"), code("x3()"), finished()])
    async with harness(tmp_path, teams, sandboxes=sandboxes) as it:
        await it.say("Go")
        await third.begun.wait()
        await it.say("use column b")
        third.released.set()
        await it.rest()
        thread = it.thread()
    assert teams.heard[-1] == ["use column b"]
    assert thread[-1] == "finished: The team has finished."
    assert not [line for line in thread if line.startswith("failed: ")]


async def test_a_hint_that_comes_as_a_team_is_found_stuck_is_heard(tmp_path: Path) -> None:
    hints = ["use column b"]

    async def goes_round(_turn: TurnPort) -> What:
        if not hints:
            return finished()
        await it.say(hints.pop())
        raise Stuck("coder went round in a circle.")

    async with harness(tmp_path, FakeTeams([goes_round])) as it:
        thread = await it.talk("Go")
    assert thread[-1] == "finished: The team has finished."


async def test_a_turn_that_cannot_be_stored_is_paid_all_the_same(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def calls(turn: TurnPort) -> What:
        await turn.reserve(Usage("assistant", "fake/model", 80, 20, estimated=True))
        return finished()

    used = Usage("assistant", "fake/model", 30, 10)
    async with harness(tmp_path, FakeTeams([calls], usage=(used,))) as it:
        await it.database.write(
            _execute, "CREATE TRIGGER full BEFORE INSERT ON turns BEGIN SELECT RAISE(ABORT, ''); END"
        )
        assert await it.talk("Go") == [_CRASHED]
        assert (await it.view()).tokens == 40
        await it.database.write(_execute, "DROP TRIGGER full")
        assert (await it.talk("again"))[-1] == "finished: The team has finished."
        assert (await it.view()).tokens == 80
    assert "the turn could not be stored" in caplog.text


async def test_reservations_stay_spent_when_the_use_is_unknown(tmp_path: Path) -> None:
    async def crashes(turn: TurnPort) -> What:
        await turn.reserve(Usage("assistant", "fake/model", 80, 20, estimated=True))
        raise ZeroDivisionError

    async with harness(tmp_path, FakeTeams([crashes, finished()])) as it:
        assert await it.talk("Go") == [_CRASHED]
        assert (await it.view()).tokens == 100


@dataclass(frozen=True, slots=True)
class Notice:
    """Sets an event once something is logged."""

    event: asyncio.Event
    text: str

    def filter(self, record: logging.LogRecord) -> bool:
        if self.text in record.getMessage():
            self.event.set()
        return True


async def test_a_stop_acts_after_the_tables_were_silent(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    held, noticed = Held(), asyncio.Event()
    caplog.handler.addFilter(Notice(noticed, "trying again"))
    async with harness(tmp_path, FakeTeams([held])) as it:
        session = await it.say("Go")
        await held.arrived.wait()
        await it.database.write(_execute, "ALTER TABLE inbox RENAME TO elsewhere")
        await it.dispatcher.wake(session)
        await noticed.wait()
        await it.database.write(_execute, "ALTER TABLE elsewhere RENAME TO inbox")
        await it.stop()
        await it.rest()
        assert it.thread() == ["stopped: Stopped by Ben."]


def _execute(connection: Connection, statement: str) -> None:
    connection.execute(text(statement))
