"""What a thread looks like when all goes well."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.domain.errors import BadInput
from bot.domain.participants import ThreadRef
from bot.domain.posts import SummaryPost
from bot.domain.turn_results import Finished, RunResult
from tests.bot.engine.harness import THREAD, harness
from tests.fakes.scripted_sandbox import Does, ScriptedSandboxes
from tests.fakes.team import FakeTeams, Held, Limits, Line, asks, code, finished, said


async def test_a_task_is_worked_on_until_the_team_has_finished(tmp_path: Path) -> None:
    async with harness(tmp_path, FakeTeams([said("I look."), finished("42.")])) as it:
        thread = await it.talk("What is it?")
        view = await it.view()
        summary = it.chat.posts(THREAD)[-1]

    assert thread == ["assistant: I look.", "assistant: 42.", "finished: The team has finished."]
    assert (view.status, view.outcome, view.turns, view.tokens, view.cost) == ("ended", "finished", 2, 30, 1.0)
    assert view.title == "What is it?"
    assert isinstance(summary, SummaryPost)
    assert (summary.turns, summary.tokens, summary.cost) == (2, 30, 1.0)


async def test_code_is_run_and_what_it_made_is_posted(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    sandboxes.programs["plot()"] = Does(RunResult(0, "drawn\n", 1.5), {"chart.png": b"PNG", "data.csv": b"1,2"})
    teams = FakeTeams([code("plot()"), finished("See chart.png.")])
    async with harness(tmp_path, teams, sandboxes=sandboxes) as it:
        thread = await it.talk("Plot it")
        session = (await it.view()).id
        files = await it.reader.files(session)

    assert thread == [
        "assistant wrote: plot()",
        "output: drawn",
        "files: chart.png, data.csv",
        "assistant: See chart.png.",
        "finished: The team has finished.",
    ]
    assert [(file.file.path, file.turn, file.attached) for file in files] == [
        ("chart.png", 2, False),
        ("data.csv", 2, False),
    ]
    assert sandboxes.open_now == 0


async def test_team_and_sandbox_are_kept_between_turns_only(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    sandboxes.programs["write()"] = Does(files={"a": b"1", "b": b"2"})
    sandboxes.programs["remove()"] = Does(files={"a": None})
    script: list[Line] = [code("write()"), code("remove()"), code("look()"), asks("Go on?"), code("look()")]
    teams = FakeTeams([*script, finished()])
    async with harness(tmp_path, teams, sandboxes=sandboxes) as it:
        await it.talk("Go")
        assert (sandboxes.open_now, teams.opened) == (0, [0])
        await it.talk("Yes")

    assert sandboxes.contents == [{}, {"a": b"1", "b": b"2"}, {"b": b"2"}, {"b": b"2"}]
    assert teams.opened == [0, 8]


async def test_a_question_waits_and_the_reply_goes_on(tmp_path: Path) -> None:
    teams = FakeTeams([asks("Which column?"), finished("Sorted by price.")])
    async with harness(tmp_path, teams) as it:
        assert await it.talk("Sort it") == ["assistant asks: Which column?"]
        assert (await it.view()).status == "waiting"
        thread = await it.talk("price", who="Ben")

    assert thread[1:] == ["assistant: Sorted by price.", "finished: The team has finished."]
    assert teams.heard == [["Sort it"], ["price"]]


async def test_a_question_survives_a_restart(tmp_path: Path) -> None:
    script: list[Line] = [said("I look."), asks("Which column?"), finished("Sorted.")]
    async with harness(tmp_path, FakeTeams(script)) as it:
        await it.talk("Sort it")
    teams = FakeTeams(script)
    async with harness(tmp_path, teams) as it:
        await it.rest()
        assert it.thread() == []
        thread = await it.talk("price")

    assert thread == ["assistant: Sorted.", "finished: The team has finished."]
    assert teams.opened == [3]
    assert teams.heard == [["price"]]


async def test_a_reply_after_the_end_continues_with_a_new_allowance(
    tmp_path: Path, sandboxes: ScriptedSandboxes
) -> None:
    sandboxes.programs["make()"] = Does(files={"a.csv": b"1"})
    teams = FakeTeams([code("make()"), finished("Made."), code("read()"), finished("Read.")], Limits(max_turns=3))
    async with harness(tmp_path, teams, sandboxes=sandboxes) as it:
        await it.talk("Make it")
        thread = await it.talk("Now read it")
        summary = it.chat.posts(THREAD)[-1]

    assert thread[-1] == "finished: The team has finished."
    assert thread.count("finished: The team has finished.") == 2
    assert teams.opened == [0, 4]
    assert sandboxes.contents == [{}, {"a.csv": b"1"}]
    assert isinstance(summary, SummaryPost)
    assert (summary.turns, summary.tokens, summary.cost) == (3, 30, 1.0)


async def test_words_during_a_turn_reach_the_next_one_in_order(tmp_path: Path) -> None:
    held = Held()
    teams = FakeTeams([held, said("Blue it is."), finished()])
    async with harness(tmp_path, teams) as it:
        await it.say("Paint it")
        await held.arrived.wait()
        await it.say("in blue")
        await it.say("no, in green", who="Ben")
        held.released.set()
        await it.rest()

    assert teams.heard == [["Paint it"], ["in blue", "no, in green"], []]


async def test_a_message_while_the_team_finishes_is_not_lost(tmp_path: Path) -> None:
    held = Held(Finished("Done."))
    teams = FakeTeams([held, finished("Also that.")])
    async with harness(tmp_path, teams) as it:
        await it.say("Do this")
        await held.arrived.wait()
        await it.say("and that")
        held.released.set()
        await it.rest()
        thread, view = it.thread(), await it.view()

    assert thread == [
        "assistant: Done.",
        "finished: The team has finished.",
        "assistant: Also that.",
        "finished: The team has finished.",
    ]
    assert (view.status, view.outcome) == ("ended", "finished")
    assert teams.heard == [["Do this"], ["and that"]]


async def test_a_turn_that_opens_its_session_again_is_paid_once(tmp_path: Path) -> None:
    held = Held(finished("A."))
    async with harness(tmp_path, FakeTeams([held, finished("B.")])) as it:
        await it.say("Go")
        await held.arrived.wait()
        await it.say("and then?")
        held.released.set()
        await it.rest()
        ends = [post for post in it.chat.posts(THREAD) if isinstance(post, SummaryPost)]
    assert [(end.turns, end.tokens, end.cost) for end in ends] == [(1, 15, 0.5), (1, 15, 0.5)]


async def test_the_same_event_twice_is_one_event(tmp_path: Path) -> None:
    teams = FakeTeams([finished()])
    async with harness(tmp_path, teams) as it:
        first = await it.say("Do it", key="event-1")
        await it.rest()
        assert await it.say("Do it", key="event-1") == first
        await it.rest()

    assert teams.heard == [["Do it"]]


async def test_a_caller_who_hangs_up_has_been_heard_all_the_same(tmp_path: Path) -> None:
    async with harness(tmp_path, FakeTeams([finished()])) as it:
        calling = asyncio.create_task(it.say("Go"))
        await asyncio.sleep(0)
        calling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await calling
        assert await it.shows(2) == ["assistant: Done.", "finished: The team has finished."]


async def test_threads_are_sessions_of_their_own(tmp_path: Path) -> None:
    other = ThreadRef("chat", "team", "general", "2")
    teams = FakeTeams([finished("Here.")])
    async with harness(tmp_path, teams) as it:
        here, there = await it.say("one"), await it.say("two", thread=other)
        await it.rest()
        assert it.thread() == it.thread(other)

    assert here != there


async def test_who_is_at_work_is_shown_and_taken_away_at_rest(tmp_path: Path) -> None:
    async with harness(tmp_path, FakeTeams([code("x()"), finished()])) as it:
        await it.talk("Go")
        hints = it.chat.hints

    assert hints == ["assistant", "executor", "assistant", ""]


async def test_the_teams_turns_are_limited(tmp_path: Path) -> None:
    teams = FakeTeams([said("1"), said("2"), said("3"), said("4"), finished()], Limits(max_turns=2))
    async with harness(tmp_path, teams) as it:
        thread = await it.talk("Count")
        assert thread[2:] == ["limit: The team has used its 2 turns. Reply to let it go on."]
        thread = await it.talk("go on")

    assert thread[3:] == ["assistant: 3", "assistant: 4", thread[2]]


async def test_the_teams_tokens_are_limited(tmp_path: Path) -> None:
    teams = FakeTeams([said("1"), said("2"), said("3"), finished()], Limits(token_cap=30))
    async with harness(tmp_path, teams) as it:
        thread = await it.talk("Count")
        assert thread[2:] == ["limit: The team has used its 30 tokens. Reply to let it go on."]
        thread = await it.talk("go on")

    assert thread[3:] == ["assistant: 3", "assistant: Done.", "finished: The team has finished."]


async def test_the_same_error_three_times_ends_the_session(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    for number in range(4):
        failed = RunResult(1, f"Traceback\n  line {number}\nValueError: at {number} of 10\n", 0.1)
        sandboxes.programs[f"try_({number})"] = Does(failed)
    teams = FakeTeams([*(code(f"try_({number})") for number in range(4)), finished()])
    async with harness(tmp_path, teams, sandboxes=sandboxes) as it:
        thread = await it.talk("Go")
        assert thread[-1] == (
            "failed: The same error came 3 times: ValueError: at # of #. Reply with a hint to go on."
        )
        assert sandboxes.ran == ["try_(0)", "try_(1)", "try_(2)"]
        thread = await it.talk("use floats")

    assert thread[-1] == "finished: The team has finished."


async def test_other_errors_and_a_success_between_do_not_end_it(
    tmp_path: Path, sandboxes: ScriptedSandboxes
) -> None:
    a, b = RunResult(1, "NameError: a", 0.1), RunResult(1, "KeyError: b", 0.1)
    sandboxes.programs |= {"a()": Does(a), "b()": Does(b)}
    script = [code(f"{name}()") for name in ("a", "a", "b", "b", "a", "a", "fine", "a", "a")]
    async with harness(tmp_path, FakeTeams([*script, finished()]), sandboxes=sandboxes) as it:
        thread = await it.talk("Go")

    assert thread[-1] == "finished: The team has finished."


@pytest.mark.parametrize(
    ("text", "team", "sentence"),
    [
        ("", None, "The task is empty: say what the team should do, or attach a file."),
        ("  \n ", None, "The task is empty: say what the team should do, or attach a file."),
        ("Go", "nobody", "There is no team 'nobody'. Teams: pair."),
        ("stop", None, "There is no session here to stop; to start one, describe a task."),
    ],
)
async def test_bad_input_gets_a_sentence_and_stores_nothing(
    tmp_path: Path, text: str, team: str | None, sentence: str
) -> None:
    async with harness(tmp_path, FakeTeams([])) as it:
        with pytest.raises(BadInput) as refused:
            await it.say(text, team=team)
        assert await it.reader.sessions() == []

    assert str(refused.value) == sentence
