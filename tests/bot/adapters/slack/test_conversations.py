"""What a user in Slack gets: scenarios that read like conversations."""

from __future__ import annotations

from pathlib import Path

from bot.domain.events import Deleted, Edited
from bot.domain.events import Message as Heard
from bot.domain.turn_results import RunResult
from tests.bot.adapters.slack.harness import harness, played
from tests.fakes.scripted_sandbox import Does
from tests.fakes.team import Held, asks, code, finished, said
from tests.platforms.slack import Fail, Message, Status, Workspace
from tests.platforms.slack.limits import buttons


async def test_a_mention_becomes_a_thread_of_named_turns_with_files(tmp_path: Path) -> None:
    async with harness(tmp_path, code("plot()"), finished("The *north* leads.")) as it:
        chart, table = b"\x89PNG", b"region,sum\n"
        it.sandboxes.programs["plot()"] = Does(files={"chart.png": chart, "sums.csv": table})
        slack = it.workspace
        task = await slack.says("U1", "@roundtable plot this by region", files=[("sales.csv", b"a,b\n")])
        closing = await it.ended(task)

        names = [message.username for message in slack.replies_in(task)]
        assert names == ["roundtable", "assistant", "executor", "executor", "assistant", ""]
        card, written, ran, shared, found, _ = slack.replies_in(task)
        assert "sales.csv" in card.shown_text
        assert "plot()" in written.shown_text
        assert written.icon != ran.icon
        assert "exit code 0" in ran.shown_text
        assert {file.name: file.data for file in shared.files} == {"chart.png": chart, "sums.csv": table}
        assert "The north leads." in found.shown_text
        assert "The team has finished" in closing.shown_text
        assert "2 turns" not in closing.shown_text
        assert "3 turns" in closing.shown_text
        assert "$0.5" in closing.shown_text or "$1.0" in closing.shown_text
        assert it.teams.heard[0] == ["plot this by region [sales.csv]"]
        assert it.sandboxes.contents[0]["sales.csv"] == b"a,b\n"


async def test_a_native_status_follows_the_session_from_the_start(tmp_path: Path) -> None:
    held = Held(finished())
    async with harness(tmp_path, held) as it:
        slack = it.workspace
        task = await slack.says("U1", "@roundtable think")
        await held.arrived.wait()
        status = slack.state.sessions
        await slack.until(lambda: status.get(("C1", task.ts)))
        assert status["C1", task.ts][0] == "processing"
        await slack.until(lambda: slack.state.thinking.get(("C1", task.ts)))
        assert "assistant" in slack.state.thinking["C1", task.ts]
        held.released.set()
        await slack.until(lambda: True if status["C1", task.ts][-1] == "closed" else None)
        await slack.until(lambda: True if not slack.state.thinking["C1", task.ts] else None)


async def test_a_native_status_that_is_refused_for_now_is_shown_later(tmp_path: Path) -> None:
    held = Held(finished())
    async with harness(tmp_path, held) as it:
        slack = it.workspace
        task = await slack.says("U1", "@roundtable think")
        statuses = await slack.until(lambda: slack.state.sessions.get(("C1", task.ts)))
        await held.arrived.wait()
        slack.fault("agents.sessions.setStatus", Status(503), Fail("internal_error"))
        held.released.set()
        await it.ended(task)
        await slack.until(lambda: True if statuses[-1] == "closed" else None)


async def test_where_the_app_is_no_agent_a_reaction_is_the_sign(tmp_path: Path) -> None:
    async with harness(tmp_path, finished(), spoil=lambda slack: setattr(slack.state, "agent", False)) as it:
        task = await it.workspace.says("U1", "@roundtable think")
        assert await it.workspace.reaction_on(task) == "eyes"


async def test_without_the_scope_agents_say_their_name_in_the_text(tmp_path: Path) -> None:
    async with harness(
        tmp_path,
        code("plot()"),
        finished("It is up."),
        spoil=lambda slack: slack.state.scopes.discard("chat:write.customize"),
    ) as it:
        it.sandboxes.programs["plot()"] = Does(files={"chart.png": b"x"})
        task = await it.workspace.says("U1", "@roundtable plot")
        await it.ended(task)
        replies = it.workspace.replies_in(task)
        assert [message.username for message in replies] == [""] * 5
        assert replies[0].shown_text.startswith("assistant")
        assert replies[2].text.startswith("executor: ")
        assert replies[3].shown_text.startswith("assistant")


async def test_the_scope_may_be_lost_while_it_runs(tmp_path: Path) -> None:
    async with harness(tmp_path, asks("Which?"), finished("Done.")) as it:
        task = await it.workspace.says("U1", "@roundtable plot")
        question = await it.workspace.reply_in(task, containing="Which?", by="assistant")
        it.workspace.state.scopes.discard("chat:write.customize")
        await it.workspace.says("U1", "the first", thread=task)
        await it.workspace.reply_in(task, containing="Done.", after=question)
        await it.ended(task)
        assert len(it.workspace.replies_in(task)) == 3


