"""Messages as the REST API takes, keeps and shows them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.platforms.discord import payloads, permissions
from tests.platforms.discord.refusals import Refusal, channel, invalid, unknown, writable
from tests.platforms.discord.world import Attachment, Channel, Message, Payload, User, World

REQUEST_LIMIT = 25 * 1024 * 1024
_FILE_LIMITS = (10 << 20, 10 << 20, 50 << 20, 100 << 20)
_NONCE_WINDOW = 300.0
_SUPPRESS_EMBEDS = 1 << 2


@dataclass(frozen=True, slots=True)
class Draft:
    """The body of a request that makes or changes a message."""

    fields: Mapping[str, Any]
    files: Sequence[tuple[str, bytes]] = ()


@dataclass(slots=True)
class Messages:
    """What can be done with messages. `base` is the address of the CDN."""

    world: World
    base: str = ""
    _nonces: dict[tuple[int, str], tuple[Message, float]] = field(default_factory=dict)

    def send(self, channel_id: int, draft: Draft) -> Message:
        """The bot says something."""
        world, bot = self.world, self.world.bot
        place = writable(world, channel_id, bot)
        if place.guild is None and not all(who.takes_dms for who in place.recipients):
            raise Refusal(403, 50007, "Cannot send messages to this user")
        nonce = draft.fields.get("nonce")
        if nonce is not None and (not isinstance(nonce, str | int) or len(str(nonce)) > 25):
            raise invalid("nonce", "Must be 25 or fewer in length.")
        if nonce is not None and draft.fields.get("enforce_nonce"):
            same = self._nonces.get((place.id, str(nonce)))
            if same and world.clock() - same[1] < _NONCE_WINDOW:
                return same[0]
        message = self.made(place, bot, draft)
        if nonce is not None:
            message.nonce = str(nonce)
            self._nonces[place.id, str(nonce)] = message, world.clock()
        place.archived = False
        self.publish(message)
        return message

    def made(self, place: Channel, author: User, draft: Draft) -> Message:
        """A message that is checked and not yet anywhere."""
        fields = draft.fields
        self._check(place, draft)
        message = Message(self.world.id(), place, author, str(fields.get("content") or "").strip())
        self._fill(message, fields)
        message.flags = int(fields.get("flags") or 0)
        message.attachments = [self._attached(name, data) for name, data in draft.files]
        if not self.world.may(author, place, permissions.EMBED_LINKS):
            message.embeds = []
        if not (message.content or message.embeds or message.attachments):
            raise Refusal(400, 50006, "Cannot send an empty message")
        if reference := fields.get("message_reference"):
            message.reference = self.world.messages.get(int(reference["message_id"]))
        return message

    def publish(self, message: Message) -> None:
        """Put a message where it belongs, and tell everybody."""
        message.channel.messages.append(message)
        self.world.messages[message.id] = message
        self.world.emit("MESSAGE_CREATE", self.event(message), message.channel, message)

    def edit(self, channel_id: int, message_id: int, draft: Draft) -> Message:
        """The bot changes what it said."""
        message = self.get(channel_id, message_id)
        if message.author is not self.world.bot:
            raise Refusal(403, 50005, "Cannot edit a message authored by another user")
        if message.channel.archived:
            raise Refusal(400, 50083, "Thread is archived")
        if self.world.clock() - payloads.moment(message.id) > 3600 and message.edits >= 3:
            raise Refusal(429, 30046, "Maximum number of edits to messages older than 1 hour reached.")
        self.change(message, draft)
        return message

    def change(self, message: Message, draft: Draft) -> None:
        self._check(message.channel, draft)
        if "content" in draft.fields:
            message.content = str(draft.fields["content"] or "").strip()
        self._fill(message, draft.fields)
        message.attachments += [self._attached(name, data) for name, data in draft.files]
        message.edited = self.world.clock()
        message.edits += 1
        self.world.emit("MESSAGE_UPDATE", self.event(message), message.channel, message)

    def get(self, channel_id: int, message_id: int) -> Message:
        place = channel(self.world, channel_id, self.world.bot, permissions.READ_MESSAGE_HISTORY)
        message = self.world.messages.get(message_id)
        if message is None or message.channel is not place:
            raise unknown("Message", 10008)
        return message

    def listed(self, channel_id: int, query: Mapping[str, str]) -> list[Message]:
        """A page of a channel's messages, newest first."""
        place = channel(self.world, channel_id, self.world.bot, permissions.READ_MESSAGE_HISTORY)
        limit = int(query.get("limit", 50))
        if not 1 <= limit <= 100:
            raise invalid("limit", "Must be between 1 and 100.")
        if "after" in query:
            later = [message for message in place.messages if message.id > int(query["after"])]
            return later[:limit][::-1]
        before = int(query.get("before", 1 << 63))
        return [message for message in place.messages if message.id < before][-limit:][::-1]

    def delete(self, message: Message) -> None:
        message.channel.messages.remove(message)
        del self.world.messages[message.id]
        data: Payload = {"id": str(message.id), "channel_id": str(message.channel.id)}
        if message.channel.guild is not None:
            data["guild_id"] = str(message.channel.guild)
        self.world.emit("MESSAGE_DELETE", data, message.channel)

    def event(self, message: Message) -> Payload:
        """A message as the gateway sends it."""
        data = payloads.message(self.world, message, self.base)
        if message.channel.guild is not None:
            guild = self.world.guilds[message.channel.guild]
            data["guild_id"] = str(guild.id)
            data["member"] = payloads.member(self.world, message.author, guild)
        if message.nonce is not None:
            data["nonce"] = message.nonce
        return data

    def shown(self, message: Message, content: bool) -> Payload:
        """A message as REST answers; the nonce is not kept, as nothing promises that it is."""
        open_to_bot = message.author is self.world.bot or self.world.bot in message.mentions
        in_dm = message.channel.guild is None
        return payloads.message(self.world, message, self.base, content=content or open_to_bot or in_dm)

    def _attached(self, name: str, data: bytes) -> Attachment:
        attachment = Attachment(self.world.id(), re.sub(r"[^\w.\-]", "_", name, flags=re.ASCII), data)
        self.world.files[attachment.id] = attachment
        return attachment

    def _fill(self, message: Message, fields: Mapping[str, Any]) -> None:
        if "embeds" in fields:
            message.embeds = list(fields["embeds"] or ())
        if "components" in fields:
            message.components = list(fields["components"] or ())
        resolve_mentions(self.world, message)
        message.pinged |= _pinged(self.world, message, fields.get("allowed_mentions"))

    def _check(self, place: Channel, draft: Draft) -> None:
        fields = draft.fields
        if len(str(fields.get("content") or "")) > 2000:
            raise invalid("content", "Must be 2000 or fewer in length.")
        for embed in fields.get("embeds") or ():
            if len(embed.get("description", "")) > 4096 or len(embed.get("title", "")) > 256:
                raise invalid("embeds", "Must be 4096 or fewer in length.")
        _check_components(fields.get("components") or ())
        if draft.files:
            self._check_files(place, draft.files)

    def _check_files(self, place: Channel, files: Sequence[tuple[str, bytes]]) -> None:
        if not self.world.may(self.world.bot, place, permissions.ATTACH_FILES):
            raise Refusal(403, 50013, "Missing Permissions")
        if len(files) > 10:
            raise invalid("files", "Must be 10 or fewer in length.")
        tier = self.world.guilds[place.guild].premium_tier if place.guild is not None else 0
        if any(len(data) > _FILE_LIMITS[tier] for _, data in files):
            raise Refusal(413, 40005, "Request entity too large")


