"""The app's manifest: exactly the scopes and events that the code uses, each with its purpose."""

from __future__ import annotations

from typing import Any

from bot.adapters.slack.credentials import PATH
from bot.adapters.slack.parse import COMMAND, COST_OF_SESSION, RUN_ON_MESSAGE
from bot.domain.errors import OperatorError

SCOPES = {
    "app_mentions:read": "receive mentions",
    "assistant:write": "show that a team is at work, with Slack's own Stop button",
    "channels:history": "receive and read threads in public channels",
    "channels:read": "know what kind of channel a thread is in",
    "chat:write": "post",
    "chat:write.customize": "let every agent speak under its own name and icon",
    "commands": "the command /roundtable and the message shortcut",
    "files:read": "download files that users attach, and check that ours are shown",
    "files:write": "attach what code made",
    "groups:history": "receive and read threads in private channels it is invited to",
    "groups:read": "know what kind of channel a thread is in",
    "im:history": "receive direct messages",
    "mpim:history": "receive and read threads in group messages it is invited to",
    "reactions:read": "receive stop reactions, also those set while it was down",
    "reactions:write": "show that a message was seen, where there is no native status",
    "usergroups:read": "know who is in the user groups that policy.toml names",
    "users:read": "know users' names, and tell members from guests and users of other workspaces",
}
"""Bot scopes, each with its purpose."""

EVENTS = {
    "agent_session_stopped": "Slack's own Stop button",
    "app_home_opened": "the Home tab",
    "app_mention": "tasks",
    "message.channels": "replies in threads of public channels",
    "message.groups": "replies in threads of private channels",
    "message.im": "direct messages",
    "message.mpim": "replies in threads of group messages",
    "reaction_added": "stop reactions",
}
"""Bot events, each with its purpose."""


def public(url: str | None) -> str | None:
    """The address for HTTP as the manifest needs it; raises OperatorError."""
    if url is not None and not url.startswith("https://"):
        raise OperatorError("--http needs the public address that Slack can call: it begins with https://.")
    return url


def manifest(url: str | None = None) -> dict[str, Any]:
    """The manifest for Socket Mode, or, with the public address of this Roundtable, for HTTP."""
    request = {"request_url": url.rstrip("/") + PATH} if url else {}
    command: dict[str, Any] = {
        "command": COMMAND,
        "description": "Sessions, teams, usage, help",
        "usage_hint": "sessions | teams | usage | help",
        "should_escape": True,
    }
    if url:
        command["url"] = request["request_url"]
    run = {
        "name": "Run with Roundtable",
        "type": "message",
        "callback_id": RUN_ON_MESSAGE,
        "description": "Takes this message as a task for a team of agents",
    }
    cost = {
        "name": "What did this cost?",
        "type": "message",
        "callback_id": COST_OF_SESSION,
        "description": "Tells you alone what this session used, by agent and turn",
    }
    return {
        "display_information": {
            "name": "Roundtable",
            "description": "A team of agents in your thread: they write code, run it, and show you the result",
            "background_color": "#2b3a55",
        },
        "features": {
            "agent_view": {"agent_description": "A team of agents that analyses data with code it runs itself"},
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "roundtable", "always_online": True},
            "shortcuts": [run, cost],
            "slash_commands": [command],
        },
        "oauth_config": {"scopes": {"bot": sorted(SCOPES)}},
        "settings": {
            "event_subscriptions": {**request, "bot_events": sorted(EVENTS)},
            "interactivity": {"is_enabled": True, **request},
            "org_deploy_enabled": False,
            "socket_mode_enabled": not url,
            "token_rotation_enabled": False,
        },
    }