async def test_replies_need_no_mention_and_carry_their_authors(tmp_path: Path) -> None:
    async with harness(tmp_path, asks("Which?"), asks("Why?"), finished()) as it:
        slack = it.workspace
        task = await slack.says("U1", "@roundtable compare")
        first = await slack.reply_in(task, containing="Which?")
        await slack.says("U2", "the north", thread=task, files=[("north.csv", b"1")])
        await slack.reply_in(task, containing="Why?", after=first)
        await slack.says("U3", "because <@U1> said so", thread=task)
        await it.ended(task)
        assert it.teams.heard == [["compare"], ["the north [north.csv]"], ["because @Ada said so"]]
        people = [event.who.name for event in it.events if isinstance(event, Heard)]
        assert people == ["Ada", "Ben", "Eve"]


async def test_people_can_talk_among_themselves(tmp_path: Path) -> None:
    async with harness(tmp_path, asks("Which?"), finished()) as it:
        slack = it.workspace
        task = await slack.says("U1", "@roundtable compare")
        await slack.reply_in(task, containing="Which?")
        await slack.says("U2", "aside: lunch?", thread=task)
        await slack.says("U1", "mute", thread=task)
        muted = await slack.reply_in(task, containing="Muted by Ada")
        await slack.says("U2", "pizza it is", thread=task)
        await slack.says("U1", "unmute", thread=task)
        await slack.reply_in(task, containing="Unmuted by Ada", after=muted)
        await slack.says("U2", "the first", thread=task)
        await it.ended(task)
        assert it.teams.heard == [["compare"], ["the first"]]


async def test_direct_messages_work_like_threads(tmp_path: Path) -> None:
    async with harness(tmp_path, asks("Which?"), finished()) as it:
        slack = it.workspace
        task = await slack.writes("U1", "compare")
        await slack.reply_in(task, containing="Which?")
        await slack.writes("U1", "the first", thread=task)
        await it.ended(task)
        assert it.teams.heard == [["compare"], ["the first"]]


async def test_a_mention_inside_a_thread_brings_its_talk_and_files(tmp_path: Path) -> None:
    async with harness(tmp_path, finished()) as it:
        slack = it.workspace
        root = await slack.says("U1", "Here are the sales.", files=[("sales.csv", b"1,2")])
        await slack.says("U2", "The north looks odd &amp; small", thread=root)
        await slack.says("U3", "@roundtable why?", thread=root)
        await it.ended(root)
        task = next(event for event in it.events if isinstance(event, Heard))
        assert task.text == "why?"
        assert task.context.splitlines() == [
            "Ada: Here are the sales. [attached sales.csv]",
            "Ben: The north looks odd & small",
        ]
        assert it.teams.heard == [["why? [sales.csv]"]]


async def test_a_shortcut_starts_a_session_on_any_message(tmp_path: Path) -> None:
    async with harness(tmp_path, finished()) as it:
        slack = it.workspace
        message = await slack.says("U2", "Plot the sales", files=[("sales.csv", b"1")])
        assert await slack.runs_shortcut("U1", "run_on_message", message) == {}
        await it.ended(message)
        assert it.teams.heard == [["Plot the sales [sales.csv]"]]
        assert (await it.session(message)).starter.name == "Ada"


async def test_a_shortcut_where_the_bot_is_not_is_refused_privately(tmp_path: Path) -> None:
    async with harness(tmp_path) as it:
        slack = it.workspace
        message = await slack.says("U2", "Plot the sales")
        slack.world.channels["C1"].members.discard("U0BOT")
        await slack.runs_shortcut("U1", "run_on_message", message)
        await slack.whisper_to("U1", "invite me first")
        assert await it.reader.sessions() == []


async def test_a_team_is_chosen_by_name_or_by_channel(tmp_path: Path) -> None:
    async with harness(tmp_path, finished(), policy={"channel": {"C2": {"team": "crew"}}}) as it:
        named = await it.workspace.says("U1", "@roundtable crew: plot this")
        here = await it.workspace.says("U1", "@roundtable plot this", channel="C2")
        usual = await it.workspace.says("U1", "@roundtable plot this")
        for task, team in ((named, "crew"), (here, "crew"), (usual, "pair")):
            await it.ended(task)
            assert (await it.session(task)).team == team


