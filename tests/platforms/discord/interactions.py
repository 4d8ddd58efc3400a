"""Slash commands, menus, buttons and modals: 3 seconds for the answer, 15 minutes for what follows."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.platforms.discord import payloads
from tests.platforms.discord.messages import Draft, Messages
from tests.platforms.discord.refusals import Refusal, unknown
from tests.platforms.discord.world import EPHEMERAL, Channel, Message, Payload, User, World

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL = 2, 3, 4, 5
_FILE_LIMIT = 10 << 20
_FIELD = 4000


@dataclass(slots=True, eq=False)
class Interaction:
    """One interaction and what came back for it."""

    id: int
    token: str
    kind: int
    by: User
    channel: Channel
    began: float
    message: Message | None = None
    command: int = 0
    answered: int | None = None
    """The type of the answer: 4 message, 5 "thinking", 6 and 7 for buttons, 8 choices, 9 modal."""
    response: Message | None = None
    private: bool = False
    modal: Payload | None = None
    choices: Sequence[Payload] = ()
    followups: list[Message] = field(default_factory=list)

    @property
    def text(self) -> str:
        """What the person reads as the answer."""
        return self.response.words if self.response else ""

    async def answer(self) -> Interaction:
        """Waits for the answer's text, the choices or the modal."""
        await self.channel.world.until(lambda: bool(self.text or self.modal) or self.answered in (6, 7, 8))
        return self


class Interactions:
    """What people did with commands and components, by token."""

    def __init__(self, world: World, messages: Messages) -> None:
        self._world = world
        self._messages = messages
        self.commands: list[Payload] = []
        self.synced = 0
        self.all: dict[str, Interaction] = {}

    def command(self, name: str, kind: int) -> Payload:
        """A command that the application has registered."""
        for command in self.commands:
            if command["name"] == name and command.get("type", 1) == kind:
                return command
        raise AssertionError(f"no command {name!r} is registered: {[each['name'] for each in self.commands]}")

    def sync(self, commands: Sequence[Mapping[str, Any]]) -> list[Payload]:
        """PUT of all commands."""
        for command in commands:
            if not 1 <= len(command["name"]) <= 32:
                raise Refusal(400, 50035, "Invalid Form Body\nIn name: Must be between 1 and 32 in length.")
        made = {"application_id": str(self._world.bot.id), "version": "1", "type": 1, "description": ""}
        self.commands = [made | dict(command) | {"id": str(self._world.id())} for command in commands]
        self.synced += 1
        self._world.tell()
        return self.commands

    def begin(
        self, kind: int, by: User, channel: Channel, data: Payload, message: Message | None = None
    ) -> Interaction:
        """A person does something: the application hears of it."""
        world = self._world
        made = Interaction(world.id(), uuid.uuid4().hex, kind, by, channel, world.clock(), message)
        self.all[made.token] = made
        event: Payload = {
            "id": str(made.id),
            "application_id": str(world.bot.id),
            "type": kind,
            "token": made.token,
            "version": 1,
            "data": data,
            "channel_id": str(channel.id),
            "channel": payloads.channel(channel),
            "attachment_size_limit": _FILE_LIMIT,
            "app_permissions": "0",
            "locale": "en-US",
            "entitlements": [],
            "authorizing_integration_owners": {},
        }
        if channel.guild is None:
            event["user"] = payloads.user(by)
        else:
            guild = world.guilds[channel.guild]
            event |= {"guild_id": str(guild.id), "member": payloads.member(world, by, guild, channel)}
        if message is not None:
            event["message"] = payloads.message(world, message, self._messages.base)
        world.emit("INTERACTION_CREATE", event, channel)
        return made

    def answer(
        self, interaction_id: int, token: str, body: Payload, files: Sequence[tuple[str, bytes]]
    ) -> Payload:
        """The application's answer to the interaction itself."""
        made = self.all.get(token)
        if made is None or made.id != interaction_id or self._world.clock() - made.began > 3:
            raise unknown("interaction", 10062)
        if made.answered is not None:
            raise Refusal(400, 40060, "Interaction has already been acknowledged.")
        kind, data = int(body["type"]), body.get("data") or {}
        made.private = bool(int(data.get("flags") or 0) & EPHEMERAL)
        match kind:
            case 4:
                self._respond(made, Draft(data, files))
            case 7 if made.message is not None:
                self._messages.change(made.message, Draft(data, files))
            case 8:
                made.choices = data["choices"]
            case 9:
                _check_modal(data)
                made.modal = data
        made.answered = kind
        self._world.tell()
        return self._callback(made, kind)

    def original(self, token: str, draft: Draft | None = None) -> Message:
        """The message that answers an interaction; with a draft, changed."""
        made = self._open(token)
        if made.response is None and made.answered == 5 and draft is not None:
            self._respond(made, draft)
        elif made.response is None:
            raise unknown("Message", 10008)
        elif draft is not None:
            self._messages.change(made.response, draft)
        self._world.tell()
        assert made.response is not None
        return made.response

    def follow(self, token: str, draft: Draft) -> Message:
        """One more message after the answer."""
        made = self._open(token)
        private = bool(int(draft.fields.get("flags") or 0) & EPHEMERAL)
        message = self._message(made, draft, private)
        made.followups.append(message)
        self._world.tell()
        return message

    def _open(self, token: str) -> Interaction:
        made = self.all.get(token)
        if made is None or made.answered is None:
            raise unknown("Webhook", 10015)
        if self._world.clock() - made.began > 15 * 60:
            raise Refusal(401, 50027, "Invalid Webhook Token")
        return made

    def _respond(self, made: Interaction, draft: Draft) -> None:
        made.response = self._message(made, draft, made.private)

    def _message(self, made: Interaction, draft: Draft, private: bool) -> Message:
        message = self._messages.made(made.channel, self._world.bot, draft)
        message.interaction = made.id, made.by
        if private:
            message.flags |= EPHEMERAL
        else:
            self._messages.publish(message)
        return message

    def _callback(self, made: Interaction, kind: int) -> Payload:
        data: Payload = {"interaction": {"id": str(made.id), "type": made.kind}, "resource": {"type": kind}}
        if made.response is not None:
            data["interaction"]["response_message_id"] = str(made.response.id)
            data["resource"]["message"] = payloads.message(self._world, made.response, self._messages.base)
        return data


def _check_modal(data: Payload) -> None:
    """Raises Refusal for a form that Discord would not open."""
    fields = [row.get("component") or row["components"][0] for row in data["components"]]
    wrong = (
        not 1 <= len(data["title"]) <= 45
        or not 1 <= len(data["custom_id"]) <= 100
        or not 1 <= len(fields) <= 5
        or any(len(field.get("label") or "") > 45 for field in fields)
        or any(len(field.get("value") or "") > field.get("max_length", _FIELD) for field in fields)
        or any(not 1 <= field.get("max_length", _FIELD) <= _FIELD for field in fields)
    )
    if wrong:
        raise Refusal(400, 50035, "Invalid Form Body")
