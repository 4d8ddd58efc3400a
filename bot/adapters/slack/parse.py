"""Payloads of Slack as what somebody did: pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from bot.adapters.slack import mrkdwn
from bot.adapters.slack.credentials import BotIdentity
from bot.adapters.slack.message_text import written
from bot.adapters.slack.modals import CALLBACK, field
from bot.domain.events import RemoteFile

Payload: TypeAlias = Mapping[str, Any]

COMMAND = "/roundtable"
RUN_ON_MESSAGE = "run_on_message"
"""The callback id of the message shortcut for tasks; below, of the one that asks what a session has cost."""
COST_OF_SESSION = "cost_of_session"
STOP_REACTIONS = frozenset({"octagonal_sign", "x", "terminate"})
_SPOKEN = frozenset({"", "file_share", "thread_broadcast", "me_message"})
_ENDINGS = {"python": ".py", "shell": ".sh"}
_SLACKBOT = "USLACKBOT"


@dataclass(frozen=True, slots=True)
class SlackUser:
    """A user as payloads name them; `team` is "" where the payload does not say."""

    user: str
    team: str = ""


@dataclass(frozen=True, slots=True)
class MessageSent:
    """A message. `text` is in Slack's markup, without our mention; `thread` is the ts of the thread's root.

    `at` is when we were told to hear it: its own ts, or that of the edit that mentions us, or of the shortcut.
    """

    who: SlackUser
    channel: str
    ts: str
    thread: str
    text: str
    files: tuple[RemoteFile, ...]
    addressed: bool
    at: str
    direct: bool = False

    @property
    def opens_thread(self) -> bool:
        return self.thread == self.ts

    @property
    def late(self) -> bool:
        """Whether it stood there before it was meant for us."""
        return self.at != self.ts


@dataclass(frozen=True, slots=True)
class MessageEdited:
    """A message was edited, at `at`; it is `meant` for us if it has become a task only now."""

    who: SlackUser
    channel: str
    ts: str
    thread: str
    text: str
    at: str
    meant: MessageSent | None = None


@dataclass(frozen=True, slots=True)
class MessageDeleted:
    """A message was deleted."""

    who: SlackUser
    channel: str
    ts: str
    thread: str


@dataclass(frozen=True, slots=True)
class ReactionAdded:
    """A reaction that means stop; Slack does not say in which thread the message is."""

    who: SlackUser
    channel: str
    ts: str
    name: str
    at: str


@dataclass(frozen=True, slots=True)
class StopPressed:
    """The native Stop of an agent session."""

    who: SlackUser
    channel: str
    thread: str
    at: str


@dataclass(frozen=True, slots=True)
class HomeOpened:
    """The Home tab is on somebody's screen."""

    who: SlackUser


@dataclass(frozen=True, slots=True)
class ButtonClicked:
    """A button of ours; `response_url` is "" in the Home tab. `private`: only that person sees the message."""

    who: SlackUser
    action: str
    value: str
    at: str
    response_url: str
    private: bool
    trigger: str = ""
    """What opens a form, within three seconds."""


@dataclass(frozen=True, slots=True)
class FormSubmitted:
    """A form of ours was sent: `metadata` says what it is about, `text` is what stands in its field."""

    who: SlackUser
    view: str
    metadata: str
    text: str


@dataclass(frozen=True, slots=True)
class ShortcutUsed:
    """A message shortcut, by its callback id, on a message that anybody may have written."""

    name: str
    who: SlackUser
    said: MessageSent
    at: str
    response_url: str


@dataclass(frozen=True, slots=True)
class CommandSent:
    """The slash command and what stands behind it."""

    who: SlackUser
    text: str
    channel: str


Happening: TypeAlias = (
    MessageSent
    | MessageEdited
    | MessageDeleted
    | ReactionAdded
    | StopPressed
    | HomeOpened
    | ButtonClicked
    | FormSubmitted
    | ShortcutUsed
    | CommandSent
)


def parse(body: Payload, me: BotIdentity) -> Happening | None:
    """What a payload says, None when it is nothing to us."""
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
    """What an event of the Events API says, None when it is nothing to us."""
    reader = EVENTS.get(_text(found, "type"))
    return reader(found, me) if reader else None


def message(found: Payload, channel: str, me: BotIdentity, *, direct: bool) -> MessageSent | None:
    """A message of a person, None for everybody and everything else."""
    user = _text(found, "user")
    if not user or user in (me.user, _SLACKBOT) or found.get("bot_id") or found.get("hidden"):
        return None
    if _text(found, "subtype") not in _SPOKEN:
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
    """A snippet may be called anything; its kind says in which language it was written."""
    name = _text(file, "name") or _text(file, "title") or "file"
    return name if "." in name else name + _ENDINGS.get(_text(file, "filetype"), "")


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
            return _gone(_table(found, "previous_message"), channel, me)
    said = message(found, channel, me, direct=direct)
    # What stands in a channel by itself and does not name us can be in no session.
    return said if said and (said.addressed or not said.opens_thread) else None


