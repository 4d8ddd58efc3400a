"""People in the played Discord: what they do reads like a conversation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.platforms.discord import interactions, payloads, permissions
from tests.platforms.discord.interactions import Interaction
from tests.platforms.discord.messages import Draft, resolve_mentions
from tests.platforms.discord.refusals import channel as check
from tests.platforms.discord.refusals import writable
from tests.platforms.discord.rest import Rest
from tests.platforms.discord.world import Attachment, Channel, Message, Payload, User


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """Somebody with a client of their own. `@Roundtable` in a text names the bot, `@&Roundtable` its role."""

    user: User
    rest: Rest

    def says(
        self,
        where: Channel,
        text: str,
        files: Mapping[str, bytes] | None = None,
        answering: Message | None = None,
    ) -> Message:
        """Send a message."""
        world = self.rest.world
        writable(world, where.id, self.user)
        message = Message(world.id(), where, self.user, self._named(text, where), reference=answering)
        if answering is not None:
            message.kind = 19
        message.attachments = [self._file(name, data) for name, data in (files or {}).items()]
        resolve_mentions(world, message)
        if answering is not None and answering.author not in message.mentions:
            message.mentions.append(answering.author)
        where.archived = False
        self.rest.messages.publish(message)
        return message

    def edits(self, message: Message, text: str) -> None:
        """Change what was said."""
        message.content = self._named(text, message.channel)
        message.edited = self.rest.world.clock()
        self.rest.world.emit("MESSAGE_UPDATE", self.rest.messages.event(message), message.channel, message)

    def deletes(self, message: Message) -> None:
        """Take back what was said."""
        self.rest.messages.delete(message)

    def reacts(self, message: Message, emoji: str) -> None:
        """Put a reaction on a message; a custom emoji is `:name:id`."""
        check(self.rest.world, message.channel.id, self.user, permissions.ADD_REACTIONS)
        message.reactions.setdefault(emoji, []).append(self.user)
        self.rest.world.emit("MESSAGE_REACTION_ADD", self._reaction(message, emoji), message.channel)

    def unreacts(self, message: Message, emoji: str) -> None:
        """Take a reaction away."""
        message.reactions[emoji].remove(self.user)
        self.rest.world.emit("MESSAGE_REACTION_REMOVE", self._reaction(message, emoji), message.channel)

    async def uses(self, where: Channel, name: str, /, **options: str | tuple[str, bytes]) -> Interaction:
        """Use a slash command and wait for its answer; a tuple is a file."""
        return await self.tries(where, name, **options).answer()

    def tries(self, where: Channel, name: str, /, **options: str | tuple[str, bytes]) -> Interaction:
        """Use a slash command, and do not wait."""
        command = self.rest.interactions.command(name, 1)
        values, resolved = self._options(command, options)
        data: Payload = {"id": command["id"], "name": name, "type": 1, "options": values, "resolved": resolved}
        return self.rest.interactions.begin(interactions.COMMAND, self.user, where, data)

    async def completes(self, where: Channel, name: str, option: str, text: str) -> list[str]:
        """What the application offers while an option is being typed."""
        command = self.rest.interactions.command(name, 1)
        options = [{"name": option, "type": 3, "value": text, "focused": True}]
        data: Payload = {"id": command["id"], "name": name, "type": 1, "options": options}
        made = self.rest.interactions.begin(interactions.AUTOCOMPLETE, self.user, where, data)
        await made.answer()
        return [str(choice["value"]) for choice in made.choices]

    async def picks(self, message: Message, menu: str) -> Interaction:
        """Use a message's context menu and wait for the answer."""
        command = self.rest.interactions.command(menu, 3)
        shown = payloads.message(self.rest.world, message, self.rest.messages.base)
        data: Payload = {
            "id": command["id"],
            "name": menu,
            "type": 3,
            "target_id": str(message.id),
            "resolved": {"messages": {str(message.id): shown}},
        }
        return await self.rest.interactions.begin(interactions.COMMAND, self.user, message.channel, data).answer()

    async def clicks(self, message: Message, label: str) -> Interaction:
        """Press a button and wait for the answer."""
        return await self.presses(message, message.buttons[label]).answer()

    def presses(self, message: Message, custom_id: str) -> Interaction:
        """Press a button by its id, as a client whose picture is old can, and do not wait."""
        data: Payload = {"custom_id": custom_id, "component_type": 2}
        return self.rest.interactions.begin(interactions.COMPONENT, self.user, message.channel, data, message)

    async def fills(self, shown: Interaction, text: str) -> Interaction:
        """Fill the one field of a modal in and send it."""
        assert shown.modal is not None
        rows: list[Payload] = shown.modal["components"]
        field = rows[0].get("component") or rows[0]["components"][0]
        assert text or not field.get("required", True), "Discord's client asks for a text before it sends the form"
        assert len(text) <= field.get("max_length", 4000), "Discord's client takes no more characters"
        value = {"type": 4, "custom_id": field["custom_id"], "value": text, "id": 2}
        row: Payload = (
            {"type": 18, "id": 1, "component": value}
            if "component" in rows[0]
            else {"type": 1, "components": [value], "id": 1}
        )
        data: Payload = {"custom_id": shown.modal["custom_id"], "components": [row]}
        return await self.rest.interactions.begin(
            interactions.MODAL, self.user, shown.channel, data, shown.message
        ).answer()

    @property
    def dm(self) -> Channel:
        """The channel between this person and the bot."""
        return self.rest.world.dm(self.user)

    def _options(
        self, command: Payload, options: Mapping[str, str | tuple[str, bytes]]
    ) -> tuple[list[Payload], dict[str, Any]]:
        known = {option["name"]: option for option in command.get("options", ())}
        values: list[Payload] = []
        resolved: dict[str, Any] = {}
        for name, value in options.items():
            if isinstance(value, tuple):
                file = self._file(*value)
                shown = payloads.attachment(file, self.rest.messages.base) | {"ephemeral": True}
                resolved.setdefault("attachments", {})[str(file.id)] = shown
                values.append({"name": name, "type": 11, "value": str(file.id)})
            else:
                values.append({"name": name, "type": known[name]["type"], "value": value})
        missing = [name for name, option in known.items() if option.get("required") and name not in options]
        assert not missing, f"Discord's client asks for {missing} before it sends the command"
        return values, resolved

    def _file(self, name: str, data: bytes) -> Attachment:
        (file,) = self.rest.messages.made(
            self.rest.world.dm(self.user), self.user, Draft({}, [(name, data)])
        ).attachments
        return file

    def _reaction(self, message: Message, emoji: str) -> Payload:
        data: Payload = {
            "user_id": str(self.user.id),
            "channel_id": str(message.channel.id),
            "message_id": str(message.id),
            "emoji": payloads.emoji(emoji),
            "type": 0,
            "burst": False,
        }
        if message.channel.guild is not None:
            guild = self.rest.world.guilds[message.channel.guild]
            data["guild_id"] = str(guild.id)
            data["member"] = payloads.member(self.rest.world, self.user, guild)
        return data

    def _named(self, text: str, where: Channel) -> str:
        bot = self.rest.world.bot
        if where.guild is not None:
            guild = self.rest.world.guilds[where.guild]
            role = next(role for role in guild.roles.values() if role.managed)
            text = text.replace(f"@&{bot.name}", f"<@&{role.id}>")
        return text.replace(f"@{bot.name}", f"<@{bot.id}>")
