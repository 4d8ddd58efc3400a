"""Messages that become tasks later: by an edit that adds the mention, or by a shortcut."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.events import Message as Heard
from tests.bot.adapters.slack.harness import SlackHarness, harness, played
from tests.fakes.team import Held, asks, finished
from tests.platforms.slack import User


def contexts(it: SlackHarness) -> list[str]:
    """What each message that was brought in has with it of the thread before."""
    return [event.context for event in it.events if isinstance(event, Heard)]


@pytest.mark.parametrize("mention_first", [True, False])
async def test_an_edit_that_adds_a_mention_begins_one_session(tmp_path: Path, mention_first: bool) -> None:
    async with harness(tmp_path, asks("Which?"), finished()) as it:
        slack = it.workspace
        slack.state.mention_first = mention_first
        old = await slack.says("U1", "plot the sales", files=[("sales.csv", b"1")])
        await slack.settled()
        await slack.edits(old, "@roundtable plot the sales")
        await slack.reply_in(old, containing="Which?")
        await slack.edits(old, "@roundtable plot the sales, please")
        await slack.settled()
        await slack.says("U2", "both", thread=old)
        await it.ended(old)
        await it.rest()
        assert it.teams.heard == [["plot the sales [sales.csv]"], ["both"]]


async def test_a_task_that_is_added_to_a_bare_mention_starts(tmp_path: Path) -> None:
    async with harness(tmp_path, finished()) as it:
        slack = it.workspace
        task = await slack.says("U1", "@roundtable")
        await slack.whisper_to("U1", "say what the team should do")
        await slack.edits(task, "@roundtable plot")
        await it.ended(task)
        await it.rest()
        assert it.teams.heard == [["plot"]]
        assert len(slack.state.ephemeral) == 1


async def test_an_aside_that_gets_a_mention_reaches_the_team(tmp_path: Path) -> None:
    async with harness(tmp_path, asks("Which?"), finished()) as it:
        slack = it.workspace
        task = await slack.says("U1", "@roundtable plot")
        await slack.reply_in(task, containing="Which?")
        aside = await slack.says("U2", "aside: the first, I think", thread=task)
        await slack.settled()
        await slack.edits(aside, "@roundtable the first, I think")
        await it.ended(task)
        assert it.teams.heard == [["plot"], ["the first, I think"]]


async def test_an_edited_message_that_waits_stays_one_message(tmp_path: Path) -> None:
    held = Held(asks("More?"))
    async with harness(tmp_path, held, finished()) as it:
        slack = it.workspace
        task = await slack.says("U1", "@roundtable think")
        await held.arrived.wait()
        reply = await slack.says("U2", "in red", thread=task)
        await slack.settled()
        await slack.edits(reply, "@roundtable in blue")
        await slack.settled()
        held.released.set()
        await it.ended(task)
        assert it.teams.heard == [["think"], ["in blue"]]


async def test_a_mention_of_another_user_is_no_task(tmp_path: Path) -> None:
    async with harness(tmp_path) as it:
        slack = it.workspace
        slack.world.users["U9"] = User("U9", "Robot", bot=True)
        for user, text in (("U1", "ask <@U2>"), ("U9", "@roundtable plot")):
            old = await slack.says(user, "plot the sales")
            await slack.edits(old, text)
        await it.rest()
        assert it.events == []


@pytest.mark.parametrize("how", ["edit", "shortcut"])
async def test_replies_to_an_old_message_are_context_and_only_that(tmp_path: Path, how: str) -> None:
    script = (asks("Which?"), finished())
    async with played() as slack:
        async with harness(tmp_path, *script, workspace=slack) as it:
            old = await slack.says("U1", "plot the sales")
            await slack.says("U2", "the north is odd", thread=old, files=[("north.csv", b"1")])
            await slack.settled()
            if how == "edit":
                await slack.edits(old, "@roundtable plot the sales")
            else:
                await slack.runs_shortcut("U3", "run_on_message", old)
            await slack.reply_in(old, containing="Which?")
            await it.rest()
            assert contexts(it) == ["Ben: the north is odd [attached north.csv]"]
            assert it.teams.heard == [["plot the sales [north.csv]"]]
        async with harness(tmp_path, *script, workspace=slack) as it:
            await slack.says("U1", "both", thread=old)
            await it.ended(old)
            await it.rest()
            assert it.teams.heard == [["both"]]


async def test_a_mention_added_to_an_old_reply_starts_nothing(tmp_path: Path) -> None:
    async with harness(tmp_path, asks("Which?"), finished()) as it:
        slack = it.workspace
        task = await slack.says("U1", "@roundtable plot")
        await slack.reply_in(task, containing="Which?")
        reply = await slack.says("U2", "both", thread=task)
        await it.ended(task)
        statuses = slack.state.sessions["C1", task.ts]
        await slack.until(lambda: True if statuses[-1] == "closed" else None)
        await slack.edits(reply, "@roundtable both")
        await slack.settled()
        await slack.commands("U1", "/roundtable help")
        await it.rest()
        assert statuses[-1] == "closed"
        assert it.teams.heard == [["plot"], ["both"]]