def resolve_mentions(world: World, message: Message) -> None:
    """Find whom the text names; mentions in code are text."""
    outside = re.sub(r"```.*?```|`[^`]*`", "", message.content, flags=re.DOTALL)
    users = [world.users.get(int(each)) for each in re.findall(r"<@!?(\d+)>", outside)]
    message.mentions = [user for user in dict.fromkeys(users) if user is not None]
    message.role_mentions = [int(each) for each in re.findall(r"<@&(\d+)>", outside)]


def _pinged(world: World, message: Message, allowed: Mapping[str, Any] | None) -> set[str]:
    """Whom a message notifies: without allowed_mentions, everybody whom it names."""
    parse = {"users", "roles", "everyone"} if allowed is None else set(allowed.get("parse", ()))
    outside = re.sub(r"```.*?```|`[^`]*`", "", message.content, flags=re.DOTALL)
    pinged: set[str] = set()
    if "everyone" in parse and re.search(r"@(everyone|here)", outside):
        pinged.add("everyone")
    if "users" in parse:
        pinged |= {user.name for user in message.mentions}
    if "roles" in parse:
        pinged |= {str(role) for role in message.role_mentions}
    return pinged


def _check_components(rows: Sequence[Mapping[str, Any]]) -> None:
    items = [item for row in rows for item in row.get("components", ())]
    ids = [item["custom_id"] for item in items if "custom_id" in item]
    if len(ids) != len(set(ids)):
        raise invalid("components", "Component custom id cannot be duplicated")
    for item in items:
        if not 1 <= len(item.get("custom_id", "x")) <= 100 or len(item.get("label") or "") > 80:
            raise invalid("components", "Must be between 1 and 100 in length.")


async def read_draft(request: web.Request) -> Draft:
    """The body of a request, JSON or multipart."""
    if request.content_length is not None and request.content_length > REQUEST_LIMIT:
        raise Refusal(413, 40005, "Request entity too large")
    if request.content_type != "multipart/form-data":
        return Draft(await request.json() if request.can_read_body else {})
    form = await request.post()
    fields = json.loads(str(form["payload_json"]))
    names = {int(each["id"]): each["filename"] for each in fields.get("attachments", ()) if "filename" in each}
    files = []
    for key, value in form.items():
        if found := re.fullmatch(r"files\[(\d+)\]", key):
            assert isinstance(value, web.FileField)
            files.append((names.get(int(found[1]), value.filename), value.file.read()))
    return Draft(fields, files)
