"""Slack's payloads as what happened: pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from bot.adapters.common.request_choices import chosen
from bot.adapters.slack import mrkdwn
from bot.adapters.slack.credentials import BotIdentity
from bot.adapters.slack.happenings import (
    ChoiceClicked,
    CommandSent,
    CostShortcut,
    FormRequested,
    FormSubmitted,
    Happening,
    HomeOpened,
    MessageDeleted,
    MessageEdited,
    MessageSent,
    ReactionAdded,
    SlackUser,
    StopClicked,
    StopPressed,
    TaskShortcut,
)
from bot.adapters.slack.message_text import written
from bot.adapters.slack.modals import CALLBACK, field
from bot.adapters.slack.request_cards import ASK, DECIDE
from bot.adapters.slack.stop_buttons import STOP, run_of
from bot.domain.events import RemoteFile

Payload: TypeAlias = Mapping[str, Any]

COMMAND = "/roundtable"
RUN_ON_MESSAGE = "run_on_message"
"""The callback id of the message shortcut for tasks."""
COST_OF_SESSION = "cost_of_session"
"""The callback id of the message shortcut that asks what a session has cost."""
STOP_REACTIONS = frozenset({"octagonal_sign", "x", "terminate"})
_WRITTEN_BY_PEOPLE = frozenset({"", "file_share", "thread_broadcast", "me_message"})
"""The subtypes of messages that people write."""
_EXTENSIONS = {"python": ".py", "shell": ".sh"}
_SLACKBOT = "USLACKBOT"


def parse(body: Payload, me: BotIdentity) -> Happening | None:
    """What a payload says, None when it does not concern us."""
    match body.get("type"):
        case "event_callback":
            return event(_table(body, "event"), me)
        case "block_actions":
            return _clicked(body)
        case "view_submission":
            return _submitted(body)
        case "message_action":
            return _shortcut(body, me)
        case None if "command" in body:
            who = SlackUser(_text(body, "user_id"), _text(body, "team_id"))
            return CommandSent(who, _text(body, "text"), _text(body, "channel_id"))
    return None


def event(found: Payload, me: BotIdentity) -> Happening | None:
    """What an event of the Events API says, None when it does not concern us or the bot caused it itself."""
    reader = EVENTS.get(_text(found, "type"))
    return reader(found, me) if reader and _text(found, "user") != me.user else None


def message(found: Payload, channel: str, me: BotIdentity, *, direct: bool) -> MessageSent | None:
    """A message that a person wrote, None for every other one."""
    user = _text(found, "user")
    if not user or user in (me.user, _SLACKBOT) or found.get("bot_id") or found.get("hidden"):
        return None
    if _text(found, "subtype") not in _WRITTEN_BY_PEOPLE:
        return None
    raw, ts = written(found), _text(found, "ts")
    return MessageSent(
        who=SlackUser(user, _text(found, "user_team") or _text(found, "team")),
        channel=channel,
        ts=ts,
        thread=_text(found, "thread_ts") or ts,
        text=mrkdwn.without(raw, me.user),
        files=files(found.get("files")),
        addressed=direct or found.get("type") == "app_mention" or mrkdwn.mentions(raw, me.user),
        at=_text(_table(found, "edited"), "ts") or ts,
        direct=direct,
    )


def files(found: Any) -> tuple[RemoteFile, ...]:
    """The files of a message, without those that were deleted since."""
    listed = [file for file in found if isinstance(file, dict)] if isinstance(found, list) else []
    return tuple(
        RemoteFile(
            _file_name(file),
            int(file.get("size") or 0),
            json.dumps(
                {key: file[key] for key in ("id", "url_private_download", "mimetype", "mode") if file.get(key)}
            ),
        )
        for file in listed
        if file.get("mode") != "tombstone"
    )


def _file_name(file: Payload) -> str:
    """A snippet may have any name; its file type says in which language it was written."""
    name = _text(file, "name") or _text(file, "title") or "file"
    return name if "." in name else name + _EXTENSIONS.get(_text(file, "filetype"), "")


def stop_reactions(found: Payload) -> Sequence[tuple[str, str]]:
    """The reactions on a message that mean stop, each with its user."""
    listed = found.get("reactions") or ()
    return [
        (_text(reaction, "name"), str(user))
        for reaction in listed
        if _text(reaction, "name") in STOP_REACTIONS
        for user in reaction.get("users", ())
    ]


def _message_event(found: Payload, me: BotIdentity) -> Happening | None:
    channel, direct = _text(found, "channel"), found.get("channel_type") == "im"
    match _text(found, "subtype"):
        case "message_changed":
            return _changed(found, channel, me)
        case "message_deleted":
            return _deleted(_table(found, "previous_message"), channel, me)
    sent = message(found, channel, me, direct=direct)
    # A message that opens no thread of ours and does not mention us cannot belong to a session.
    return sent if sent and (sent.addressed or not sent.opens_thread) else None


def _changed(found: Payload, channel: str, me: BotIdentity) -> MessageEdited | MessageDeleted | None:
    now, before = _table(found, "message"), _table(found, "previous_message")
    if _text(now, "subtype") == "tombstone":
        return _deleted(before, channel, me)
    sent = message(now, channel, me, direct=False)
    if sent is None or _text(now, "text") == _text(before, "text"):
        # Slack also reports that it unfurled a link or that a thread got a reply.
        return None
    at = _text(_table(now, "edited"), "ts") or _text(found, "event_ts")
    task = sent if sent.addressed and not _was_task(before, me) else None
    return MessageEdited(sent.who, channel, sent.ts, sent.thread, sent.text, at, task)


def _was_task(before: Payload, me: BotIdentity) -> bool:
    """Whether a message mentioned us and said something already."""
    raw = _text(before, "text")
    return mrkdwn.mentions(raw, me.user) and bool(mrkdwn.without(raw, me.user) or before.get("files"))


def _deleted(before: Payload, channel: str, me: BotIdentity) -> MessageDeleted | None:
    sent = message(before, channel, me, direct=False)
    return MessageDeleted(sent.who, channel, sent.ts, sent.thread) if sent else None


def _reacted(found: Payload, _me: BotIdentity) -> ReactionAdded | None:
    user, item, name = _text(found, "user"), _table(found, "item"), _text(found, "reaction")
    if item.get("type") != "message" or name not in STOP_REACTIONS:
        return None
    return ReactionAdded(
        SlackUser(user), _text(item, "channel"), _text(item, "ts"), name, _text(found, "event_ts")
    )


def _pressed_stop(found: Payload, _me: BotIdentity) -> StopPressed:
    at = _text(found, "event_ts")
    return StopPressed(SlackUser(_text(found, "user")), _text(found, "channel"), _text(found, "thread_ts"), at)


def _opened_home(found: Payload, _me: BotIdentity) -> HomeOpened | None:
    return HomeOpened(SlackUser(_text(found, "user"))) if found.get("tab") == "home" else None


EVENTS = {
    "app_mention": _message_event,
    "message": _message_event,
    "reaction_added": _reacted,
    "agent_session_stopped": _pressed_stop,
    "app_home_opened": _opened_home,
}
"""Every event we act on, by its type."""


def _clicked(body: Payload) -> ChoiceClicked | FormRequested | StopClicked | None:
    actions = body.get("actions")
    if not isinstance(actions, list) or not actions:
        return None
    action, value, at = (_text(actions[0], key) for key in ("action_id", "value", "action_ts"))
    who, response_url = _person(body), _text(body, "response_url")
    if action == STOP:
        private = bool(_table(body, "container").get("is_ephemeral"))
        return StopClicked(who, run_of(value), at, response_url, private)
    if action.startswith(DECIDE):
        return ChoiceClicked(who, chosen(value), at, response_url)
    if action.startswith(ASK):
        return FormRequested(who, chosen(value), _text(body, "trigger_id"), response_url)
    return None


def _submitted(body: Payload) -> FormSubmitted | None:
    view = _table(body, "view")
    if view.get("callback_id") != CALLBACK:
        return None
    return FormSubmitted(_person(body), _text(view, "id"), chosen(_text(view, "private_metadata")), field(view))


def _shortcut(body: Payload, me: BotIdentity) -> TaskShortcut | CostShortcut | None:
    found, channel = _table(body, "message"), _text(_table(body, "channel"), "id")
    who, ts, at = _person(body), _text(found, "ts"), _text(body, "action_ts")
    thread, response_url = _text(found, "thread_ts") or ts, _text(body, "response_url")
    if not ts:
        return None
    name = _text(body, "callback_id")
    if name == COST_OF_SESSION:
        return CostShortcut(who, channel, thread, response_url)
    if name != RUN_ON_MESSAGE:
        return None
    text = mrkdwn.without(written(found), me.user)
    task = MessageSent(who, channel, ts, thread, text, files(found.get("files")), addressed=True, at=at)
    return TaskShortcut(who, task, at, response_url)


def _person(body: Payload) -> SlackUser:
    user = _table(body, "user")
    return SlackUser(_text(user, "id"), _text(user, "team_id"))


def _table(found: Payload, key: str) -> Payload:
    value = found.get(key)
    return value if isinstance(value, dict) else {}


def _text(found: Any, key: str) -> str:
    value = found.get(key) if isinstance(found, dict) else None
    return value if isinstance(value, str) else ""
