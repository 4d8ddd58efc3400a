"""Everything that one played Slack knows and can be told to do wrong."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tests.platforms.slack.faults import Fault
from tests.platforms.slack.world import APP, BOT, BOT_USER, TEAM, Message, User, World

T = TypeVar("T")

BOT_TOKEN, APP_TOKEN, SECRET = "xoxb-test-bot", "xapp-test-app", "a signing secret"
EVERY_SCOPE = (
    "app_mentions:read assistant:write channels:history groups:history im:history mpim:history channels:read "
    "groups:read chat:write chat:write.customize commands files:read files:write reactions:read reactions:write "
    "users:read usergroups:read im:read mpim:read"
)


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the Web API, as it arrived; `at` is on the monotonic clock."""

    method: str
    args: Mapping[str, Any]
    at: float


@dataclass(frozen=True, slots=True)
class Whisper:
    """A message that only one person sees."""

    channel: str
    user: str
    text: str
    blocks: list[dict[str, Any]]
    thread: str = ""


@dataclass(frozen=True, slots=True)
class Modal:
    """A form that is open over somebody's Slack."""

    id: str
    user: str
    view: dict[str, Any]


@dataclass(slots=True)
class State:
    """One workspace with the app installed. `emit` takes an event to the app; seconds for every delay."""

    world: World = field(default_factory=World)
    url: str = ""
    scopes: set[str] = field(default_factory=lambda: set(EVERY_SCOPE.split()))
    events: set[str] | None = None
    """The bot events that the app subscribes to; None for all."""
    agent: bool = True
    """The app is declared as an agent: sessions have a status and a Stop button."""
    revoked: str = ""
    """The error that every call with the bot's token gets."""
    faults: defaultdict[str, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))
    calls: list[Call] = field(default_factory=list)
    posted: list[tuple[str, float]] = field(default_factory=list)
    """Channel and time of each message of the app."""
    least_gap: float = 0.0
    """Messages of the app in one channel that follow each other sooner are answered with 429."""
    latency: float = 0.0
    """What every call of the Web API takes to arrive."""
    share_delay: float = 0.0
    drop_shares: int = 0
    """So many completed uploads never show."""
    hide: int = 0
    """The app's next message stays hidden for so many looks at its thread."""
    hidden: dict[str, int] = field(default_factory=dict)
    ephemeral: list[Whisper] = field(default_factory=list)
    homes: dict[str, dict[str, Any]] = field(default_factory=dict)
    modals: dict[str, Modal] = field(default_factory=dict)
    """Forms that are open, by view id."""
    sessions: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    """What status each agent session has had."""
    thinking: dict[tuple[str, str], str] = field(default_factory=dict)
    triggers: dict[str, tuple[str, float]] = field(default_factory=dict)
    """Trigger ids: whose, and until when on the monotonic clock; "" for one that was used."""
    trigger_life: float = 3.0
    uploads: dict[str, str] = field(default_factory=dict)
    """Upload tickets and the file that each is for."""
    lengths: dict[str, int] = field(default_factory=dict)
    responses: dict[str, tuple[str, str, float]] = field(default_factory=dict)
    """Response tickets: channel, user, and until when."""
    visitors: list[Mapping[str, str]] = field(default_factory=list)
    """The headers of each download."""
    login_page: bool = False
    redirect: str = ""
    """Downloads are redirected there."""
    emit: Callable[[dict[str, Any]], None] = lambda event: None
    mention_first: bool = True
    tickets: set[str] = field(default_factory=set)
    _waiters: set[asyncio.Event] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.world.users[BOT_USER] = User(BOT_USER, "roundtable", bot=True)

    def tell(self) -> None:
        """Something has changed: whoever waits looks again."""
        for waiter in self._waiters:
            waiter.set()

    async def until(self, look: Callable[[], T | None]) -> T:
        """What `look` finds, as soon as it finds something."""
        signal = asyncio.Event()
        self._waiters.add(signal)
        try:
            while (found := look()) is None:
                await signal.wait()
                signal.clear()
            return found
        finally:
            self._waiters.discard(signal)

    def add(self, message: Message) -> Message:
        """A message is there, and the app hears of it where it may."""
        self.world.messages[message.channel][message.ts] = message
        self._announce(message)
        self.tell()
        return message

    def _announce(self, message: Message) -> None:
        events = [self.message_event(message)]
        if f"<@{BOT_USER}>" in message.text and not message.bot_id:
            mention = events[0] | {"type": "app_mention"}
            del mention["channel_type"]
            events.insert(0 if self.mention_first else 1, mention)
        for event in events:
            self.emit(event)

    def message_event(self, message: Message, *, metadata: bool = True) -> dict[str, Any]:
        """A message as events have it."""
        channel = self.world.channels[message.channel]
        return self.shown(message, metadata=metadata) | {
            "type": "message",
            "channel": message.channel,
            "channel_type": channel.kind,
            "event_ts": message.ts,
        }

    def shown(self, message: Message, *, metadata: bool) -> dict[str, Any]:
        """A message as the Web API shows it."""
        shown: dict[str, Any] = {"type": "message", "ts": message.ts, "text": message.text}
        replies = [other for other in self.world.thread(message.channel, message.ts) if other.is_reply]
        if message.is_reply or replies:
            shown |= {"thread_ts": message.thread}
        if replies and not message.is_reply:
            shown |= {"reply_count": len(replies), "latest_reply": replies[-1].ts}
        if message.user:
            user = self.world.users[message.user]
            shown |= {"user": message.user, "team": user.team, "user_team": user.team, "source_team": user.team}
        if message.bot_id:
            shown |= {"bot_id": message.bot_id, "app_id": APP}
        optional = {
            "subtype": message.subtype,
            "username": message.username,
            "blocks": message.blocks,
            "files": [file.shown(self.url) for file in message.files],
            "edited": {"user": message.user, "ts": message.edited} if message.edited else None,
            "reactions": [
                {"name": name, "users": users, "count": len(users)} for name, users in message.reactions.items()
            ],
            "metadata": message.metadata if metadata else None,
        }
        return shown | {key: value for key, value in optional.items() if value}

    def person_message(self, channel: str, user: str, text: str, thread: str = "") -> Message:
        """A message of a person that is not there yet."""
        ts = self.world.ts()
        return Message(channel, ts, thread or ts, text, user=user)

    def app_message(self, channel: str, text: str, thread: str = "") -> Message:
        """A message of the app that is not there yet."""
        ts = self.world.ts()
        return Message(channel, ts, thread or ts, text, user=BOT_USER, bot_id=BOT)

    def trigger(self, user: str) -> str:
        """A trigger id, good for three seconds and one form."""
        trigger = self.world.number("trigger.")
        self.triggers[trigger] = user, time.monotonic() + self.trigger_life
        return trigger


def team_info(url: str) -> dict[str, str]:
    """What auth.test says of the token."""
    return {"url": url, "team": "Test", "user": "roundtable", "team_id": TEAM, "user_id": BOT_USER, "bot_id": BOT}