def _changed(found: Payload, channel: str, me: BotIdentity) -> MessageEdited | MessageDeleted | None:
    now, before = _table(found, "message"), _table(found, "previous_message")
    if _text(now, "subtype") == "tombstone":
        return _gone(before, channel, me)
    said = message(now, channel, me, direct=False)
    if said is None or _text(now, "text") == _text(before, "text"):
        # Slack also tells when it has unfolded a link or when a thread has grown.
        return None
    at = _text(_table(now, "edited"), "ts") or _text(found, "event_ts")
    meant = said if said.addressed and not _was_task(before, me) else None
    return MessageEdited(said.who, channel, said.ts, said.thread, said.text, at, meant)


def _was_task(before: Payload, me: BotIdentity) -> bool:
    """Whether a message named us and said something already."""
    raw = _text(before, "text")
    return mrkdwn.mentions(raw, me.user) and bool(mrkdwn.without(raw, me.user) or before.get("files"))


def _gone(before: Payload, channel: str, me: BotIdentity) -> MessageDeleted | None:
    said = message(before, channel, me, direct=False)
    return MessageDeleted(said.who, channel, said.ts, said.thread) if said else None


def _reacted(found: Payload, me: BotIdentity) -> ReactionAdded | None:
    user, item, name = _text(found, "user"), _table(found, "item"), _text(found, "reaction")
    if user == me.user or item.get("type") != "message" or name not in STOP_REACTIONS:
        return None
    return ReactionAdded(
        SlackUser(user), _text(item, "channel"), _text(item, "ts"), name, _text(found, "event_ts")
    )


def _pressed_stop(found: Payload, me: BotIdentity) -> StopPressed:  # noqa: ARG001  all readers are called alike
    at = _text(found, "event_ts")
    return StopPressed(SlackUser(_text(found, "user")), _text(found, "channel"), _text(found, "thread_ts"), at)


def _opened_home(found: Payload, me: BotIdentity) -> HomeOpened | None:  # noqa: ARG001
    return HomeOpened(SlackUser(_text(found, "user"))) if found.get("tab") == "home" else None


EVENTS = {
    "app_mention": _message_event,
    "message": _message_event,
    "reaction_added": _reacted,
    "agent_session_stopped": _pressed_stop,
    "app_home_opened": _opened_home,
}
"""Every event we act on, by its type."""


def _clicked(body: Payload) -> ButtonClicked | None:
    actions = body.get("actions")
    if not isinstance(actions, list) or not actions:
        return None
    action = actions[0]
    return ButtonClicked(
        _person(body),
        _text(action, "action_id"),
        _text(action, "value"),
        _text(action, "action_ts"),
        _text(body, "response_url"),
        private=bool(_table(body, "container").get("is_ephemeral")),
        trigger=_text(body, "trigger_id"),
    )


def _submitted(body: Payload) -> FormSubmitted | None:
    view = _table(body, "view")
    if view.get("callback_id") != CALLBACK:
        return None
    return FormSubmitted(_person(body), _text(view, "id"), _text(view, "private_metadata"), field(view))


def _shortcut(body: Payload, me: BotIdentity) -> ShortcutUsed | None:
    found, channel = _table(body, "message"), _text(_table(body, "channel"), "id")
    ts = _text(found, "ts")
    name = _text(body, "callback_id")
    if name not in (RUN_ON_MESSAGE, COST_OF_SESSION) or not ts:
        return None
    said = MessageSent(
        who=_person(body),
        channel=channel,
        ts=ts,
        thread=_text(found, "thread_ts") or ts,
        text=mrkdwn.without(written(found), me.user),
        files=files(found.get("files")),
        addressed=True,
        at=_text(body, "action_ts"),
    )
    return ShortcutUsed(name, said.who, said, _text(body, "action_ts"), _text(body, "response_url"))


def _person(body: Payload) -> SlackUser:
    user = _table(body, "user")
    return SlackUser(_text(user, "id"), _text(user, "team_id"))


def _table(found: Payload, key: str) -> Payload:
    value = found.get(key)
    return value if isinstance(value, dict) else {}


def _text(found: Any, key: str) -> str:
    value = found.get(key) if isinstance(found, dict) else None
    return value if isinstance(value, str) else ""
