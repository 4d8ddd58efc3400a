"""Everything that can happen in Slack and matters to us: a closed union of values.

Timestamps (`ts`, `thread`, `at`) are Slack's own strings; `response_url` is "" where there is none to answer at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from bot.adapters.common.request_choices import Choice
from bot.adapters.slack.stop_buttons import ShownRun
from bot.domain.events import RemoteFile

READ_BACK = "read-back"
"""The `at` of a reaction that was found when a thread was read back: Slack does not say when it was set."""


@dataclass(frozen=True, slots=True)
class SlackUser:
    """A user as payloads name them; `team` is "" where the payload does not say."""

    user: str
    team: str = ""


@dataclass(frozen=True, slots=True)
class MessageSent:
    """A message. `text` is in Slack's markup, without our mention; `thread` is the ts of the thread's root.

    `at` is when it was addressed to us: its own ts, or that of the edit that mentions us, or of the shortcut.
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
        """Whether it was there before it was addressed to us."""
        return self.at != self.ts


@dataclass(frozen=True, slots=True)
class MessageEdited:
    """A message was edited, at `at`; `task` is the message if this edit made a task of it."""

    who: SlackUser
    channel: str
    ts: str
    thread: str
    text: str
    at: str
    task: MessageSent | None = None


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
    """Slack's own Stop button of an agent session."""

    who: SlackUser
    channel: str
    thread: str
    at: str


@dataclass(frozen=True, slots=True)
class StopClicked:
    """A Stop button of ours. `private`: only that user sees the message that it is in."""

    who: SlackUser
    run: ShownRun
    at: str
    response_url: str
    private: bool


@dataclass(frozen=True, slots=True)
class ChoiceClicked:
    """A button that decides a request at once; `choice` is None when the button is none of ours."""

    who: SlackUser
    choice: Choice | None
    at: str
    response_url: str


@dataclass(frozen=True, slots=True)
class FormRequested:
    """A button that opens a form; `trigger` opens one, within three seconds."""

    who: SlackUser
    choice: Choice | None
    trigger: str
    response_url: str


@dataclass(frozen=True, slots=True)
class FormSubmitted:
    """A form of ours was sent: `choice` is what it is about, `text` what its field contains."""

    who: SlackUser
    view: str
    choice: Choice | None
    text: str


@dataclass(frozen=True, slots=True)
class TaskShortcut:
    """The shortcut that makes a task of a message, which anybody may have written."""

    who: SlackUser
    message: MessageSent
    at: str
    response_url: str


@dataclass(frozen=True, slots=True)
class CostShortcut:
    """The shortcut that asks what the session of a message has cost."""

    who: SlackUser
    channel: str
    thread: str
    response_url: str


@dataclass(frozen=True, slots=True)
class CommandSent:
    """The slash command and the text after it."""

    who: SlackUser
    text: str
    channel: str


@dataclass(frozen=True, slots=True)
class HomeOpened:
    """A user looks at the Home tab."""

    who: SlackUser


Happening: TypeAlias = (
    MessageSent
    | MessageEdited
    | MessageDeleted
    | ReactionAdded
    | StopPressed
    | StopClicked
    | ChoiceClicked
    | FormRequested
    | FormSubmitted
    | TaskShortcut
    | CostShortcut
    | CommandSent
    | HomeOpened
)
