"""What people do in a played workspace, and what they wait to see: a scenario reads like a conversation."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from tests.platforms.slack import composer, limits
from tests.platforms.slack.delivery import Delivery, Kind, Sockets
from tests.platforms.slack.faults import Fault
from tests.platforms.slack.state import Modal, State, Whisper
from tests.platforms.slack.world import APP, BOT_USER, TEAM, Channel, File, Message, User

T = TypeVar("T")


class Workspace:
    """One played workspace, seen by its people. `way` is how the app gets what happens, by default sockets."""

    def __init__(self, state: State, sockets: Sockets) -> None:
        self.state = state
        self.world = state.world
        self.sockets = sockets
        self.way: Delivery = sockets
        self._sending: set[asyncio.Task[Any]] = set()
        state.emit = self.emit
        for name in ("Ada", "Ben", "Eve"):
            self.world.users[f"U{len(self.world.users)}"] = User(f"U{len(self.world.users)}", name)
        for channel in ("C1", "C2"):
            self.world.add_channel(Channel(channel, members={BOT_USER, "U1", "U2", "U3"}))

    @property
    def url(self) -> str:
        """The base of the Web API."""
        return f"{self.state.url}/api/"

    async def close(self) -> None:
        """Send nothing more."""
        for task in self._sending:
            task.cancel()
        if self._sending:
            await asyncio.wait(self._sending)

    def fault(self, method: str, *faults: Fault) -> None:
        """These meet the next calls of a method, in order."""
        self.state.faults[method].extend(faults)

    def calls(self, method: str) -> list[dict[str, Any]]:
        """The arguments of every call of a method."""
        return [dict(call.args) for call in self.state.calls if call.method == method]

    async def connected(self, sockets: int = 1) -> None:
        """Until the app has so many sockets open."""
        await self.until(lambda: True if self.sockets.count >= sockets else None)

    async def until(self, look: Callable[[], T | None]) -> T:
        """What `look` finds, as soon as it finds something."""
        return await self.state.until(look)

    # What people do

    async def says(
        self,
        user: str,
        text: str | Sequence[composer.Part],
        *,
        channel: str = "C1",
        thread: Message | None = None,
        files: Sequence[tuple[str, bytes]] = (),
        rich: bool = True,
    ) -> Message:
        """A person posts a message; `@roundtable` is a mention. Returns once it is there.

        One that is not `rich` has markup alone, as the messages of some clients and integrations.
        """
        markup, blocks = _composed(text)
        message = self.state.person_message(channel, user, markup, thread.thread if thread else "")
        message.blocks = blocks if rich else []
        message.files = [self.file(name, data, user) for name, data in files]
        message.subtype = "file_share" if files else ""
        self.world.channels[channel].members.add(user)
        return self.state.add(message)

    async def writes(self, user: str, text: str, **more: Any) -> Message:
        """A person writes to the bot directly."""
        return await self.says(user, text, channel=self.world.dm(user).id, **more)

    async def edits(self, message: Message, text: str) -> None:
        """A person edits their message; one that mentions the app only now is a mention as well."""
        before = self.state.shown(message, metadata=False)
        (message.text, message.blocks), message.edited = _composed(text), self.world.ts()
        events: list[Callable[[], None]] = [lambda: self._changed(message, before)]
        if f"<@{BOT_USER}>" in message.text and f"<@{BOT_USER}>" not in str(before["text"]):
            events.insert(0 if self.state.mention_first else 1, lambda: self._mentioned(message))
        for happens in events:
            happens()

    async def deletes(self, message: Message) -> None:
        """A person deletes their message; a root with replies leaves a tombstone."""
        before = self.state.shown(message, metadata=False)
        if len(self.world.thread(message.channel, message.ts)) > 1:
            message.text, message.user, message.subtype = "This message was deleted.", "USLACKBOT", "tombstone"
            self.world.users.setdefault("USLACKBOT", User("USLACKBOT", "Slackbot", bot=True))
            self._changed(message, before)
            return
        del self.world.messages[message.channel][message.ts]
        change = {"subtype": "message_deleted", "deleted_ts": message.ts, "previous_message": before}
        self._hidden(message.channel, change)

    async def reacts(self, user: str, message: Message, name: str) -> None:
        """A person reacts to a message."""
        message.reactions.setdefault(name, []).append(user)
        item = {"type": "message", "channel": message.channel, "ts": message.ts}
        event = {"type": "reaction_added", "user": user, "reaction": name, "item": item, "item_user": message.user}
        self.emit(event | {"event_ts": self.world.ts()})

    async def presses_stop(self, user: str, thread: Message) -> None:
        """A person presses the native Stop of an agent session."""
        event = {"type": "agent_session_stopped", "channel": thread.channel, "thread_ts": thread.thread}
        self.emit(event | {"user": user, "streaming_message_ts": [], "event_ts": self.world.ts()})

    async def opens_home(self, user: str) -> None:
        """A person opens the app's Home tab."""
        self.emit({"type": "app_home_opened", "user": user, "tab": "home", "channel": self.world.dm(user).id})

    async def clicks(self, user: str, button: str, where: Message | Whisper | str) -> Any:
        """A person clicks the first button so labelled: in a message, a whisper, or their Home tab ("home")."""
        if isinstance(where, str):
            blocks = self.state.homes[user]["blocks"]
            container: dict[str, Any] = {"type": "view", "view_id": "V1"}
            place: dict[str, Any] = {"view": {"type": "home"}}
        else:
            blocks = where.blocks
            container = {
                "type": "message",
                "channel_id": where.channel,
                "is_ephemeral": isinstance(where, Whisper),
            }
            container |= {"message_ts": where.ts} if isinstance(where, Message) else {}
            place = {"channel": {"id": where.channel}, "response_url": self._response_url(where.channel, user)}
        found = next(element for element in limits.buttons(blocks) if element["text"]["text"] == button)
        action = {"type": "button", "block_id": "b", "action_ts": self.world.ts()} | {
            key: found.get(key, "") for key in ("action_id", "value")
        }
        payload = {"type": "block_actions", "container": container, "actions": [action]} | place
        return await self._interact("interactive", payload | self._by(user))

    async def form_of(self, user: str) -> Modal:
        """The form that is open over a person's Slack, once it is."""
        return await self.until(
            lambda: next((modal for modal in self.state.modals.values() if modal.user == user), None)
        )

    async def sends(self, modal: Modal, text: str) -> Any:
        """A person fills in the one field of a form and sends it; the app's answer. Without errors it closes."""
        (block,) = modal.view["blocks"]
        field = block["element"]
        assert text or block.get("optional"), "Slack's client asks for a text before it sends the form"
        assert len(text) <= field.get("max_length", 3000), "Slack's client takes no more characters"
        value = {"type": field["type"], "value": text or None}
        view = modal.view | {
            "id": modal.id,
            "hash": "1",
            "state": {"values": {block["block_id"]: {field["action_id"]: value}}},
        }
        payload = {"type": "view_submission", "view": view, "response_urls": []}
        answer = await self._interact("interactive", payload | self._by(modal.user))
        if answer == {}:
            self.state.modals.pop(modal.id, None)
        return answer

    async def runs_shortcut(self, user: str, name: str, message: Message) -> Any:
        """A person chooses a message shortcut of the app, by its callback id."""
        payload = {
            "type": "message_action",
            "callback_id": name,
            "action_ts": self.world.ts(),
            "message_ts": message.ts,
            "channel": {"id": message.channel, "name": message.channel.lower()},
            "message": self.state.shown(message, metadata=False),
            "response_url": self._response_url(message.channel, user),
        }
        return await self._interact("interactive", payload | self._by(user))

    async def commands(self, user: str, text: str, channel: str = "C1") -> Any:
        """A person gives a slash command; the app's answer."""
        command, _, rest = text.partition(" ")
        payload = {
            "command": command,
            "text": rest,
            "team_id": TEAM,
            "channel_id": channel,
            "user_id": user,
            "user_name": self.world.users[user].name.lower(),
            "api_app_id": APP,
            "response_url": self._response_url(channel, user),
            "trigger_id": self.state.trigger(user),
        }
        answer = await self._interact("slash_commands", payload)
        if answer:
            whisper = Whisper(channel, user, answer.get("text", ""), answer.get("blocks") or [])
            self.state.ephemeral.append(whisper)
            return whisper
        return answer

    # What people see

    async def reply_in(
        self, thread: Message, *, containing: str = "", by: str = "", after: Message | None = None
    ) -> Message:
        """The app's first reply in a thread that has this text, under that name, once it is there."""

        def look() -> Message | None:
            for message in self.replies_in(thread):
                fits = containing in message.shown_text and by in message.username
                if fits and (after is None or message.ts > after.ts):
                    return message
            return None

        return await self.until(look)

    def replies_in(self, thread: Message) -> list[Message]:
        """What the app has posted in a thread."""
        return [message for message in self.world.thread(thread.channel, thread.thread) if message.bot_id]

    async def whisper_to(self, user: str, containing: str = "") -> Whisper:
        """The first whisper to a person that has this text, once it is there."""
        return await self.until(
            lambda: next(
                (
                    whisper
                    for whisper in self.state.ephemeral
                    if whisper.user == user and containing in whisper.text + json.dumps(whisper.blocks)
                ),
                None,
            )
        )

    async def dm_to(self, user: str, containing: str = "") -> Message:
        """The app's first direct message to a person that has this text, once it is there."""

        def look() -> Message | None:
            messages = self.world.messages[self.world.dm(user).id].values()
            return next((m for m in messages if m.bot_id and containing in m.shown_text), None)

        return await self.until(look)

    async def reaction_on(self, message: Message) -> str:
        """The name of the app's first reaction on a message, once it is there."""
        return await self.until(
            lambda: next((name for name, users in message.reactions.items() if BOT_USER in users), None)
        )

    # The wires

    def file(self, name: str, data: bytes, user: str = "U1", mimetype: str = "text/csv") -> File:
        """A file that a person has uploaded."""
        file = File(self.world.number("F"), name, data, mimetype, user, completed=True)
        self.world.files[file.id] = file
        return file

    def emit(self, event: dict[str, Any]) -> None:
        """Send an event to the app, if it subscribes to such."""
        channel = self.world.channels.get(str(event.get("channel", "")))
        if channel is not None and BOT_USER not in channel.members:
            return
        name = str(event["type"])
        if name == "message" and channel is not None:
            name = {"channel": "message.channels", "group": "message.groups"}.get(
                channel.kind, f"message.{channel.kind}"
            )
        if self.state.events is None or name in self.state.events:
            self._send("events_api", self.envelope(event))

    def envelope(self, event: dict[str, Any]) -> dict[str, Any]:
        """An event as the app gets it."""
        channel = self.world.channels.get(str(event.get("channel", "")))
        return {
            "type": "event_callback",
            "token": "verification",
            "team_id": TEAM,
            "api_app_id": APP,
            "event_id": self.world.number("Ev"),
            "event": event,
            "authorizations": [{"team_id": TEAM, "user_id": BOT_USER, "is_bot": True}],
            "is_ext_shared_channel": channel is not None and channel.shared,
        }

    async def settled(self) -> None:
        """Until everything that was sent is acknowledged, or given up."""
        while self._sending:
            await asyncio.wait(set(self._sending))

    def _send(self, kind: Kind, payload: dict[str, Any]) -> asyncio.Task[Any]:
        task = asyncio.create_task(self.way.send(kind, payload))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)
        return task

    async def _interact(self, kind: Kind, payload: dict[str, Any]) -> Any:
        return await self._send(kind, payload)

    def _changed(self, message: Message, before: dict[str, Any]) -> None:
        change = {
            "subtype": "message_changed",
            "message": self.state.shown(message, metadata=False),
            "previous_message": before,
        }
        self._hidden(message.channel, change)

    def _mentioned(self, message: Message) -> None:
        mention = self.state.message_event(message) | {"type": "app_mention", "event_ts": message.edited}
        del mention["channel_type"]
        self.emit(mention)

    def _hidden(self, channel: str, change: dict[str, Any]) -> None:
        self.state.tell()
        ts = self.world.ts()
        kind = self.world.channels[channel].kind
        event = {"type": "message", "hidden": True, "channel": channel, "channel_type": kind, "ts": ts}
        self.emit(event | {"event_ts": ts} | change)

    def _by(self, user: str) -> dict[str, Any]:
        person = self.world.users[user]
        return {
            "team": {"id": TEAM, "domain": "test"},
            "user": {"id": user, "name": person.name.lower(), "team_id": person.team},
            "api_app_id": APP,
            "trigger_id": self.state.trigger(user),
        }

    def _response_url(self, channel: str, user: str) -> str:
        ticket = self.world.number("R")
        self.state.responses[ticket] = channel, user, 5
        return f"{self.state.url}/response/{ticket}"


def _composed(text: str | Sequence[composer.Part]) -> tuple[str, list[dict[str, Any]]]:
    parts = composer.typed(text) if isinstance(text, str) else list(text)
    named = [part.replace("@roundtable", f"<@{BOT_USER}>") if isinstance(part, str) else part for part in parts]
    return composer.sent(named)
