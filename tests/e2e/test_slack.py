"""The main job through Slack: real process, demo model, real sandbox, and SIGKILLs at the worst moments."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from bot.adapters.slack.manifest import manifest
from tests.e2e.process import ROOT, Roundtable, command, up
from tests.e2e.test_crashes import CODE, code_was_sent, scripted
from tests.platforms import openai, slack
from tests.platforms.slack import Message, Slow, Workspace
from tests.platforms.slack.delivery import Requests
from tests.platforms.slack.state import APP_TOKEN, BOT_TOKEN, SECRET

pytestmark = pytest.mark.docker

SALES = (ROOT / "examples" / "sales.csv").read_bytes()
SUM = "@roundtable ```python\nprint(6 * 7)\n```"
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
async def workspace() -> AsyncIterator[Workspace]:
    """A workspace with the app installed as the manifest says."""
    wanted = manifest()
    async with slack.play() as workspace:
        workspace.state.scopes = set(wanted["oauth_config"]["scopes"]["bot"])
        workspace.state.events = set(wanted["settings"]["event_subscriptions"]["bot_events"])
        workspace.state.least_gap = 0.9
        yield workspace


def by_socket(workspace: Workspace) -> dict[str, str]:
    return {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_APP_TOKEN": APP_TOKEN, "SLACK_API_URL": workspace.url}


def shape(workspace: Workspace, task: Message) -> list[str]:
    """A thread as who posted what kind of thing."""
    return [
        f"{message.username or 'roundtable'}{' +' + str(len(message.files)) if message.files else ''}"
        for message in workspace.replies_in(task)
    ]


async def ready(roundtable: Roundtable) -> None:
    """Until /readyz says that Slack is well."""
    while (await roundtable.http.get("/readyz")).json().get("slack") != "ok":  # noqa: ASYNC110
        await asyncio.sleep(0.05)


async def test_a_file_becomes_a_chart_and_a_finding_in_the_thread(tmp_path: Path, workspace: Workspace) -> None:
    async with up(tmp_path, **by_socket(workspace)) as roundtable:
        await ready(roundtable)
        task = await workspace.says("U1", "@roundtable Plot the revenue by region", files=[("sales.csv", SALES)])
        closing = await workspace.reply_in(task, containing=" turn")
        assert "The team has finished" in closing.shown_text
        charts = [file for message in workspace.replies_in(task) for file in message.files if ".png" in file.name]
        assert charts, [message.shown_text for message in workspace.replies_in(task)]
        assert charts[0].data.startswith(PNG)
        names = {message.username for message in workspace.replies_in(task)}
        assert names == {"analyst", "executor", "roundtable", ""}

        await workspace.says("U2", "Show the revenue per month", thread=task)
        again = await workspace.reply_in(task, containing=" turn", after=closing)
        assert "The team has finished" in again.shown_text
        await roundtable.terminate()
        assert not any("Traceback" in line for line in roundtable.said), "".join(roundtable.said)
    assert workspace.sockets.log.lost == []


async def test_over_http_behind_the_web_pages_own_gate(tmp_path: Path, workspace: Workspace) -> None:
    settings = {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_SIGNING_SECRET": SECRET, "SLACK_API_URL": workspace.url}
    token = {"ROUNDTABLE_API_TOKEN": "a token that nobody guesses"}
    async with up(tmp_path, **settings, **token) as roundtable:
        while (await roundtable.http.get("/readyz")).json().get("slack") != "ok":  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        workspace.way = Requests(f"{roundtable.url}/slack/events")
        task = await workspace.says("U1", SUM)
        await workspace.reply_in(task, containing="42", by="executor")
        unsigned = await roundtable.http.post("/slack/events", json={"type": "url_verification", "challenge": "x"})
        assert unsigned.status_code == 401


async def test_a_kill_during_the_model_call_costs_only_that_call(tmp_path: Path, workspace: Workspace) -> None:
    async with openai.play() as provider:
        settings = scripted(provider) | by_socket(workspace)
        provider.say(CODE.format(seconds=0))
        held = provider.hold("Never heard.")
        async with up(tmp_path, **settings) as roundtable:
            await ready(roundtable)
            task = await workspace.says("U1", "@roundtable make a file")
            await held.arrived.wait()
            await roundtable.kill()
        provider.say("It is made.\n\nTERMINATE")
        async with up(tmp_path, **settings):
            await workspace.reply_in(task, containing="The team has finished")
    assert shape(workspace, task) == [
        "analyst",
        "executor",
        "executor +1",
        "analyst",
        "roundtable +1",
        "roundtable",
    ]
    assert len(provider.calls) == 3


async def test_a_kill_during_the_run_does_not_run_the_code_again(tmp_path: Path, workspace: Workspace) -> None:
    async with openai.play() as provider:
        settings = scripted(provider) | by_socket(workspace)
        provider.say(CODE.format(seconds=600))
        async with up(tmp_path, **settings) as roundtable:
            await ready(roundtable)
            task = await workspace.says("U1", "@roundtable make a file")
            await code_was_sent(tmp_path)
            await roundtable.kill()
        # What is said while nobody listens is read back.
        await workspace.says("U2", "in blue", thread=task)
        provider.say("It was interrupted, so I stop here.\n\nTERMINATE")
        async with up(tmp_path, **settings):
            await workspace.reply_in(task, containing="The team has finished")
    assert shape(workspace, task) == ["analyst", "executor", "analyst", "roundtable +1", "roundtable"]
    assert "interrupted" in workspace.replies_in(task)[1].shown_text
    assert "in blue" in str(provider.calls[-1]["messages"])


@pytest.mark.parametrize("end", [Roundtable.kill, Roundtable.interrupt], ids=["kill", "Ctrl-C"])
@pytest.mark.parametrize("method", ["chat.postMessage", "files.completeUploadExternal"])
async def test_an_end_during_a_delivery_shows_everything_once(
    tmp_path: Path, workspace: Workspace, method: str, end: Callable[[Roundtable], Awaitable[int | None]]
) -> None:
    async with openai.play() as provider:
        settings = scripted(provider) | by_socket(workspace)
        provider.say(CODE.format(seconds=0), "Done.\n\nTERMINATE")
        slow = Slow()
        workspace.fault(method, slow)
        async with up(tmp_path, **settings) as roundtable:
            await ready(roundtable)
            task = await workspace.says("U1", "@roundtable make a file")
            await slow.arrived.wait()
            await end(roundtable)
            assert not any("Traceback" in line for line in roundtable.said), "".join(roundtable.said)
        slow.released.set()
        async with up(tmp_path, **settings):
            await workspace.reply_in(task, containing="The team has finished")
    assert shape(workspace, task) == [
        "analyst",
        "executor",
        "executor +1",
        "analyst",
        "roundtable +1",
        "roundtable",
    ]
    parts = Counter(str(message.metadata) for message in workspace.replies_in(task) if message.metadata)
    assert set(parts.values()) == {1}


async def test_a_stop_in_the_thread_ends_the_run_within_a_second(tmp_path: Path, workspace: Workspace) -> None:
    async with openai.play() as provider:
        settings = scripted(provider) | by_socket(workspace)
        provider.say(CODE.format(seconds=600))
        async with up(tmp_path, **settings) as roundtable:
            await ready(roundtable)
            task = await workspace.says("U1", "@roundtable make a file")
            await code_was_sent(tmp_path)
            shown = await workspace.reply_in(task, by="analyst")
            await workspace.reacts("U3", shown, "octagonal_sign")
            stopped = await workspace.reply_in(task, containing="Stopped by Eve")
            assert stopped.username == ""


async def test_the_doctor_and_the_manifest(tmp_path: Path, workspace: Workspace) -> None:
    settings = by_socket(workspace)
    _, shown, _ = await command(tmp_path, "doctor", stdin=b"", **settings)
    assert "Slack: 17 scopes" in " ".join(shown.split())
    workspace.state.scopes.discard("files:write")
    code, shown, _ = await command(tmp_path, "doctor", stdin=b"", **settings)
    assert code == 1
    assert "lacks the scopes files:write" in " ".join(shown.split())
    code, shown, _ = await command(tmp_path, "slack-manifest", "--http", "https://table.example")
    assert (code, '"request_url": "https://table.example/slack/events"' in shown) == (0, True)
    code, _, err = await command(tmp_path, "up", SLACK_BOT_TOKEN=BOT_TOKEN)
    assert code == 2
    assert "SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET" in " ".join(err.split())


async def test_a_slack_that_refuses_the_token_leaves_the_rest_alive(tmp_path: Path, workspace: Workspace) -> None:
    workspace.state.revoked = "token_revoked"
    async with up(tmp_path, **by_socket(workspace)) as roundtable:
        while "token_revoked" not in str((await roundtable.http.get("/readyz")).json()):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        session = await roundtable.start("```python\nprint(6 * 7)\n```")
        await roundtable.ended(session)
        workspace.state.revoked = ""
        await ready(roundtable)
        task = await workspace.says("U1", SUM)
        await workspace.reply_in(task, containing="42", by="executor")
