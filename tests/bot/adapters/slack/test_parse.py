"""Payloads as what happened, and None for every other one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.common.request_choices import Choice
from bot.adapters.slack.credentials import BotIdentity
from bot.adapters.slack.happenings import (
    ChoiceClicked,
    CostShortcut,
    FormRequested,
    FormSubmitted,
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
from bot.adapters.slack.parse import files, parse, stop_reactions
from bot.adapters.slack.stop_buttons import ShownRun

ME = BotIdentity("T1", "U0", "B0", "https://team.example/")
ANN = SlackUser("U1", "T1")
SAID = {"type": "message", "channel": "C1", "user": "U1", "ts": "2.0", "thread_ts": "1.0", "text": "hi"}


def envelope(event: Any) -> dict[str, Any]:
    return {"type": "event_callback", "team_id": "T1", "event": event}


def test_a_mention_and_the_same_message_say_the_same() -> None:
    text = {"text": "<@U0> plot", "user_team": "T1"}
    mention = parse(envelope(SAID | text | {"type": "app_mention"}), ME)
    message = parse(envelope(SAID | text | {"channel_type": "channel"}), ME)
    assert (
        mention
        == message
        == MessageSent(SlackUser("U1", "T1"), "C1", "2.0", "1.0", "plot", (), addressed=True, at="2.0")
    )


@pytest.mark.parametrize(
    "more",
    [
        {"bot_id": "B9"},
        {"user": "U0"},
        {"user": "USLACKBOT"},
        {"user": ""},
        {"subtype": "bot_message"},
        {"subtype": "channel_join"},
        {"hidden": True},
        {"thread_ts": None},
    ],
    ids=str,
)
def test_bots_notices_and_talk_outside_threads_are_nothing(more: dict[str, Any]) -> None:
    assert parse(envelope(SAID | more), ME) is None


@pytest.mark.parametrize("subtype", ["file_share", "thread_broadcast", "me_message"])
def test_messages_of_people_have_several_kinds(subtype: str) -> None:
    assert isinstance(parse(envelope(SAID | {"subtype": subtype}), ME), MessageSent)


def test_direct_messages_need_no_mention() -> None:
    said = parse(envelope(SAID | {"channel_type": "im", "thread_ts": None}), ME)
    assert isinstance(said, MessageSent)
    assert (said.addressed, said.thread) == (True, "2.0")


def test_an_edit_is_one_only_when_the_words_change() -> None:
    before, after = SAID | {"text": "in red"}, SAID | {"text": "in blue", "edited": {"ts": "3.0"}}
    change = {"type": "message", "subtype": "message_changed", "channel": "C1", "hidden": True}
    changed = parse(envelope(change | {"message": after, "previous_message": before}), ME)
    assert changed == MessageEdited(SlackUser("U1"), "C1", "2.0", "1.0", "in blue", "3.0")
    assert parse(envelope(change | {"message": after, "previous_message": after}), ME) is None
    ours = after | {"bot_id": "B0"}
    assert parse(envelope(change | {"message": ours, "previous_message": before}), ME) is None


@pytest.mark.parametrize(
    ("before", "after", "task"),
    [
        ("plot", "<@U0> plot", True),
        ("<@U0>", "<@U0> plot", True),
        ("<@U0> plot", "<@U0> plot it", False),
        ("<@U0> plot", "plot", False),
        ("<@U2> plot", "<@U2> plot it", False),
    ],
)
def test_an_edit_may_make_a_message_a_task(before: str, after: str, task: bool) -> None:
    change = {"type": "message", "subtype": "message_changed", "channel": "C1", "hidden": True}
    change |= {"previous_message": SAID | {"text": before}}
    changed = parse(envelope(change | {"message": SAID | {"text": after, "edited": {"ts": "3.0"}}}), ME)
    assert isinstance(changed, MessageEdited)
    assert (changed.task is not None) == task
    assert changed.task is None or (changed.task.at, changed.task.text) == ("3.0", "plot")


def test_a_tombstone_is_a_deleted_message() -> None:
    gone = MessageDeleted(SlackUser("U1"), "C1", "2.0", "1.0")
    deleted = {"type": "message", "subtype": "message_deleted", "channel": "C1", "previous_message": SAID}
    assert parse(envelope(deleted | {"deleted_ts": "2.0"}), ME) == gone
    stone = {"type": "message", "subtype": "message_changed", "channel": "C1", "previous_message": SAID}
    stone |= {"message": {"subtype": "tombstone", "user": "USLACKBOT", "ts": "2.0", "text": "This was deleted."}}
    assert parse(envelope(stone), ME) == gone


def test_reactions_the_native_stop_and_the_home_tab() -> None:
    item = {"type": "message", "channel": "C1", "ts": "2.0"}
    reaction = {"type": "reaction_added", "user": "U1", "reaction": "x", "item": item, "event_ts": "3.0"}
    assert parse(envelope(reaction), ME) == ReactionAdded(SlackUser("U1"), "C1", "2.0", "x", "3.0")
    for nothing in ({"reaction": "eyes"}, {"user": "U0"}, {"item": {"type": "file"}}):
        assert parse(envelope(reaction | nothing), ME) is None
    stop = {"type": "agent_session_stopped", "channel": "C1", "thread_ts": "1.0", "user": "U1", "event_ts": "3.0"}
    assert parse(envelope(stop), ME) == StopPressed(SlackUser("U1"), "C1", "1.0", "3.0")
    home = {"type": "app_home_opened", "user": "U1", "tab": "home"}
    assert parse(envelope(home), ME) == HomeOpened(SlackUser("U1"))
    assert parse(envelope(home | {"tab": "messages"}), ME) is None


def test_what_the_bot_does_itself_is_no_happening() -> None:
    item = {"type": "message", "channel": "C1", "ts": "2.0"}
    for event in (
        SAID | {"text": "<@U0> plot", "type": "app_mention"},
        {"type": "reaction_added", "reaction": "x", "item": item, "event_ts": "3.0"},
        {"type": "agent_session_stopped", "channel": "C1", "thread_ts": "1.0", "event_ts": "3.0"},
        {"type": "app_home_opened", "tab": "home"},
    ):
        assert parse(envelope(event | {"user": "U1"}), ME) is not None
        assert parse(envelope(event | {"user": "U0"}), ME) is None


def click(action: str, value: str, **more: Any) -> dict[str, Any]:
    pressed = {"action_id": action, "value": value, "action_ts": "3.0"}
    user = {"id": "U1", "team_id": "T1"}
    return {"type": "block_actions", "user": user, "actions": [pressed], "response_url": "https://r", **more}


def test_a_click_says_what_it_decides_opens_or_stops() -> None:
    choice = Choice("s0123456789", "q0123456789ab", "approve", "ab" * 32)
    assert parse(click("decide_approve", choice.id), ME) == ChoiceClicked(ANN, choice, "3.0", "https://r")
    editing = replace(choice, verdict="edit", asks=True)
    asked = parse(click("ask_edit", editing.id, trigger_id="t1"), ME)
    assert asked == FormRequested(ANN, editing, "t1", "https://r")
    hidden = {"is_ephemeral": True}
    stopped = parse(click("stop_session", "s1:7", container=hidden), ME)
    assert stopped == StopClicked(ANN, ShownRun("s1", 7), "3.0", "https://r", private=True)


@pytest.mark.parametrize("value", ["", "x", "[]", '["s1", "q1", "perhaps", ""]'])
def test_a_button_with_a_foreign_value_stands_for_no_choice(value: str) -> None:
    assert parse(click("decide_approve", value), ME) == ChoiceClicked(ANN, None, "3.0", "https://r")


@pytest.mark.parametrize("actions", [None, [], "x", [None], [{"action_id": "open_link"}]])
def test_clicks_on_what_is_not_ours_are_nothing(actions: Any) -> None:
    assert parse(click("", "") | {"actions": actions}, ME) is None


def test_a_form_comes_with_its_choice_and_its_text() -> None:
    choice = Choice("s0123456789", "q0123456789ab", "reject")
    state = {"values": {"field": {"field": {"value": "too slow"}}}}
    view = {"id": "V1", "callback_id": "decide", "private_metadata": choice.id, "state": state}
    sent = {"type": "view_submission", "user": {"id": "U1", "team_id": "T1"}, "view": view}
    assert parse(sent, ME) == FormSubmitted(ANN, "V1", choice, "too slow")
    assert parse(sent | {"view": view | {"callback_id": "other"}}, ME) is None


def test_the_message_shortcuts() -> None:
    message = {"ts": "2.0", "thread_ts": "1.0", "user": "U2", "text": "<@U0> plot"}
    used = {
        "type": "message_action",
        "callback_id": "run_on_message",
        "user": {"id": "U1", "team_id": "T1"},
        "channel": {"id": "C1"},
        "message": message,
        "action_ts": "3.0",
        "response_url": "https://r",
    }
    task = MessageSent(ANN, "C1", "2.0", "1.0", "plot", (), addressed=True, at="3.0")
    assert parse(used, ME) == TaskShortcut(ANN, task, "3.0", "https://r")
    assert parse(used | {"callback_id": "cost_of_session"}, ME) == CostShortcut(ANN, "C1", "1.0", "https://r")
    assert parse(used | {"callback_id": "other"}, ME) is None
    assert parse(used | {"message": {}}, ME) is None


def test_files_of_messages() -> None:
    kept = {
        "id": "F1",
        "name": "a.csv",
        "size": 3,
        "url_private_download": "https://files.slack.com/a",
        "mode": "hosted",
    }
    found = files([kept, {"id": "F2", "mode": "tombstone"}, "rubbish"])
    assert [(file.name, file.size) for file in found] == [("a.csv", 3)]
    assert files(None) == ()


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ({"title": "Untitled", "filetype": "python"}, "Untitled.py"),
        ({"name": "fix", "filetype": "shell"}, "fix.sh"),
        ({"name": "a.txt", "filetype": "python"}, "a.txt"),
        ({"title": "notes", "filetype": "text"}, "notes"),
        ({"filetype": "python"}, "file.py"),
    ],
)
def test_a_snippet_is_named_as_what_it_is(file: dict[str, Any], name: str) -> None:
    assert [found.name for found in files([{"id": "F1", "mode": "snippet"} | file])] == [name]


def test_reactions_read_back() -> None:
    found = {"reactions": [{"name": "x", "users": ["U1", "U2"]}, {"name": "eyes", "users": ["U0"]}]}
    assert stop_reactions(found) == [("x", "U1"), ("x", "U2")]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_KEYS = [
    "type",
    "subtype",
    "user",
    "ts",
    "text",
    "channel",
    "message",
    "previous_message",
    "item",
    "files",
    "actions",
    "blocks",
    "elements",
]
_KINDS = [
    "message",
    "app_mention",
    "reaction_added",
    "message_changed",
    "message_deleted",
    "block_actions",
    "tombstone",
]
_EVENT = st.dictionaries(st.sampled_from(_KEYS), st.sampled_from(_KINDS) | _JSON)


@given(_EVENT, st.dictionaries(st.sampled_from([*_KEYS, "event", "command", "container"]), _JSON | _EVENT))
def test_nothing_that_comes_breaks_it(event: dict[str, Any], body: dict[str, Any]) -> None:
    parse(envelope(event), ME)
    parse(body, ME)
    for kind in ("block_actions", "message_action"):
        parse(body | {"type": kind}, ME)