async def test_a_quiet_channel_gets_only_files_questions_and_results(tmp_path: Path) -> None:
    script = (said("I think so."), code("plot()"), asks("Which?"), finished("The north."))
    async with harness(tmp_path, *script, policy={"channel": {"C1": {"verbosity": "quiet"}}}) as it:
        it.sandboxes.programs["plot()"] = Does(RunResult(0, "printed", 0.1), files={"chart.png": b"x"})
        slack = it.workspace
        task = await slack.says("U1", "@roundtable plot")
        await slack.reply_in(task, containing="Which?")
        await slack.says("U1", "both", thread=task)
        await it.ended(task)
        shown = [message.shown_text.strip() for message in slack.replies_in(task)]
        assert len(shown) == 4
        assert "chart.png" in shown[0]
        assert "Which?" in shown[1]
        assert shown[2] == "The north."


async def test_an_edited_message_counts_as_edited_a_deleted_one_not(tmp_path: Path) -> None:
    held = Held(asks("More?"))
    async with harness(tmp_path, held, finished()) as it:
        slack = it.workspace
        task = await slack.says("U1", "@roundtable think")
        await held.arrived.wait()
        edited = await slack.says("U1", "in red", thread=task)
        deleted = await slack.says("U2", "in green", thread=task)
        await slack.edits(edited, "in blue")
        await slack.deletes(deleted)
        await slack.settled()
        held.released.set()
        await it.ended(task)
        assert it.teams.heard == [["think"], ["in blue"]]
        assert sum(isinstance(event, Edited | Deleted) for event in it.events) == 2


async def test_a_deleted_task_ends_its_session(tmp_path: Path) -> None:
    held = Held()
    async with harness(tmp_path, asks("Which?"), held) as it:
        slack = it.workspace
        task = await slack.says("U1", "@roundtable think")
        await slack.reply_in(task, containing="Which?")
        await slack.says("U1", "the first", thread=task)
        await held.arrived.wait()
        await slack.deletes(task)
        await slack.reply_in(task, containing="Stopped by Ada")


async def test_the_command_answers_outside_threads(tmp_path: Path) -> None:
    held = Held()
    async with harness(tmp_path, held) as it:
        slack = it.workspace
        task = await slack.says("U1", "@roundtable count <https://evil.example|the> & sheep")
        await held.arrived.wait()
        for words, shown in (
            ("teams", "crew"),
            ("usage", "In the last 24 hours: $0.0"),
            ("help", "Mention me"),
            ("", "Mention me"),
            ("dance", "I do not know `dance`"),
        ):
            assert shown in str((await slack.commands("U1", f"/roundtable {words}".strip())).blocks)
        listed = await slack.commands("U2", "/roundtable sessions")
        assert "count the (https://evil.example) &amp; sheep" in str(listed.blocks)
        await slack.clicks("U2", "Stop", listed)
        await slack.reply_in(task, containing="Stopped by Ben")
        await slack.whisper_to("U2", "Stopping")
        assert "No session is open" in str((await slack.commands("U2", "/roundtable sessions")).blocks)


async def test_sessions_of_private_channels_are_listed_only_there(tmp_path: Path) -> None:
    async with harness(tmp_path, asks("Which?")) as it:
        slack = it.workspace
        task = await slack.writes("U1", "a secret plan")
        await slack.reply_in(task, containing="Which?")
        assert "secret" in str((await slack.commands("U1", "/roundtable sessions")).blocks)
        assert "secret" not in str((await slack.commands("U2", "/roundtable sessions")).blocks)


async def test_the_home_tab_shows_running_and_waiting_sessions(tmp_path: Path) -> None:
    async with harness(tmp_path, asks("Which <!here>?")) as it:
        slack = it.workspace
        task = await slack.says("U1", "@roundtable count sheep")
        await slack.reply_in(task, containing="Which")
        await slack.opens_home("U2")
        home = await slack.until(lambda: slack.state.homes.get("U2"))
        assert "Waiting for an answer" in str(home)
        assert "❓ Which &lt;!here&gt;?" in str(home)
        assert f"/archives/C1/p{task.ts.replace('.', '')}|count sheep" in str(home)
        assert "In the last 24 hours: $0.5000" in str(home)
        assert len([*buttons(home["blocks"])]) == 1
        await slack.clicks("U2", "Stop", "home")
        await slack.reply_in(task, containing="Stopped by Ben")


async def test_a_restart_goes_on_with_the_thread(tmp_path: Path) -> None:
    async with played() as workspace:
        async with harness(tmp_path, asks("Which?"), finished(), workspace=workspace) as it:
            task = await workspace.says("U1", "@roundtable compare")
            await workspace.reply_in(task, containing="Which?")
            await it.rest()
        async with harness(tmp_path, asks("Which?"), finished(), workspace=workspace) as it:
            await workspace.says("U1", "the first", thread=task)
            await it.ended(task)
            assert _count(workspace, task, "Which?") == 1


def _count(workspace: Workspace, task: Message, text: str) -> int:
    return sum(text in message.shown_text for message in workspace.replies_in(task))
