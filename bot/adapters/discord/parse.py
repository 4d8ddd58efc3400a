"""discord.py's objects as events: pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import discord

from bot.adapters.discord.context import PLATFORM
from bot.domain.events import CodeBlock, RemoteFile
from bot.domain.participants import Person, ThreadRef
from bot.domain.policy import ADMIN
from bot.text.code_blocks import joined, pieces

_STOPS = frozenset({"🛑", "❌", "terminate", "stop"})
_PASTED = "message.txt"
LONGEST = 200_000
"""Bytes of text that a message may have, as on every platform that sets no bound of its own."""
_PEOPLES = frozenset({discord.MessageType.default, discord.MessageType.reply})


@dataclass(frozen=True, slots=True)
class BotIdentity:
    """How the bot is named: by its own id, and by its role in each server."""

    user: int
    roles: frozenset[int]


def from_person(message: discord.Message) -> bool:
    """Whether a person wrote this, and not a program or Discord itself."""
    return not message.author.bot and message.webhook_id is None and message.type in _PEOPLES


def addressed(message: discord.Message, me: BotIdentity) -> bool:
    """Whether a message is for us: it names the bot or its role, answers the bot, or is in private."""
    return is_private(message) or names(message, me)


def names(message: discord.Message, me: BotIdentity) -> bool:
    """Whether a message names the bot or its role, or answers the bot."""
    named = any(user.id == me.user for user in message.mentions)
    # Of a message whose content is withheld, Discord still says whom it names.
    roles = {*message.raw_role_mentions, *(role.id for role in message.role_mentions)}
    return named or not roles.isdisjoint(me.roles)


def is_private(message: discord.Message) -> bool:
    """Whether the message is in a direct channel."""
    return message.guild is None


def is_withheld(message: discord.Message) -> bool:
    """Whether Discord kept the content from us, as it does without the message content intent."""
    shown = message.content or message.attachments or message.embeds or message.stickers or message.components
    return not shown and message.poll is None and not message.message_snapshots


def text(message: discord.Message, me: BotIdentity) -> str:
    """The text without our own name; other names are spelt out."""
    return words(message.content or forwarded(message), message, me)


def forwarded(message: discord.Message) -> str:
    """What a forwarded message says."""
    return "\n".join(snapshot.content for snapshot in message.message_snapshots)


def words(content: str, message: discord.Message, me: BotIdentity) -> str:
    """Content as Markdown, without our own name, the other names spelt out; code stays as it is."""
    return typed(content, partial(_prose, message=message, me=me)).strip()


def typed(content: str, prose: Callable[[str], str] = str) -> str:
    """Typed text as Markdown: what Discord shows as code is between fences on lines of their own."""
    found = pieces(content)
    if not any(isinstance(piece, CodeBlock) for piece in found):
        return prose(content)
    return joined(piece if isinstance(piece, CodeBlock) else prose(piece) for piece in found)


def _prose(content: str, message: discord.Message, me: BotIdentity) -> str:
    ours = "|".join([rf"<@!?{me.user}>", *(f"<@&{role}>" for role in sorted(me.roles))])
    around = re.split(ours, content)
    content = " ".join(part.strip(" \t") for part in around) if len(around) > 1 else content
    for user in message.mentions:
        content = content.replace(f"<@!{user.id}>", user.mention).replace(user.mention, f"@{user.display_name}")
    for role in message.role_mentions:
        content = content.replace(role.mention, f"@{role.name}")
    for channel in message.channel_mentions:
        content = content.replace(channel.mention, f"#{channel.name}")
    return re.sub(r"<a?(:\w+:)\d+>", r"\1", content)


def quoted(message: discord.Message, me: BotIdentity) -> str:
    """A message in a line or more, with who said it and what was attached."""
    names = "".join(f" [attached {file.filename}]" for file in message.attachments)
    return f"{message.author.display_name}: {text(message, me)}{names}"


def files(message: discord.Message) -> tuple[RemoteFile, ...]:
    """The attachments, forwarded ones included."""
    attached = list(message.attachments)
    for snapshot in message.message_snapshots:
        attached += snapshot.attachments
    return tuple(attachment(each, message) for each in attached)


def pasted(message: discord.Message, me: BotIdentity) -> RemoteFile | None:
    """The file that Discord's client makes of a text too long for a message; None for any other message."""
    if text(message, me) or len(message.attachments) != 1:
        return None
    (file,) = message.attachments
    return attachment(file, message) if file.filename == _PASTED and file.size <= LONGEST else None


def attachment(file: discord.Attachment, message: discord.Message | None = None) -> RemoteFile:
    """An attachment; its address expires, and that of a message can be asked for again."""
    where = f"{message.channel.id}/{message.id}/{file.id}" if message is not None else ""
    return RemoteFile(file.filename, file.size, f"{where} {file.url}")


def person(user: discord.User | discord.Member, *, admin: bool | None = None) -> Person:
    """A person with roles; an admin is a person who may manage the server."""
    if isinstance(user, discord.Member):
        roles = tuple(str(role.id) for role in user.roles if not role.is_default())
        is_admin = user.guild_permissions.manage_guild if admin is None else admin
    else:
        roles, is_admin = (), bool(admin)
    return Person(str(user.id), user.display_name, (ADMIN, *roles) if is_admin else roles)


def thread_of(message: discord.Message) -> ThreadRef | None:
    """Where a message belongs, or would open a thread; None where it cannot be known or there can be none.

    A public thread that is made from a message has that message's id.
    """
    channel = message.channel
    if message.guild is None:
        return private(channel.id)
    if isinstance(channel, discord.Thread):
        return ThreadRef(PLATFORM, str(message.guild.id), str(channel.parent_id), str(channel.id))
    if isinstance(channel, discord.TextChannel):
        return ThreadRef(PLATFORM, str(message.guild.id), str(channel.id), str(message.id))
    return None


def private(channel: int) -> ThreadRef:
    """A direct channel, which is its own thread."""
    return ThreadRef(PLATFORM, "", str(channel), str(channel))


def moment(seconds: float) -> int:
    """The smallest id that something created at a time (epoch seconds) can have."""
    return (int(seconds * 1000) - discord.utils.DISCORD_EPOCH) << 22


def is_stop(emoji: discord.PartialEmoji) -> bool:
    """Whether a reaction means Stop."""
    return (emoji.name or "").strip(":").lower().replace("\ufe0f", "") in _STOPS
