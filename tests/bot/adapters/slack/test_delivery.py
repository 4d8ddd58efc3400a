"""What Roundtable posts arrives once and in order, whatever is lost, late or refused on the way."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.adapters.slack.web import outcome
from bot.domain.errors import RetryAfter, Unknown
from bot.domain.participants import ThreadRef
from bot.domain.posts import SummaryPost
from bot.domain.turn_results import RunResult
from tests.bot.adapters.slack.harness import harness, played
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
    async with harness(tmp_path, said("one"), said("two"), finished("three")) as it:
        it.workspace.fault(POST, *faults)
        task = await it.workspace.says("U1", "@roundtable count")
        await it.ended(task)
        assert texts(it.workspace, task)[:3] == ["one", "two", "three"]
        assert len(it.workspace.replies_in(task)) == 4


async def test_a_message_that_slack_hides_for_a_while_is_not_doubled(tmp_path: Path) -> None:
    async with harness(tmp_path, finished("three")) as it:
        it.workspace.state.hide = 2
        it.workspace.fault(POST, Lost(accepted=True))
        task = await it.workspace.says("U1", "@roundtable count")
        await it.ended(task)
        assert len(it.workspace.replies_in(task)) == 2


async def test_a_message_under_way_at_a_restart_is_not_doubled(tmp_path: Path) -> None:
    async with played() as slack:
        slow = Slow()
        slack.fault(POST, slow)
        async with harness(tmp_path, finished("three"), workspace=slack, looks=PATIENT):
            task = await slack.says("U1", "@roundtable count")
            await slow.arrived.wait()
        slow.released.set()
        await slack.reply_in(task, containing="three")
        async with harness(tmp_path, finished("three"), workspace=slack) as it:
            await it.ended(task)
            assert len(slack.replies_in(task)) == 2


async def test_a_long_thread_is_read_back_to_its_end(tmp_path: Path) -> None:
    async with played() as slack:
        slow = Slow()
        async with harness(tmp_path, asks("Which?"), workspace=slack) as it:
            task = await slack.says("U1", "@roundtable count")
            await slack.reply_in(task, containing="Which?")
            await it.rest()
        for number in range(450):
            talk = slack.state.person_message("C1", "U2", f"talk {number}", task.ts)
            slack.world.messages["C1"][talk.ts] = talk
        slack.fault(POST, slow)
        script = (asks("Which?"), finished("three"))
        async with harness(tmp_path, *script, workspace=slack, looks=PATIENT):
            await slow.arrived.wait()
        slow.released.set()
        await slack.reply_in(task, containing="three")
        async with harness(tmp_path, *script, workspace=slack) as it:
            await it.ended(task)
            assert sum("three" in text for text in texts(slack, task)) == 1


async def test_a_channel_gets_one_message_at_a_time(tmp_path: Path) -> None:
    gap = 0.2
    async with harness(tmp_path, said("one"), finished("two"), gap=gap) as it:
        began = time.monotonic()
        tasks = [await it.workspace.says("U1", f"@roundtable job {number}") for number in range(3)]
        elsewhere = await it.workspace.says("U1", "@roundtable job", channel="C2")
        for task in (elsewhere, *tasks):
            await it.ended(task)
        posted = it.workspace.state.posted
        here = [at for channel, at in posted if channel == "C1"]
        assert len(here) == 9
        # Counted from before the first, since how long that one was under way is chance.
        assert here[-1] - began > gap * 8
        assert max(at for channel, at in posted if channel == "C2") < here[-1]


async def test_retry_after_holds_the_whole_channel(tmp_path: Path) -> None:
    # The gap leaves time for the refusal to come back before the next message would be sent.
    async with harness(tmp_path, finished("two"), gap=0.5) as it:
        it.workspace.fault(POST, Status(429, 1))
        tasks = [await it.workspace.says("U1", f"@roundtable job {number}") for number in range(2)]
        for task in tasks:
            await it.ended(task)
        calls = [call.at for call in it.workspace.state.calls if call.method == POST]
        assert min(calls[1:]) - calls[0] > 1


async def test_the_pace_satisfies_a_slack_that_insists(tmp_path: Path) -> None:
    async with harness(tmp_path, said("one"), finished("two"), gap=0.3) as it:
        # Well under our gap: Slack sees when messages arrive, and how long they are under way differs.
        it.workspace.state.least_gap = 0.1
        tasks = [await it.workspace.says("U1", f"@roundtable job {number}") for number in range(2)]
        for task in tasks:
            await it.ended(task)
        calls = [call for call in it.workspace.state.calls if call.method == POST]
        assert len(calls) == 6


async def test_long_output_is_shown_in_part_and_attached_whole(tmp_path: Path) -> None:
    output = "\n".join(f"row {number}" for number in range(5_000))
    async with harness(tmp_path, code("dump()"), finished()) as it:
        it.sandboxes.programs["dump()"] = Does(RunResult(0, output, 0.1))
        task = await it.workspace.says("U1", "@roundtable dump")
        await it.ended(task)
        shown = next(message for message in it.workspace.replies_in(task) if "exit code 0" in message.shown_text)
        assert "row 0\n" in shown.shown_text
        assert "row 4999" in shown.shown_text
        (file,) = [file for message in it.workspace.replies_in(task) for file in message.files]
        assert (file.name, file.data.decode()) == ("output.txt", output)


async def test_a_message_that_slack_refuses_comes_as_plain_text(tmp_path: Path) -> None:
    async with harness(tmp_path, finished("The *north*.")) as it:
        it.workspace.fault(POST, Fail("invalid_blocks"))
        task = await it.workspace.says("U1", "@roundtable plot")
        await it.ended(task)
        first = it.workspace.replies_in(task)[0]
        assert (first.blocks, first.text) == ([], "The north.")


async def test_no_post_unfurls_links_or_names_everyone(tmp_path: Path) -> None:
    hostile = (
        "<!channel> <!here> <@U1> <!subteam^S1> @everyone [Approve](https://evil.example/x) <https://a.example|ok>"
    )
    async with harness(tmp_path, said(hostile), code(f"print('{hostile}')"), finished(hostile)) as it:
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
async def test_a_lost_channel_ends_the_session_and_tells_its_starter(
    tmp_path: Path, spoil: Callable[[Workspace], Any], why: str
) -> None:
    held = Held(code("more()"))
    async with harness(tmp_path, asks("Which?"), said("one"), said("two"), held) as it:
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
async def test_a_revoked_token_is_in_readyz_and_sessions_wait(tmp_path: Path, error: str) -> None:
    held = Held(finished("There."))
    async with harness(tmp_path, held) as it:
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


async def test_a_missing_scope_is_in_readyz_and_nothing_is_lost(tmp_path: Path) -> None:
    async with harness(tmp_path, finished("There."), spoil=lambda w: w.state.scopes.discard("chat:write")) as it:
        task = await it.workspace.says("U1", "@roundtable plot")
        while "lacks the scope chat:write" not in str(it.adapter.health):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        it.workspace.state.scopes.add("chat:write")
        await it.ended(task)


async def test_the_closing_line_says_how_it_ended(tmp_path: Path) -> None:
    async with harness(tmp_path) as it:
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
