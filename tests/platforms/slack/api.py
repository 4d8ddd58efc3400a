"""The methods of the Web API that take messages, threads, people, reactions, views and statuses."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeAlias

from tests.platforms.slack import limits
from tests.platforms.slack.faults import Refusal
from tests.platforms.slack.state import Modal, State, Whisper, team_info
from tests.platforms.slack.world import BOT_USER, Channel, Message

Args: TypeAlias = dict[str, Any]
Method: TypeAlias = Callable[[State, Args], dict[str, Any]]


def auth_test(state: State, args: Args) -> dict[str, Any]:
    return team_info(f"{state.url}/")


def post_message(state: State, args: Args) -> dict[str, Any]:
    text, blocks = str(args.get("text", ""))[: limits.MAX_TEXT], args.get("blocks") or []
    if args.get("username") or args.get("icon_emoji") or args.get("icon_url"):
        need(state, "chat:write.customize")
    limits.check(text, blocks)
    channel = _writable(state, str(args.get("channel", "")))
    thread = str(args.get("thread_ts") or "")
    if thread and thread not in state.world.messages[channel.id]:
        raise Refusal("thread_not_found")
    _pace(state, channel.id)
    message = state.app_message(channel.id, text, thread)
    message.blocks = blocks
    message.metadata = args.get("metadata") or {}
    message.username = str(args.get("username") or "")
    message.icon = str(args.get("icon_emoji") or args.get("icon_url") or "")
    if message.username:
        message.subtype, message.user = "bot_message", ""
    if state.hide:
        state.hidden[message.ts], state.hide = state.hide, 0
    state.add(message)
    return {"channel": channel.id, "ts": message.ts, "message": state.shown(message, metadata=True)}


def update(state: State, args: Args) -> dict[str, Any]:
    text, blocks = str(args.get("text", ""))[: limits.MAX_TEXT], args.get("blocks") or []
    limits.check(text, blocks)
    channel = _writable(state, str(args.get("channel", "")))
    message = state.world.messages[channel.id].get(str(args.get("ts", "")))
    if message is None:
        raise Refusal("message_not_found")
    if not message.bot_id:
        raise Refusal("cant_update_message")
    message.text, message.blocks = text, blocks
    message.metadata = args.get("metadata") or message.metadata
    message.edited = state.world.ts()
    state.tell()
    return {"channel": channel.id, "ts": message.ts, "text": text}


def post_ephemeral(state: State, args: Args) -> dict[str, Any]:
    limits.check(str(args.get("text", "")), args.get("blocks") or [])
    channel = _writable(state, str(args.get("channel", "")))
    user = str(args.get("user", ""))
    if user not in state.world.users:
        raise Refusal("user_not_in_channel")
    whisper = Whisper(
        channel.id, user, str(args.get("text", "")), args.get("blocks") or [], str(args.get("thread_ts") or "")
    )
    state.ephemeral.append(whisper)
    state.tell()
    return {"message_ts": state.world.ts()}


def replies(state: State, args: Args) -> dict[str, Any]:
    channel = _readable(state, str(args.get("channel", "")), "history")
    root = str(args.get("ts", ""))
    if root not in state.world.messages[channel.id]:
        raise Refusal("thread_not_found")
    found = []
    # Asked for a reply, Slack shows that alone, with the thread it is in.
    for message in state.world.thread(channel.id, root) or [state.world.messages[channel.id][root]]:
        if state.hidden.get(message.ts, 0) > 0:
            state.hidden[message.ts] -= 1
            continue
        oldest = str(args.get("oldest") or "0")
        if message.ts in (root, oldest if _true(args, "inclusive") else "") or message.ts > oldest:
            found.append(message)
    start, limit = int(args.get("cursor") or 0), int(args.get("limit") or 1000)
    page = found[start : start + limit]
    more = len(found) > start + limit
    metadata = _true(args, "include_all_metadata")
    answer: dict[str, Any] = {
        "messages": [state.shown(message, metadata=metadata) for message in page],
        "has_more": more,
    }
    return answer | ({"response_metadata": {"next_cursor": str(start + limit)}} if more else {})


def conversations_info(state: State, args: Args) -> dict[str, Any]:
    channel = _readable(state, str(args.get("channel", "")), "read")
    return {"channel": channel.info()}


def users_info(state: State, args: Args) -> dict[str, Any]:
    user = state.world.users.get(str(args.get("user", "")))
    if user is None:
        raise Refusal("user_not_found")
    return {"user": user.profile()}


def usergroups_users_list(state: State, args: Args) -> dict[str, Any]:
    members = state.world.user_groups.get(str(args.get("usergroup", "")))
    if members is None:
        raise Refusal("no_such_subteam")
    return {"users": sorted(members)}


def reactions_add(state: State, args: Args) -> dict[str, Any]:
    message, users = _reacted(state, args)
    if BOT_USER in users:
        raise Refusal("already_reacted")
    message.reactions.setdefault(str(args["name"]), []).append(BOT_USER)
    state.tell()
    return {}


def reactions_remove(state: State, args: Args) -> dict[str, Any]:
    _, users = _reacted(state, args)
    if BOT_USER not in users:
        raise Refusal("no_reaction")
    users.remove(BOT_USER)
    state.tell()
    return {}


def views_publish(state: State, args: Args) -> dict[str, Any]:
    if str(args.get("user_id", "")) not in state.world.users:
        raise Refusal("user_not_found")
    view = args.get("view") or {}
    if view.get("type") != "home" or len(view.get("blocks", [])) > 100:
        raise Refusal("invalid_arguments")
    for block in view["blocks"]:
        limits.check("", [block])
    state.homes[str(args["user_id"])] = view
    state.tell()
    return {"view": view | {"id": state.world.number("V")}}


def views_open(state: State, args: Args) -> dict[str, Any]:
    trigger = str(args.get("trigger_id", ""))
    user, expires = state.triggers.get(trigger, ("", 0.0))
    if trigger not in state.triggers:
        raise Refusal("invalid_trigger_id")
    if not user:
        raise Refusal("exchanged_trigger_id")
    if time.monotonic() > expires:
        raise Refusal("expired_trigger_id")
    view = args.get("view") or {}
    limits.check_modal(view)
    state.triggers[trigger] = "", 0.0
    modal = Modal(state.world.number("V"), user, view)
    state.modals[modal.id] = modal
    state.tell()
    return {"view": view | {"id": modal.id}}


def sessions_set_status(state: State, args: Args) -> dict[str, Any]:
    if not state.agent:
        raise Refusal("not_authorized")
    channel = _writable(state, str(args.get("channel_id", "")))
    if args.get("status") not in ("processing", "active", "suspended", "closed"):
        raise Refusal("invalid_arguments")
    state.sessions.setdefault((channel.id, str(args.get("thread_ts", ""))), []).append(str(args["status"]))
    state.tell()
    return {}


def threads_set_status(state: State, args: Args) -> dict[str, Any]:
    channel = _writable(state, str(args.get("channel_id", "")))
    state.thinking[channel.id, str(args.get("thread_ts", ""))] = str(args.get("status", ""))
    state.tell()
    return {}


def _true(args: Args, name: str) -> bool:
    return str(args.get(name, "")).lower() in ("1", "true")


def need(state: State, *scopes: str) -> None:
    """Raises Refusal unless the app has one of these scopes."""
    if not state.scopes & set(scopes):
        raise Refusal("missing_scope", needed=scopes[0], provided=",".join(sorted(state.scopes)))


def _writable(state: State, channel_id: str) -> Channel:
    channel = state.world.dm(channel_id) if channel_id in state.world.users else _channel(state, channel_id)
    if BOT_USER not in channel.members:
        raise Refusal("not_in_channel" if channel.kind == "channel" else "channel_not_found")
    if channel.archived:
        raise Refusal("is_archived")
    return channel


def _readable(state: State, channel_id: str, what: str) -> Channel:
    channel = _channel(state, channel_id)
    need(state, {"channel": "channels", "group": "groups"}.get(channel.kind, channel.kind) + f":{what}")
    if BOT_USER not in channel.members and (what == "history" or channel.kind != "channel"):
        raise Refusal("not_in_channel" if channel.kind == "channel" else "channel_not_found")
    return channel


def _channel(state: State, channel_id: str) -> Channel:
    channel = state.world.channels.get(channel_id)
    if channel is None:
        raise Refusal("channel_not_found")
    return channel


def _reacted(state: State, args: Args) -> tuple[Message, list[str]]:
    channel = _writable(state, str(args.get("channel", "")))
    message = state.world.messages[channel.id].get(str(args.get("timestamp", "")))
    if message is None:
        raise Refusal("message_not_found")
    return message, message.reactions.get(str(args["name"]), [])


def _pace(state: State, channel: str) -> None:
    now = time.monotonic()
    last = max((at for where, at in state.posted if where == channel), default=-1e9)
    if now - last < state.least_gap:
        raise Refusal("ratelimited")
    state.posted.append((channel, now))


METHODS: dict[str, tuple[tuple[str, ...], Method]] = {
    "auth.test": ((), auth_test),
    "chat.postMessage": (("chat:write",), post_message),
    "chat.update": (("chat:write",), update),
    "chat.postEphemeral": (("chat:write",), post_ephemeral),
    "conversations.replies": (("channels:history", "groups:history", "im:history", "mpim:history"), replies),
    "conversations.info": (("channels:read", "groups:read", "im:read", "mpim:read"), conversations_info),
    "usergroups.users.list": (("usergroups:read",), usergroups_users_list),
    "users.info": (("users:read",), users_info),
    "reactions.add": (("reactions:write",), reactions_add),
    "reactions.remove": (("reactions:write",), reactions_remove),
    "views.publish": ((), views_publish),
    "views.open": ((), views_open),
    "agents.sessions.setStatus": (("assistant:write",), sessions_set_status),
    "assistant.threads.setStatus": (("chat:write", "assistant:write"), threads_set_status),
}
"""Each method, the scopes of which it wants one, and what it does."""
