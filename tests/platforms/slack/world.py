"""What there is in one played Slack workspace: people, channels, messages, files."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field
from typing import Any

APP, TEAM, BOT_USER, BOT = "A0APP", "T0TEAM", "U0BOT", "B0BOT"


@dataclass(slots=True)
class User:
    """A person or another bot; `team` differs from TEAM for people of Slack Connect."""

    id: str
    name: str
    team: str = TEAM
    guest: bool = False
    admin: bool = False
    bot: bool = False

    def profile(self) -> dict[str, Any]:
        """As users.info shows it."""
        return {
            "id": self.id,
            "team_id": self.team,
            "name": self.name.lower(),
            "deleted": False,
            "is_bot": self.bot,
            "is_admin": self.admin,
            "is_owner": False,
            "is_restricted": self.guest,
            "is_ultra_restricted": False,
            "is_stranger": self.team != TEAM,
            "profile": {"display_name": self.name, "real_name": self.name},
        }


@dataclass(slots=True)
class Channel:
    """A conversation: `kind` is channel, group, mpim or im; `members` are user ids."""

    id: str
    kind: str = "channel"
    members: set[str] = field(default_factory=lambda: {BOT_USER})
    archived: bool = False
    shared: bool = False

    def info(self) -> dict[str, Any]:
        """As conversations.info shows it."""
        return {
            "id": self.id,
            "name": self.id.lower(),
            "is_channel": self.kind == "channel",
            "is_im": self.kind == "im",
            "is_mpim": self.kind == "mpim",
            "is_private": self.kind != "channel",
            "is_member": BOT_USER in self.members,
            "is_archived": self.archived,
            "is_ext_shared": self.shared,
        }


@dataclass(slots=True)
class File:
    """A file with its bytes; `shares` maps a channel to the messages (ts, thread_ts) that show it."""

    id: str
    name: str
    data: bytes
    mimetype: str = "text/plain"
    user: str = ""
    completed: bool = False
    deleted: bool = False
    shares: dict[str, list[tuple[str, str | None]]] = field(default_factory=dict)
    access: str = "visible"
    mode: str = "hosted"
    filetype: str = ""

    def shown(self, url: str) -> dict[str, Any]:
        """As messages and files.info show it; `url` is the server's."""
        address = f"{url}/files-pri/{TEAM}-{self.id}/{self.name}"
        shares = {
            channel: [{"ts": ts} | ({"thread_ts": thread} if thread else {}) for ts, thread in messages]
            for channel, messages in self.shares.items()
        }
        shown = {
            "id": self.id,
            "name": self.name,
            "title": self.name,
            "mimetype": self.mimetype,
            "filetype": self.filetype,
            "mode": self.mode,
            "size": len(self.data),
            "user": self.user,
            "file_access": self.access,
        }
        if self.access == "check_file_info":
            return {
                "id": self.id,
                "file_access": self.access,
                "mode": "file_access",
                "created": 0,
                "user": self.user,
            }
        return shown | {"url_private": address, "url_private_download": address, "shares": {"public": shares}}


@dataclass(slots=True)
class Message:
    """One message; a person's has `user`, ours `bot_id`. A root's `thread` is its own ts."""

    channel: str
    ts: str
    thread: str
    text: str
    user: str = ""
    bot_id: str = ""
    username: str = ""
    icon: str = ""
    subtype: str = ""
    blocks: list[dict[str, Any]] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)
    files: list[File] = field(default_factory=list)
    reactions: dict[str, list[str]] = field(default_factory=dict)
    edited: str = ""

    @property
    def is_reply(self) -> bool:
        return self.thread != self.ts

    @property
    def shown_text(self) -> str:
        """What a person reads: the blocks' text, or else the text, and the names of files."""
        written = "\n".join(part for block in self.blocks if (part := read(block)))
        return "\n".join([written or self.text, *(file.name for file in self.files)])


def read(value: Any) -> str:
    """All text in blocks, in reading order; a link reads as its text, or else its address."""
    if isinstance(value, list):
        return "".join(read(item) for item in value)
    if not isinstance(value, dict):
        return ""
    match value.get("type"):
        case "text" | "plain_text" | "mrkdwn":
            return str(value["text"])
        case "link":
            return str(value.get("text") or value["url"])
        case "rich_text" | "rich_text_list":
            return "\n".join(read(element) for element in value["elements"])
        case "context":
            return " ".join(read(element) for element in value["elements"])
    inner = (value.get(key) for key in ("text", "fields", "elements", "accessory"))
    return "".join(read(item) for item in inner if item)


class World:
    """The workspace's state; ids count up, and every message of a channel has a larger ts than the one before."""

    def __init__(self) -> None:
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.messages: dict[str, dict[str, Message]] = {}
        self.files: dict[str, File] = {}
        self.user_groups: dict[str, set[str]] = {}
        self._numbers = itertools.count(1)
        self._last = 0

    def number(self, prefix: str) -> str:
        """A new id."""
        return f"{prefix}{next(self._numbers):06d}"

    def ts(self) -> str:
        """A new timestamp in Slack's form, larger than every one before."""
        self._last = max(self._last + 1, time.time_ns() // 1000)
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"

    def add_channel(self, channel: Channel) -> Channel:
        """A new conversation."""
        self.channels[channel.id] = channel
        self.messages[channel.id] = {}
        return channel

    def dm(self, user: str) -> Channel:
        """The direct messages between a person and the bot."""
        channel = self.channels.get(f"D{user}")
        return channel or self.add_channel(Channel(f"D{user}", "im", {BOT_USER, user}))

    def thread(self, channel: str, root: str) -> list[Message]:
        """A thread's messages, oldest first."""
        return [message for message in self.messages[channel].values() if message.thread == root]
