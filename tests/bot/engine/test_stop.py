"""Stop acts at once wherever it meets a session; all that is committed after it is what code had done by then."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.domain.errors import ModelUnavailable, SandboxUnavailable
from bot.domain.events import RemoteFile, Stop
from bot.domain.participants import Person, ThreadRef
from bot.domain.posts import OutputPost, SummaryPost
from bot.domain.turn_results import Code, What
from bot.engine.intake_transaction import apply_event
from bot.ports import TurnPort
from tests.bot.engine.harness import THREAD, harness
from tests.bot.store.rows import admission
from tests.fakes.chat import FakeChat, Slow
from tests.fakes.scripted_sandbox import Runs, ScriptedSandboxes
from tests.fakes.team import FakeTeams, Held, Limits, asks, code, finished, said

OTHER = ThreadRef("chat", "team", "general", "2")


async def test_by_a_word_during_a_model_call(tmp_path: Path) -> None:
    held = Held()
    async with harness(tmp_path, FakeTeams([said("I begin."), held])) as it:
        await it.say("Go")
        await held.arrived.wait()
        await it.say("Stop!", who="Ben")
        await it.rest()
        thread, view, summary = it.thread(), await it.view(), it.chat.posts(THREAD)[-1]

    assert thread == ["assistant: I begin.", "stopped: Stopped by Ben."]
    assert (view.status, view.outcome, view.turns) == ("ended", "stopped", 1)
    assert isinstance(summary, SummaryPost)
    assert (summary.tokens, summary.cost) == (30, 1.0), "what the stopped call may have cost is counted"


async def test_by_an_event_during_a_run_whose_code_is_never_run_again(
    tmp_path: Path, sandboxes: ScriptedSandboxes
) -> None:
    sandboxes.programs["loop()"] = program = Runs(printed="row 1\n")
    teams = FakeTeams([code("loop()"), said("I see."), code("other()"), finished()])
    async with harness(tmp_path, teams, sandboxes=sandboxes) as it:
        await it.say("Go")
        await program.begun.wait()
        await it.stop("Ben")
        await it.rest()
        stopped = it.thread()
        (output,) = (post for post in it.chat.posts(THREAD) if isinstance(post, OutputPost))
        assert sandboxes.killed == 1
        assert [result.output for result in teams.reports] == ["row 1\n"], "the team knows it too"
        thread = await it.talk("do something else")

    assert stopped == [
        "assistant wrote: loop()",
        "output: stopped",
        "files: half-written",
        "stopped: Stopped by Ben.",
    ]
    assert [(result.output, result.note) for result in output.results] == [("row 1\n", "A person stopped it.")]
    assert thread[4:6] == ["assistant: I see.", "assistant wrote: other()"], "nothing is told twice"
    assert teams.heard[2] == ["do something else"]
    assert sandboxes.ran == ["loop()", "other()"]
    assert sandboxes.contents[1] == {"half-written": b"x"}


async def test_a_message_after_a_stop_continues_with_its_files(
    tmp_path: Path, sandboxes: ScriptedSandboxes
) -> None:
    sandboxes.programs["loop()"] = program = Runs()
    teams = FakeTeams([code("loop()"), code("other()"), finished()])
    async with harness(tmp_path, teams, sandboxes=sandboxes) as it:
        await it.say("Go")
        await program.begun.wait()
        await asyncio.gather(it.stop("Ben"), it.say("do something else"))
        await it.rest()

    assert sandboxes.ran == ["loop()", "other()"]
    assert sandboxes.contents[1] == {"half-written": b"x"}
    assert (sandboxes.open_now, sandboxes.most_open) == (0, 1)


async def test_a_stop_during_a_run_opens_no_card(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    sandboxes.programs["loop()"] = program = Runs()
    teams = FakeTeams([code("loop()")], Limits(human_input_mode="ALWAYS"))
    async with harness(tmp_path, teams, sandboxes=sandboxes) as it:
        await it.talk("Go")
        await it.decide("go_on")
        await program.begun.wait()
        await it.stop()
        await it.rest()
        thread, view = it.thread(), await it.view()

    assert thread[2:] == ["output: stopped", "files: half-written", "stopped: Stopped by Ben."]
    assert (view.status, view.wake_at) == ("ended", None)


async def test_files_that_do_not_come_at_once_are_not_waited_for(
    tmp_path: Path, sandboxes: ScriptedSandboxes
) -> None:
    sandboxes.programs["loop()"] = program = Runs(printed="row 1\n")
    sandboxes.reading = asyncio.Event()
    teams = FakeTeams([code("loop()"), code("other()"), finished()])
    async with harness(tmp_path, teams, sandboxes=sandboxes) as it:
        await it.say("Go")
        await program.begun.wait()
        await it.stop("Ben")
        await it.rest()
        thread = it.thread()
        sandboxes.reading.set()
        await it.talk("go on")

    assert thread == ["assistant wrote: loop()", "output: stopped", "stopped: Stopped by Ben."]
    assert teams.reports[0].output == "row 1\n"
    assert "workspace is as it was before this run" in teams.reports[0].note
    assert sandboxes.contents[1] == {}, "what nobody was told of is gone"


async def test_an_order_does_not_wait_for_files_either(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    sandboxes.programs["loop()"] = program = Runs()
    sandboxes.reading = reading = asyncio.Event()
    sandboxes.on_run = lambda ran: reading.set() if ran == "other()" else None
    teams = FakeTeams([code("loop()"), code("other()"), finished()])
    async with harness(tmp_path, teams, sandboxes=sandboxes) as it:
        await it.say("Go")
        await program.begun.wait()
        await it.say("now: the other")
        await it.rest()
        view = await it.view()

    assert view.outcome == "finished"
    assert sandboxes.contents == [{}, {}]


async def test_a_crash_after_a_stopped_run_loses_only_its_output(
    tmp_path: Path, sandboxes: ScriptedSandboxes
) -> None:
    sandboxes.programs["loop()"] = program = Runs(deaf=True)
    async with harness(tmp_path, FakeTeams([code("loop()")]), sandboxes=sandboxes, grace=0) as it:
        await it.say("Go")
        await program.begun.wait()
        await it.stop()
        await sandboxes.killing.wait()
    async with harness(tmp_path, FakeTeams([code("loop()"), finished()]), sandboxes=sandboxes) as it:
        await it.rest()
        assert it.thread() == ["stopped: Stopped by Ben."]
        thread = await it.talk("go on")

    assert thread[1:] == ["output: stopped", "assistant: Done.", "finished: The team has finished."]
    assert sandboxes.ran == ["loop()"]


async def test_between_two_blocks_the_second_is_not_sent(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    both = Code("two blocks", (*code("first()").blocks, *code("second()").blocks))
    sandboxes.programs["first()"] = program = Runs(deaf=True)
    teams = FakeTeams([both])
    async with harness(tmp_path, teams, sandboxes=sandboxes) as it:
        await it.say("Go")
        await program.begun.wait()
        await it.stop()
        await sandboxes.killing.wait()
        program.released.set()
        await it.rest()
        thread = it.thread()

    assert thread[1:] == ["output: ok", "stopped: Stopped by Ben."]
    assert [result.note for result in teams.reports] == [
        "Then a person stopped the turn: the code after this block was not run."
    ]
    assert sandboxes.ran == ["first()"]


async def test_while_a_sandbox_is_waited_for(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    sandboxes.opening = asyncio.Event()
    async with harness(tmp_path, FakeTeams([code("x()")]), sandboxes=sandboxes) as it:
        await it.say("Go")
        await sandboxes.queued.wait()
        await it.stop()
        await it.rest()
        thread = it.thread()

    assert thread == ["assistant wrote: x()", "stopped: Stopped by Ben."]
    assert sandboxes.ran == []


async def test_while_an_attachment_is_fetched(tmp_path: Path) -> None:
    slow = Slow()
    teams = FakeTeams([said("never")])
    async with harness(tmp_path, teams, chat=FakeChat(files={"f": b"1"}, fetching=slow)) as it:
        await it.say("Go", files=[RemoteFile("a.csv", 1, "f")])
        await slow.arrived.wait()
        await it.stop()
        await it.rest()
        thread = it.thread()

    assert thread == ["stopped: Stopped by Ben."]
    assert teams.heard == []


async def test_while_it_queues_behind_other_sessions(tmp_path: Path) -> None:
    held = Held(finished())
    teams = FakeTeams([held])
    async with harness(tmp_path, teams, at_once=1) as it:
        await it.say("first")
        await held.arrived.wait()
        await it.say("second", thread=OTHER)
        await it.stop("Ben", OTHER)
        assert await it.shows(1, OTHER) == ["stopped: Stopped by Ben."]
        held.released.set()
        await it.rest()

    assert teams.heard == [["first"]]


async def test_while_it_waits_for_an_answer(tmp_path: Path) -> None:
    async with harness(tmp_path, FakeTeams([asks("Which?")])) as it:
        await it.talk("Go")
        thread = await it.talk("terminate")

    assert thread == ["assistant asks: Which? [Stopped by Ann.]", "stopped: Stopped by Ann."]


async def test_while_it_is_paused(tmp_path: Path) -> None:
    async with harness(tmp_path, FakeTeams([ModelUnavailable("It does not answer."), said("never")])) as it:
        await it.talk("Go")
        assert (await it.view()).status == "paused"
        thread = await it.talk("stop")
        view = await it.view()

    assert thread[-1] == "stopped: Stopped by Ann."
    assert (view.status, view.wake_at) == ("ended", None)


async def test_of_a_session_that_has_ended_changes_nothing(tmp_path: Path) -> None:
    async with harness(tmp_path, FakeTeams([finished()])) as it:
        before = await it.talk("Go")
        await it.stop()
        assert await it.talk("stop") == before
        view = await it.view()

    assert view.outcome == "finished"


async def test_by_two_people_at_once_is_said_once(tmp_path: Path) -> None:
    held = Held()
    async with harness(tmp_path, FakeTeams([held])) as it:
        await it.say("Go")
        await held.arrived.wait()
        await asyncio.gather(it.stop("Ben"), it.stop("Eve"))
        await it.rest()
        thread = it.thread()

    assert len(thread) == 1
    assert thread[0] in ("stopped: Stopped by Ben.", "stopped: Stopped by Eve.")


async def test_words_before_a_stop_start_nothing_and_come_later(tmp_path: Path) -> None:
    held = Held()
    teams = FakeTeams([held, finished()])
    async with harness(tmp_path, teams) as it:
        await it.say("Go")
        await held.arrived.wait()
        await it.say("in blue")
        await it.stop()
        await it.rest()
        assert it.thread() == ["stopped: Stopped by Ben."]
        held.released.set()
        await it.talk("go on")

    assert teams.heard[1] == ["Go", "in blue", "go on"]


async def test_a_stored_stop_is_acted_on_after_a_restart(tmp_path: Path) -> None:
    async with harness(tmp_path, FakeTeams([asks("Which?")])) as it:
        await it.talk("Go")
        it.runner.closing = True
        await it.stop()
        await it.rest()
        assert (await it.view()).status == "waiting"
    async with harness(tmp_path, FakeTeams([])) as it:
        await it.rest()
        thread, view = it.thread(), await it.view()

    assert thread == ["stopped: Stopped by Ben."]
    assert view.status == "ended"


async def test_between_the_end_of_a_turn_and_its_commit_wins(tmp_path: Path) -> None:
    async def finish_as_a_stop_comes(_turn: TurnPort) -> What:
        # Straight into the tables, as from another process: this one hears of it only at the commit.
        stop = Stop("late", THREAD, Person("U-Ben", "Ben"))
        await it.database.write(apply_event, stop, admission(), it.intake.clock())
        return finished()

    async with harness(tmp_path, FakeTeams([finish_as_a_stop_comes])) as it:
        thread = await it.talk("Go")
        view = await it.view()

    assert thread == ["stopped: Stopped by Ben."]
    assert (view.turns, view.outcome, view.tokens) == (0, "stopped", 15)


async def test_while_the_sandbox_is_gone(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    sandboxes.faults = [SandboxUnavailable("Docker does not answer.") for _ in range(100)]
    async with harness(tmp_path, FakeTeams([code("x()"), finished()]), sandboxes=sandboxes) as it:
        await it.talk("Go")
        thread = await it.talk("stop")

    assert thread[-1] == "stopped: Stopped by Ann."
