"""What Roundtable posts arrives once and in order, whatever is lost, late or refused on the way."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.adapters.slack.web import outcome
from bot.errors import RetryAfter, Unknown
from bot.events import RunResult, ThreadRef
from bot.posts import SummaryPost
from tests.bot.adapters.slack.stage import FILE_LIMIT, played, stage
from tests.fakes.scripted_sandbox import Does
from tests.fakes.team import Held, asks, code, finished, said
from tests.platforms.slack import Fail, Lost, Message, Slow, Status, Workspace

PATIENT = (0, 30)
"""Looks that are not over when the process ends."""
POST, COMPLETE = "chat.postMessage", "files.completeUploadExternal"


def texts(workspace: Workspace, task: Message) -> list[str]:
    """What a thread shows, in order."""
    return [message.shown_text.strip() for message in workspace.replies_in(task)]


@pytest.mark.parametrize(
    "faults",
    [
        [Lost(accepted=True)],
        [Lost(accepted=False)],
        [Status(503)],
        [Fail("internal_error")],
        [Lost(accepted=True), Lost(accepted=False), Lost(accepted=True)],
        [Status(429, 0), Status(429, 0)],
        [Fail("ratelimited")],
    ],
    ids=str,
)
async def test_a_message_arrives_once_and_in_order(tmp_path: Path, faults: list[Any]) -> None:
    async with stage(tmp_path, said("one"), said("two"), finished("three")) as it:
        it.workspace.fault(POST, *faults)
        task = await it.workspace.says("U1", "@roundtable count")
        await it.ended(task)
        assert texts(it.workspace, task)[:3] == ["one", "two", "three"]
        assert len(it.workspace.replies_in(task)) == 4


async def test_a_message_that_slack_hides_for_a_while_is_not_doubled(tmp_path: Path) -> None:
    async with stage(tmp_path, finished("three")) as it:
        it.workspace.state.hide = 2
        it.workspace.fault(POST, Lost(accepted=True))
        task = await it.workspace.says("U1", "@roundtable count")
        await it.ended(task)
        assert len(it.workspace.replies_in(task)) == 2


async def test_a_message_under_way_at_a_restart_is_not_doubled(tmp_path: Path) -> None:
    async with played() as slack:
        slow = Slow()
        slack.fault(POST, slow)
        async with stage(tmp_path, finished("three"), workspace=slack, looks=PATIENT):
            task = await slack.says("U1", "@roundtable count")
            await slow.arrived.wait()
        slow.released.set()
        await slack.reply_in(task, containing="three")
        async with stage(tmp_path, finished("three"), workspace=slack) as it:
            await it.ended(task)
            assert len(slack.replies_in(task)) == 2


async def test_a_long_thread_is_read_back_to_its_end(tmp_path: Path) -> None:
    async with played() as slack:
        slow = Slow()
        async with stage(tmp_path, asks("Which?"), workspace=slack) as it:
            task = await slack.says("U1", "@roundtable count")
            await slack.reply_in(task, containing="Which?")
            await it.rest()
        for number in range(450):
            talk = slack.state.person_message("C1", "U2", f"talk {number}", task.ts)
            slack.world.messages["C1"][talk.ts] = talk
        slack.fault(POST, slow)
        script = (asks("Which?"), finished("three"))
        async with stage(tmp_path, *script, workspace=slack, looks=PATIENT):
            await slow.arrived.wait()
        slow.released.set()
        await slack.reply_in(task, containing="three")
        async with stage(tmp_path, *script, workspace=slack) as it:
            await it.ended(task)
            assert sum("three" in text for text in texts(slack, task)) == 1


async def test_a_channel_gets_one_message_at_a_time(tmp_path: Path) -> None:
    async with stage(tmp_path, said("one"), finished("two"), gap=0.2) as it:
        tasks = [await it.workspace.says("U1", f"@roundtable job {number}") for number in range(3)]
        elsewhere = await it.workspace.says("U1", "@roundtable job", channel="C2")
        for task in (elsewhere, *tasks):
            await it.ended(task)
        posted = it.workspace.state.posted
        here = [at for channel, at in posted if channel == "C1"]
        assert len(here) == 9
        assert min(later - sooner for sooner, later in itertools.pairwise(here)) > 0.19
        assert max(at for channel, at in posted if channel == "C2") < here[-3]


async def test_retry_after_is_obeyed_by_everything_in_the_channel(tmp_path: Path) -> None:
    async with stage(tmp_path, finished("two"), gap=0.05) as it:
        it.workspace.fault(POST, Status(429, 1))
        tasks = [await it.workspace.says("U1", f"@roundtable job {number}") for number in range(3)]
        for task in tasks:
            await it.ended(task)
        calls = [call.at for call in it.workspace.state.calls if call.method == POST]
        assert min(calls[1:]) - calls[0] > 0.98


async def test_the_pace_satisfies_a_slack_that_insists(tmp_path: Path) -> None:
    async with stage(tmp_path, said("one"), finished("two"), gap=0.2) as it:
        it.workspace.state.least_gap = 0.18
        tasks = [await it.workspace.says("U1", f"@roundtable job {number}") for number in range(2)]
        for task in tasks:
            await it.ended(task)
        calls = [call for call in it.workspace.state.calls if call.method == POST]
        assert len(calls) == 6


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
    async with stage(tmp_path, code("plot()"), finished()) as it:
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
        async with stage(tmp_path, *script, workspace=slack, looks=PATIENT) as it:
            it.sandboxes.programs["plot()"] = Does(files={"a.png": b"x"})
            task = await slack.says("U1", "@roundtable plot")
            await slow.arrived.wait()
        slow.released.set()
        await slack.reply_in(task, containing="a.png")
        async with stage(tmp_path, *script, workspace=slack) as it:
            await it.ended(task)
            assert sum(len(message.files) for message in slack.replies_in(task)) == 1


async def test_files_that_slack_does_not_take_are_named(tmp_path: Path) -> None:
    async with stage(tmp_path, code("plot()"), finished()) as it:
        it.workspace.fault(COMPLETE, Fail("file_type_not_allowed"))
        it.sandboxes.programs["plot()"] = Does(files={"a.exe": b"x"})
        task = await it.workspace.says("U1", "@roundtable plot")
        await it.ended(task)
        assert any("could not be attached here: a.exe" in text for text in texts(it.workspace, task))


async def test_long_output_is_shown_in_part_and_attached_whole(tmp_path: Path) -> None:
    output = "\n".join(f"row {number}" for number in range(5_000))
    async with stage(tmp_path, code("dump()"), finished()) as it:
        it.sandboxes.programs["dump()"] = Does(RunResult(0, output, 0.1))
        task = await it.workspace.says("U1", "@roundtable dump")
        await it.ended(task)
        shown = next(message for message in it.workspace.replies_in(task) if "exit code 0" in message.shown_text)
        assert "row 0\n" in shown.shown_text
        assert "row 4999" in shown.shown_text
        (file,) = [file for message in it.workspace.replies_in(task) for file in message.files]
        assert (file.name, file.data.decode()) == ("output.txt", output)


async def test_a_message_that_slack_refuses_comes_as_plain_text(tmp_path: Path) -> None:
    async with stage(tmp_path, finished("The *north*.")) as it:
        it.workspace.fault(POST, Fail("invalid_blocks"))
        task = await it.workspace.says("U1", "@roundtable plot")
        await it.ended(task)
        first = it.workspace.replies_in(task)[0]
        assert (first.blocks, first.text) == ([], "The north.")


async def test_no_post_unfurls_links_or_names_everyone(tmp_path: Path) -> None:
    hostile = (
        "<!channel> <!here> <@U1> <!subteam^S1> @everyone [Approve](https://evil.example/x) <https://a.example|ok>"
    )
    async with stage(tmp_path, said(hostile), code(f"print('{hostile}')"), finished(hostile)) as it:
        it.sandboxes.programs[f"print('{hostile}')"] = Does(
            RunResult(0, hostile, 0.1), files={"<!channel>.txt": b"x"}
        )
        task = await it.workspace.says("U1", "@roundtable plot")
        await it.ended(task)
        calls = it.workspace.calls(POST)
        assert all((call["unfurl_links"], call["unfurl_media"]) == (False, False) for call in calls)
        sent = json.dumps(calls)
        assert "link_names" not in sent
        assert '"parse"' not in sent
        for call in calls:
            assert "<" not in call["text"]
            for element in _elements(call["blocks"]):
                assert element["type"] not in ("user", "usergroup", "broadcast", "channel")
                if element["type"] == "link":
                    assert "text" not in element
        comments = [call["initial_comment"] for call in it.workspace.calls(COMPLETE)]
        assert comments
        assert not any("<" in comment for comment in comments)


def _elements(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, list):
        return [found for item in value for found in _elements(item)]
    if isinstance(value, dict):
        return (
            [value, *_elements(value.get("elements", [])), *_elements(value.get("text"))]
            if "type" in value
            else []
        )
    return []


async def test_a_login_page_is_refused_in_words(tmp_path: Path) -> None:
    async with stage(tmp_path, finished()) as it:
        it.workspace.state.scopes.discard("files:read")
        task = await it.workspace.says("U1", "@roundtable plot", files=[("sales.csv", b"1")])
        await it.workspace.reply_in(
            task, containing="login page instead of sales.csv: the app lacks the scope files:read"
        )
        await it.ended(task)
        assert it.teams.heard == [["plot"]]


async def test_a_web_page_that_was_attached_is_no_login_page(tmp_path: Path) -> None:
    async with stage(tmp_path, finished()) as it:
        page = it.workspace.file("page.html", b"<!DOCTYPE html><title>Hi</title>", mimetype="text/html")
        message = it.workspace.state.person_message("C1", "U1", "<@U0BOT> read this")
        message.files = [page]
        it.workspace.state.add(message)
        await it.ended(message)
        assert it.teams.heard == [["read this [page.html]"]]


async def test_a_file_of_another_workspace_is_asked_for(tmp_path: Path) -> None:
    async with stage(tmp_path, finished()) as it:
        file = it.workspace.file("theirs.csv", b"1")
        file.access = "check_file_info"
        message = it.workspace.state.person_message("C1", "U1", "<@U0BOT> read this")
        message.files = [file]
        it.workspace.state.add(message)
        await it.ended(message)
        assert it.workspace.calls("files.info") != []
        assert it.sandboxes.contents == []
        assert len(await it.reader.files((await it.session(message)).id)) == 1


async def test_the_token_goes_nowhere_else(tmp_path: Path) -> None:
    async with played() as other, stage(tmp_path, finished()) as it:
        thief = other.file("sales.csv", b"stolen").shown(other.state.url)["url_private_download"]
        it.workspace.state.redirect = thief
        task = await it.workspace.says("U1", "@roundtable plot", files=[("sales.csv", b"1")])
        await it.workspace.reply_in(task, containing="sales.csv is not on Slack's servers")
        await it.ended(task)
        assert other.state.visitors == []


async def test_a_file_that_is_larger_than_it_says_is_cut_off(tmp_path: Path) -> None:
    async with stage(tmp_path, finished()) as it:
        file = it.workspace.file("big.csv", b"1" * (FILE_LIMIT + 1))
        message = it.workspace.state.person_message("C1", "U1", "<@U0BOT> read this")
        message.files = [file]
        event = it.workspace.state.message_event(message)
        event["files"][0]["size"] = 10
        it.workspace.world.messages["C1"][message.ts] = message
        it.workspace.emit(event)
        await it.workspace.reply_in(message, containing="big.csv is larger than 0.01 MB")


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda w: w.world.channels["C1"].members.discard("U0BOT"), "I am no longer in that channel"),
        (lambda w: setattr(w.world.channels["C1"], "archived", True), "that channel is archived"),
        (lambda w: w.world.channels.pop("C1"), "that channel is gone"),
        (lambda w: w.world.messages["C1"].clear(), "that thread was deleted"),
    ],
    ids=["left", "archived", "channel deleted", "thread deleted"],
)
async def test_a_lost_place_ends_the_session_and_its_starter_is_told_once(
    tmp_path: Path, spoil: Callable[[Workspace], Any], why: str
) -> None:
    held = Held(code("more()"))
    async with stage(tmp_path, asks("Which?"), said("one"), said("two"), held) as it:
        slack = it.workspace
        task = await slack.says("U1", "@roundtable plot")
        await slack.reply_in(task, containing="Which?")
        await slack.says("U2", "both", thread=task)
        await held.arrived.wait()
        await slack.reply_in(task, containing="two")
        spoil(slack)
        held.released.set()
        told = await slack.dm_to("U1", containing=why)
        assert "plot" in told.text
        await it.rest()
        assert (await it.session(task)).status == "ended"
        assert len(slack.world.messages[slack.world.dm("U1").id]) == 1
        elsewhere = await slack.says("U1", "@roundtable plot", channel="C2")
        await slack.reply_in(elsewhere, containing="Which?")


@pytest.mark.parametrize("error", ["token_revoked", "account_inactive", "invalid_auth"])
async def test_a_revoked_token_makes_sessions_wait_and_is_told_by_readyz(tmp_path: Path, error: str) -> None:
    held = Held(finished("There."))
    async with stage(tmp_path, held) as it:
        task = await it.workspace.says("U1", "@roundtable plot")
        await held.arrived.wait()
        it.workspace.state.revoked = error
        held.released.set()
        while error not in str(it.adapter.health):  # noqa: ASYNC110  nothing else tells
            await asyncio.sleep(0.01)
        assert "install the app again" in str(it.adapter.health)
        it.workspace.state.revoked = ""
        await it.ended(task)
        assert "There." in texts(it.workspace, task)[0]
        assert str(it.adapter.health) == "ok"


async def test_a_missing_scope_is_told_by_readyz_and_nothing_is_lost(tmp_path: Path) -> None:
    async with stage(tmp_path, finished("There."), spoil=lambda w: w.state.scopes.discard("chat:write")) as it:
        task = await it.workspace.says("U1", "@roundtable plot")
        while "lacks the scope chat:write" not in str(it.adapter.health):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        it.workspace.state.scopes.add("chat:write")
        await it.ended(task)


async def test_without_the_scope_for_files_they_are_named_and_the_session_goes_on(tmp_path: Path) -> None:
    async with stage(tmp_path, code("plot()"), asks("More?"), code("plot()"), finished()) as it:
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
    async with stage(
        tmp_path, code("plot()"), finished(), spoil=lambda w: w.state.scopes.discard("files:read")
    ) as it:
        it.sandboxes.programs["plot()"] = Does(files={"a.png": b"x"})
        task = await it.workspace.says("U1", "@roundtable plot")
        await it.ended(task)
        assert any("could not be attached here: a.png" in text for text in texts(it.workspace, task))
        assert "files:read" in str(it.adapter.health)


async def test_the_closing_line_says_how_it_ended(tmp_path: Path) -> None:
    async with stage(tmp_path) as it:
        (part,) = it.adapter.render(
            "s",
            ThreadRef("slack", "T0TEAM", "C1", "1.0"),
            "1",
            SummaryPost("limit", "Used up.", 75.2, 12, 48_200, None),
        )
        body = json.loads(part.body)
        assert body["text"] == "⏸️ Used up. (1 min 15 s · 12 turns · 48,200 tokens · price unknown)"


def test_a_connection_that_never_stood_is_tried_again() -> None:
    key = aiohttp.client_reqrep.ConnectionKey("h", 1, False, True, None, None, None)
    assert isinstance(outcome(aiohttp.ClientConnectorError(key, OSError(111, "refused"))), RetryAfter)
    assert isinstance(outcome(aiohttp.ServerDisconnectedError()), Unknown)
    assert isinstance(outcome(TimeoutError()), Unknown)
