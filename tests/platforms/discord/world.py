"""What there is in the played Discord: people, servers, channels, threads and messages."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from tests.platforms.discord import permissions

Payload: TypeAlias = dict[str, Any]

_EPOCH = 1_420_070_400_000
TEXT, DM, VOICE, NEWS, THREAD, FORUM = 0, 1, 2, 5, 11, 15
EPHEMERAL = 1 << 6


class Emit(Protocol):
    """Sends an event to every client that may see it; `message`: its content may have to be withheld."""

    def __call__(
        self, event: str, data: Payload, channel: Channel | None, message: Message | None = None
    ) -> None: ...


@dataclass(slots=True, eq=False)
class User:
    """A person, or the bot."""

    id: int
    name: str
    bot: bool = False
    takes_dms: bool = True


@dataclass(slots=True, eq=False)
class Role:
    """A role of a server; the bot's own is `managed`."""

    id: int
    name: str
    permissions: int
    managed: bool = False


@dataclass(slots=True, eq=False)
class Guild:
    """A server: its members with their roles."""

    id: int
    name: str
    owner: int
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, set[int]] = field(default_factory=dict)
    premium_tier: int = 0


@dataclass(slots=True, eq=False)
class Channel:
    """A channel, a thread (`parent` is its channel) or a DM (`guild` is None)."""

    id: int
    kind: int
    name: str
    guild: int | None
    world: World
    parent: int | None = None
    owner: User | None = None
    recipients: tuple[User, ...] = ()
    archived: bool = False
    locked: bool = False
    denied: dict[int, int] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    typing: int = 0

    @property
    def said(self) -> list[Message]:
        """What the bot said here, in order."""
        return [message for message in self.messages if message.author.bot]

    @property
    def texts(self) -> list[str]:
        """The words of what the bot said here, embeds included."""
        return [message.words for message in self.said]

    async def reads(self, text: str, times: int = 1) -> Message:
        """Waits until the bot has said something with this text in it, `times` times; returns the last."""

        def found() -> list[Message]:
            return [message for message in self.said if text in message.words]

        await self.world.until(lambda: len(found()) >= times)
        return found()[-1]

    async def button(self, label: str) -> Message:
        """Waits for a message of the bot with this button."""

        def found() -> list[Message]:
            return [message for message in self.said if label in message.buttons]

        await self.world.until(lambda: bool(found()))
        return found()[-1]

    async def opens(self, name: str = "") -> Channel:
        """Waits until there is a thread in this channel whose name contains `name`."""

        def found() -> list[Channel]:
            threads = [channel for channel in self.world.channels.values() if channel.parent == self.id]
            return [thread for thread in threads if name in thread.name]

        await self.world.until(lambda: bool(found()))
        return found()[-1]


@dataclass(slots=True, eq=False)
class Attachment:
    """A file of a message; its bytes are served by the CDN."""

    id: int
    name: str
    data: bytes


@dataclass(slots=True, eq=False)
class Message:
    """A message; `pinged` are the people whom it notified, "everyone" included."""

    id: int
    channel: Channel
    author: User
    content: str
    kind: int = 0
    attachments: list[Attachment] = field(default_factory=list)
    embeds: list[Payload] = field(default_factory=list)
    components: list[Payload] = field(default_factory=list)
    flags: int = 0
    nonce: str | None = None
    reference: Message | None = None
    mentions: list[User] = field(default_factory=list)
    role_mentions: list[int] = field(default_factory=list)
    pinged: set[str] = field(default_factory=set)
    reactions: dict[str, list[User]] = field(default_factory=dict)
    edited: float | None = None
    edits: int = 0
    interaction: tuple[int, User] | None = None

    @property
    def words(self) -> str:
        """Content and embeds, as a person reads them."""
        parts = [self.content]
        for embed in self.embeds:
            parts += [str(embed.get("title", "")), str(embed.get("description", ""))]
            parts += [f"{item['name']}: {item['value']}" for item in embed.get("fields", ())]
            parts.append(str(embed.get("footer", {}).get("text", "")))
        return "\n".join(part for part in parts if part)

    @property
    def buttons(self) -> dict[str, str]:
        """The labels of the buttons and the ids they stand for."""
        items = [item for row in self.components for item in row.get("components", ())]
        return {item["label"]: item["custom_id"] for item in items if not item.get("disabled")}

    @property
    def thread(self) -> Channel | None:
        """The thread that was made from this message."""
        return self.channel.world.channels.get(self.id)

    async def opens(self) -> Channel:
        """Waits until there is a thread on this message."""
        await self.channel.world.until(lambda: self.thread is not None)
        assert self.thread is not None
        return self.thread


class World:
    """Everything that is, and a signal for whoever waits for something to happen."""

    def __init__(self, emit: Emit) -> None:
        self.emit = emit
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.messages: dict[int, Message] = {}
        self.files: dict[int, Attachment] = {}
        self.clock: Callable[[], float] = time.time
        self._last = 0
        self._changed = asyncio.Event()
        self.bot = self.user("Roundtable", bot=True)

    def id(self) -> int:
        """A new snowflake."""
        now = (int(self.clock() * 1000) - _EPOCH) << 22
        self._last = max(now, self._last + 1)
        return self._last

    def long_ago(self, seconds: float) -> None:
        """From here on things happen so long ago; 0 is now."""
        self.clock = lambda: time.time() - seconds
        self._last = 0

    def user(self, name: str, bot: bool = False) -> User:
        user = User(self.id(), name, bot)
        self.users[user.id] = user
        return user

    def channel(self, kind: int, name: str, guild: int | None, **more: Any) -> Channel:
        channel = Channel(more.pop("id", None) or self.id(), kind, name, guild, self, **more)
        self.channels[channel.id] = channel
        self.tell()
        return channel

    def dm(self, user: User) -> Channel:
        """The channel between a person and the bot."""
        for channel in self.channels.values():
            if channel.kind == DM and user in channel.recipients:
                return channel
        return self.channel(DM, "", None, recipients=(user, self.bot))

    def may(self, user: User, channel: Channel, bits: int) -> bool:
        return permissions.of(self, user, channel) & bits == bits

    def tell(self) -> None:
        """Something happened."""
        self._changed.set()

    async def until(self, true: Callable[[], bool]) -> None:
        """Comes back when something is so."""
        while not true():
            self._changed.clear()
            await self._changed.wait()
