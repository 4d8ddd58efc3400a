"""Every way to stop a session, and what stops none."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.adapters.slack.stop_buttons import ShownRun, run_of
from bot.domain.events import Stop
from tests.bot.adapters.slack.harness import harness, played
from tests.fakes.scripted_sandbox import Runs
from tests.fakes.team import FakeTeams, Held, asks, code, finished, said
from tests.platforms.slack import Lost, Status
from tests.platforms.slack.state import Whisper


@pytest.mark.parametrize("word", ["stop", "STOP", "Terminate!", "@roundtable stop", "@roundtable: TERMINATE"])
async def test_a_whole_message_stops(tmp_path: Path, word: str) -> None:
    held = Held()
    async with harness(tmp_path, held) as it:
        task = await it.workspace.says("U1", "@roundtable think")
        await held.arrived.wait()
        await it.workspace.says("U2", word, thread=task)
        await it.workspace.reply_in(task, containing="Stopped by Ben")


async def test_a_sentence_with_stop_in_it_is_no_stop(tmp_path: Path) -> None:
    async with harness(tmp_path, asks("Which?"), finished()) as it:
        task = await it.workspace.says("U1", "@roundtable think")
        await it.workspace.reply_in(task, containing="Which?")
        await it.workspace.says("U2", "stop using red", thread=task)
        await it.ended(task)
        assert it.teams.heard[1] == ["stop using red"]


@pytest.mark.parametrize("name", ["octagonal_sign", "x", "terminate"])
@pytest.mark.parametrize("on", ["task", "ours", "reply"])
async def test_a_reaction_on_any_message_of_the_session_stops(tmp_path: Path, name: str, on: str) -> None:
    held = Held()
    async with harness(tmp_path, asks("Which?"), held) as it:
        slack = it.workspace
        task = await slack.says("U1", "@roundtable think")
        question = await slack.reply_in(task, containing="Which?")
        reply = await slack.says("U1", "the first", thread=task)
        await held.arrived.wait()
        await slack.reacts("U3", task, "eyes")
        await slack.reacts("U3", {"task": task, "ours": question, "reply": reply}[on], name)
        await slack.reply_in(task, containing="Stopped by Eve")


async def test_a_reaction_on_an_unconfirmed_message_stops(tmp_path: Path) -> None:
    held = Held()
    async with harness(tmp_path, said("I look."), held, looks=(30,)) as it:
        slack = it.workspace
        slack.fault("chat.postMessage", Lost(accepted=True))
        task = await slack.says("U1", "@roundtable think")
        shown = await slack.reply_in(task, containing="I look.")
        await held.arrived.wait()
        await slack.reacts("U3", shown, "x")
        await it.workspace.until(lambda: True if any(isinstance(event, Stop) for event in it.events) else None)
        await slack.settled()
        assert slack.sockets.log.retries == 0


async def test_a_reaction_on_talk_between_people_in_the_thread_stops(tmp_path: Path) -> None:
    held = Held()
    async with harness(tmp_path, held) as it:
        slack = it.workspace
        task = await slack.says("U1", "@roundtable think")
        await held.arrived.wait()
        aside = await slack.says("U2", "aside: this takes too long", thread=task)
        slack.fault("conversations.replies", Status(503))
        slack.sockets.ack_time = 0.3
        await slack.reacts("U3", aside, "x")
        await slack.reply_in(task, containing="Stopped by Eve")


async def test_a_reaction_elsewhere_is_nothing(tmp_path: Path) -> None:
    async with harness(tmp_path, asks("Which?")) as it:
        slack = it.workspace
        task = await slack.says("U1", "@roundtable think")
        await slack.reply_in(task, containing="Which?")
        other = await slack.says("U2", "just talk")
        await slack.reacts("U2", other, "x")
        await it.rest()
        assert (await it.session(task)).status == "waiting"
        assert not any(isinstance(event, Stop) for event in it.events)


async def test_a_reaction_stops_again_after_the_session_went_on(tmp_path: Path) -> None:
    first, second = Held(), Held()
    async with harness(tmp_path, first, second) as it:
        slack = it.workspace
        task = await slack.says("U1", "@roundtable think")
        await first.arrived.wait()
        await slack.reacts("U2", task, "x")
        stopped = await slack.reply_in(task, containing="Stopped by Ben")
        first.arrived.clear()
        await slack.says("U1", "go on", thread=task)
        await first.arrived.wait()
        await slack.reacts("U2", task, "x")
        await slack.reply_in(task, containing="Stopped by Ben", after=stopped)


async def test_the_native_stop_and_the_button_stop(tmp_path: Path) -> None:
    program = Runs()
    async with harness(tmp_path, code("loop()"), Held()) as it:
        it.sandboxes.programs["loop()"] = program
        slack = it.workspace
        task = await slack.says("U1", "@roundtable loop")
        await program.begun.wait()
        shown = await slack.reply_in(task, containing="loop()")
        assert await slack.clicks("U3", "Stop", shown) == {}
        stopped = await slack.reply_in(task, containing="Stopped by Eve")
        await slack.says("U1", "again", thread=task)
        await it.workspace.until(lambda: True if len(it.teams.heard) > 2 else None)
        await slack.presses_stop("U2", task)
        await slack.reply_in(task, containing="Stopped by Ben", after=stopped)


async def test_an_old_button_stops_no_later_run(tmp_path: Path) -> None:
    held = Held(finished())
    async with harness(tmp_path, code("x()"), finished(), held) as it:
        slack = it.workspace
        task = await slack.says("U1", "@roundtable compute")
        old = await slack.reply_in(task, containing="x()")
        closing = await it.ended(task)
        await slack.clicks("U1", "Stop", old)
        await slack.whisper_to("U1", "has ended already")
        await slack.says("U1", "go on", thread=task)
        await held.arrived.wait()
        assert await slack.clicks("U2", "Stop", old) == {}
        await slack.whisper_to("U2", "That run has ended already; nothing was stopped.")
        held.released.set()
        await slack.reply_in(task, containing="Done.", after=closing)
        assert not any(isinstance(event, Stop) for event in it.events)


async def test_a_button_works_as_long_as_its_run(tmp_path: Path) -> None:
    held = Held()
    async with harness(tmp_path, finished(), code("x()"), asks("Which?"), held) as it:
        slack = it.workspace
        task = await slack.says("U1", "@roundtable compute")
        await it.ended(task)
        await slack.says("U1", "go on", thread=task)
        shown = await slack.reply_in(task, containing="x()")
        await slack.reply_in(task, containing="Which?")
        await slack.says("U1", "the first", thread=task)
        await held.arrived.wait()
        await slack.clicks("U3", "Stop", shown)
        await slack.reply_in(task, containing="Stopped by Eve")


async def test_an_old_button_stops_nothing_after_a_restart(tmp_path: Path) -> None:
    held = Held()
    teams = FakeTeams([code("x()"), finished(), held], known={"pair": "", "crew": ""})
    async with played() as slack:
        async with harness(tmp_path, teams=teams, workspace=slack) as it:
            task = await slack.says("U1", "@roundtable compute")
            old = await slack.reply_in(task, containing="x()")
            await it.ended(task)
        async with harness(tmp_path, teams=teams, workspace=slack) as it:
            await slack.says("U1", "go on", thread=task)
            await held.arrived.wait()
            await slack.clicks("U1", "Stop", old)
            await slack.whisper_to("U1", "has ended already")
            assert (await it.session(task)).status == "running"


@pytest.mark.parametrize("where", ["home", "sessions"])
async def test_an_old_list_of_sessions_stops_no_later_run(tmp_path: Path, where: str) -> None:
    first, second = Held(finished()), Held()
    async with harness(tmp_path, first, second) as it:
        slack = it.workspace
        task = await slack.says("U1", "@roundtable compute")
        await first.arrived.wait()
        await slack.opens_home("U1")
        home = await slack.until(lambda: slack.state.homes.get("U1"))
        old = home if where == "home" else await slack.commands("U1", "/roundtable sessions")
        first.released.set()
        await it.ended(task)
        await slack.says("U1", "go on", thread=task)
        await second.arrived.wait()
        if where == "home":
            slack.state.homes["U1"] = home
            await slack.clicks("U1", "Stop", "home")
            await slack.dm_to("U1", "has ended already")
        else:
            assert isinstance(old, Whisper)
            await slack.clicks("U1", "Stop", old)
            await slack.whisper_to("U1", "has ended already")
        assert (await it.session(task)).status == "running"
        await slack.opens_home("U1")
        await slack.until(lambda: slack.state.homes["U1"] if slack.state.homes["U1"] != home else None)
        await slack.clicks("U1", "Stop", "home")
        await slack.reply_in(task, containing="Stopped by Ada")


@pytest.mark.parametrize(
    ("value", "run"),
    [
        ("s1:7", ShownRun("s1", 7)),
        ("s1", ShownRun("s1")),
        ("s1:", ShownRun("s1")),
        ("s1:x", ShownRun("s1")),
        ("s1:-1", ShownRun("s1")),
        (f"s1:{10**30}", ShownRun("s1")),
        ("", ShownRun("")),
    ],
)
def test_a_button_names_its_run(value: str, run: ShownRun) -> None:
    assert run_of(value) == run
