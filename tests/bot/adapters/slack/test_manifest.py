"""The manifest has exactly the scopes and events that the code uses; the doctor tries what it calls."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from slack_sdk.web.async_client import AsyncWebClient

import bot.adapters.slack
from bot.adapters.slack.check import PROBES, check
from bot.adapters.slack.credentials import Credentials, credentials
from bot.adapters.slack.manifest import SCOPES, manifest, public
from bot.adapters.slack.parse import EVENTS
from bot.domain.errors import OperatorError
from tests.bot.adapters.slack import harness
from tests.platforms.slack import Status, Workspace
from tests.platforms.slack.server import METHODS
from tests.platforms.slack.state import SECRET

_FOLDER = Path(bot.adapters.slack.__file__).parent
_SCOPES_OF_EVENTS = {
    "agent_session_stopped": "assistant:write",
    "app_mention": "app_mentions:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "message.mpim": "mpim:history",
    "reaction_added": "reactions:read",
}
"""As Slack documents them."""
_SCOPES_OF_FEATURES = {"chat:write.customize", "commands"}
"""Of `username` and `icon_emoji`, and of the slash command and the shortcut."""
_SCOPES_BY_KIND = {"groups:read"}
"""conversations.info of private channels; of direct messages it is never asked."""


def _methods_called() -> Iterator[str]:
    """Every method of the Web API that the code calls through the SDK."""
    names = {name.replace("_", "."): name for name in dir(AsyncWebClient) if "_" in name}
    for path in _FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute | ast.Name):
                holder = node.value.attr if isinstance(node.value, ast.Attribute) else node.value.id
                if holder == "client" and node.attr.replace("_", ".") in names and node.attr != "api_call":
                    yield node.attr.replace("_", ".")


def test_the_manifest_has_exactly_the_events_that_are_parsed() -> None:
    events = manifest()["settings"]["event_subscriptions"]["bot_events"]
    assert {event.partition(".")[0] for event in events} == set(EVENTS)
    assert {event for event in events if event.startswith("message.")} == {
        f"message.{kind}" for kind in ("channels", "groups", "im", "mpim")
    }


def test_the_manifest_has_exactly_the_scopes_that_are_needed() -> None:
    methods = set(_methods_called()) - {"apps.connections.open"}
    assert "chat.postMessage" in methods
    assert methods <= set(METHODS)
    events = manifest()["settings"]["event_subscriptions"]["bot_events"]
    needed = {_SCOPES_OF_EVENTS[event] for event in events if event in _SCOPES_OF_EVENTS}
    for method in methods:
        needed |= set(METHODS[method][0][:1])
    assert set(manifest()["oauth_config"]["scopes"]["bot"]) == needed | _SCOPES_OF_FEATURES | _SCOPES_BY_KIND


def test_the_doctor_tries_every_method_that_is_called() -> None:
    assert set(PROBES) == set(_methods_called()) - {"auth.test", "apps.connections.open"}


def test_over_http_the_manifest_names_the_address() -> None:
    made = manifest("https://table.example/")
    assert made["settings"]["socket_mode_enabled"] is False
    assert json.dumps(made).count('"https://table.example/slack/events"') == 3
    assert manifest()["settings"]["socket_mode_enabled"] is True
    assert "request_url" not in json.dumps(manifest())
    with pytest.raises(OperatorError, match="https://"):
        public("table.example")


@pytest.mark.parametrize(
    ("tokens", "message"),
    [
        (("", "xapp-1", "", ""), "SLACK_BOT_TOKEN is missing"),
        (("", "", "secret", ""), "SLACK_BOT_TOKEN is missing"),
        (("xoxp-1", "xapp-1", "", ""), "SLACK_BOT_TOKEN is no bot token"),
        (("xoxb-1", "xoxb-1", "", ""), "SLACK_APP_TOKEN is no app-level token"),
        (("xoxb-1", "", "", ""), "SLACK_APP_TOKEN .* or SLACK_SIGNING_SECRET"),
        (("xoxb-1", "xapp-1", "", "slack.com/api"), "SLACK_API_URL"),
    ],
)
def test_half_of_the_tokens_is_the_operators_to_mend(tokens: tuple[str, str, str, str], message: str) -> None:
    with pytest.raises(OperatorError, match=message):
        credentials(*tokens)


def test_tokens_decide_how_slack_is_connected() -> None:
    assert credentials("", "", "", "") is None
    socket, http = (
        credentials("xoxb-1", "xapp-1", "secret", ""),
        credentials("xoxb-1", "", "secret", "http://127.0.0.1:1/api"),
    )
    assert socket is not None
    assert http is not None
    assert (socket.mode, http.mode, http.api_host) == ("socket", "http", "127.0.0.1:1")
    assert "xoxb-1" not in repr(socket)
    assert "xapp-1" not in repr(socket)


async def test_the_doctor_says_that_all_is_well() -> None:
    async with harness.played() as workspace:
        said = await check(harness.access(workspace))
        assert f"{len(SCOPES)} scopes and {len(PROBES)} methods" in said
        assert "Socket Mode" in said
        assert workspace.sockets.opened == 1
        assert "HTTP" in await check(harness.access(workspace, http=True))
        assert all(not messages for messages in workspace.world.messages.values())


async def test_the_doctor_opens_no_socket_while_roundtable_runs() -> None:
    async with harness.played() as workspace:
        await check(harness.access(workspace), connect=False)
        assert workspace.sockets.opened == 0


@pytest.mark.parametrize("scope", sorted(SCOPES))
async def test_the_doctor_names_the_scope_that_is_missing(scope: str) -> None:
    async with harness.played() as workspace:
        workspace.state.scopes.discard(scope)
        with pytest.raises(OperatorError, match=f"lacks the scopes {scope}: .*slack-manifest"):
            await check(harness.access(workspace))


def _revoke(workspace: Workspace) -> None:
    workspace.state.revoked = "token_revoked"


def _no_agent(workspace: Workspace) -> None:
    workspace.state.agent = False


async def test_the_doctor_names_what_else_is_wrong() -> None:
    async with harness.played() as workspace:
        good = harness.access(workspace)
        with pytest.raises(
            OperatorError, match=r"SLACK_APP_TOKEN opens no socket \(invalid_auth\).*connections:write"
        ):
            await check(Credentials(good.bot_token, "xapp-wrong", api_url=good.api_url))
        with pytest.raises(OperatorError, match=r"SLACK_BOT_TOKEN \(invalid_auth\)"):
            await check(Credentials("xoxb-wrong", "", SECRET, good.api_url))
        workspace.fault("files.info", Status(503))
        await check(good)
        _no_agent(workspace)
        assert "reaction" in await check(good)
        _revoke(workspace)
        with pytest.raises(OperatorError, match="token_revoked"):
            await check(good)
    with pytest.raises(OperatorError, match="cannot be reached"):
        await check(good)
