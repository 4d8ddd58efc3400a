"""Files that users attach, and files that they get."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.domain.events import Message as Heard
from tests.bot.adapters.slack.harness import FILE_LIMIT, harness, played
from tests.bot.adapters.slack.test_delivery import COMPLETE, PATIENT, texts
from tests.fakes.scripted_sandbox import Does
from tests.fakes.team import asks, code, finished
from tests.platforms.slack import Fail, Lost, Slow, Status, Workspace


def late_and_lost(slack: Workspace) -> None:
    slack.state.share_delay = 0.3
    slack.fault(COMPLETE, Lost(accepted=True))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda slack: setattr(slack.state, "share_delay", 0.4),
        lambda slack: setattr(slack.state, "drop_shares", 1),
        lambda slack: slack.fault(COMPLETE, Lost(accepted=True)),
        lambda slack: slack.fault(COMPLETE, Lost(accepted=False)),
        lambda slack: slack.fault("files.getUploadURLExternal", Status(503)),
        lambda slack: slack.fault("files.info", Status(503), Status(429, 0)),
        late_and_lost,
    ],
    ids=["late", "dropped", "answer lost", "call lost", "no address", "not to be asked", "late and answer lost"],
)
async def test_files_show_once(tmp_path: Path, spoil: Callable[[Workspace], Any]) -> None:
    async with harness(tmp_path, code("plot()"), finished()) as it:
        spoil(it.workspace)
        it.sandboxes.programs["plot()"] = Does(files={"a.png": b"x", "b.csv": b"y", "empty.txt": b""})
        task = await it.workspace.says("U1", "@roundtable plot")
        await it.ended(task)
        shared = [message for message in it.workspace.replies_in(task) if message.files]
        assert [[file.name for file in message.files] for message in shared] == [["a.png", "b.csv"]]
        assert shared[0].username == "executor"
        assert any("empty.txt: empty" in text for text in texts(it.workspace, task))


async def test_files_under_way_at_a_restart_show_once(tmp_path: Path) -> None:
    async with played() as slack:
        slow = Slow()
        slack.fault(COMPLETE, slow)
        script = (code("plot()"), finished())
        async with harness(tmp_path, *script, workspace=slack, looks=PATIENT) as it:
            it.sandboxes.programs["plot()"] = Does(files={"a.png": b"x"})
            task = await slack.says("U1", "@roundtable plot")
            await slow.arrived.wait()
        slow.released.set()
        await slack.reply_in(task, containing="a.png")
        async with harness(tmp_path, *script, workspace=slack) as it:
            await it.ended(task)
            assert sum(len(message.files) for message in slack.replies_in(task)) == 1


async def test_files_that_slack_does_not_take_are_named(tmp_path: Path) -> None:
    async with harness(tmp_path, code("plot()"), finished()) as it:
        it.workspace.fault(COMPLETE, Fail("file_type_not_allowed"))
        it.sandboxes.programs["plot()"] = Does(files={"a.exe": b"x"})
        task = await it.workspace.says("U1", "@roundtable plot")
        await it.ended(task)
        assert any("could not be attached here: a.exe" in text for text in texts(it.workspace, task))


async def test_a_login_page_is_refused_in_words(tmp_path: Path) -> None:
    async with harness(tmp_path, finished()) as it:
        it.workspace.state.scopes.discard("files:read")
        task = await it.workspace.says("U1", "@roundtable plot", files=[("sales.csv", b"1")])
        await it.workspace.reply_in(
            task, containing="login page instead of sales.csv: the app lacks the scope files:read"
        )
        await it.ended(task)
        assert it.teams.heard == [["plot"]]


async def test_a_web_page_that_was_attached_is_no_login_page(tmp_path: Path) -> None:
    async with harness(tmp_path, finished()) as it:
        page = it.workspace.file("page.html", b"<!DOCTYPE html><title>Hi</title>", mimetype="text/html")
        message = it.workspace.state.person_message("C1", "U1", "<@U0BOT> read this")
        message.files = [page]
        it.workspace.state.add(message)
        await it.ended(message)
        assert it.teams.heard == [["read this [page.html]"]]


async def test_a_file_of_another_workspace_is_asked_for(tmp_path: Path) -> None:
    async with harness(tmp_path, finished()) as it:
        file = it.workspace.file("theirs.csv", b"1")
        file.access = "check_file_info"
        message = it.workspace.state.person_message("C1", "U1", "<@U0BOT> read this")
        message.files = [file]
        it.workspace.state.add(message)
        await it.ended(message)
        assert it.workspace.calls("files.info") != []
        assert it.sandboxes.contents == []
        assert len(await it.reader.files((await it.session(message)).id)) == 1


async def test_a_hundred_files_of_a_thread_come_and_others_are_named(tmp_path: Path) -> None:
    async with harness(tmp_path, finished()) as it:
        slack = it.workspace
        root = await slack.says("U2", "ours", files=[("huge.csv", b"1" * (FILE_LIMIT + 1))])
        for number in range(11):
            files = [(f"{number}-{each}.csv", b"1") for each in range(10)]
            await slack.says("U2", f"batch {number}", thread=root, files=files)
        await slack.says("U1", "@roundtable count them", thread=root)
        await it.ended(root)
        (task,) = [event for event in it.events if isinstance(event, Heard)]
        assert [file.name for file in task.files] == [
            f"{n}-{each}.csv" for n in range(1, 11) for each in range(10)
        ]
        assert task.context.count("not included") == 11
        assert "[attached huge.csv, not included]" in task.context
        assert len(await it.reader.files((await it.session(root)).id)) == 100


async def test_the_token_goes_nowhere_else(tmp_path: Path) -> None:
    async with played() as other, harness(tmp_path, finished()) as it:
        thief = other.file("sales.csv", b"stolen").shown(other.state.url)["url_private_download"]
        it.workspace.state.redirect = thief
        task = await it.workspace.says("U1", "@roundtable plot", files=[("sales.csv", b"1")])
        await it.workspace.reply_in(task, containing="sales.csv is not on Slack's servers")
        await it.ended(task)
        assert other.state.visitors == []


async def test_a_file_that_is_larger_than_it_says_is_cut_off(tmp_path: Path) -> None:
    async with harness(tmp_path, finished()) as it:
        file = it.workspace.file("big.csv", b"1" * (FILE_LIMIT + 1))
        message = it.workspace.state.person_message("C1", "U1", "<@U0BOT> read this")
        message.files = [file]
        event = it.workspace.state.message_event(message)
        event["files"][0]["size"] = 10
        it.workspace.world.messages["C1"][message.ts] = message
        it.workspace.emit(event)
        await it.workspace.reply_in(message, containing="big.csv is larger than 0.01 MB")


async def test_without_the_scope_for_files_they_are_only_named(tmp_path: Path) -> None:
    async with harness(tmp_path, code("plot()"), asks("More?"), code("plot()"), finished()) as it:
        slack = it.workspace
        it.sandboxes.programs["plot()"] = Does(files={"a.png": b"x"})
        slack.state.scopes.discard("files:write")
        task = await slack.says("U1", "@roundtable plot")
        await slack.reply_in(task, containing="could not be attached here: a.png")
        await slack.reply_in(task, containing="More?")
        assert "lacks the scope files:write" in str(it.adapter.health)
        slack.state.scopes.add("files:write")
        it.sandboxes.programs["plot()"] = Does(files={"a.png": b"y"})
        await slack.says("U1", "again", thread=task)
        await it.ended(task)
        assert [file.data for message in slack.replies_in(task) for file in message.files] == [b"y"]
        assert str(it.adapter.health) == "ok"


async def test_where_files_cannot_be_seen_they_are_named(tmp_path: Path) -> None:
    async with harness(
        tmp_path, code("plot()"), finished(), spoil=lambda w: w.state.scopes.discard("files:read")
    ) as it:
        it.sandboxes.programs["plot()"] = Does(files={"a.png": b"x"})
        task = await it.workspace.says("U1", "@roundtable plot")
        await it.ended(task)
        assert any("could not be attached here: a.png" in text for text in texts(it.workspace, task))
        assert "files:read" in str(it.adapter.health)
