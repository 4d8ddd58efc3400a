"""Who may do what in a channel, as the documentation computes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.platforms.discord.world import Channel, User, World

ADMINISTRATOR = 1 << 3
MANAGE_GUILD = 1 << 5
ADD_REACTIONS = 1 << 6
VIEW_CHANNEL = 1 << 10
SEND_MESSAGES = 1 << 11
EMBED_LINKS = 1 << 14
ATTACH_FILES = 1 << 15
READ_MESSAGE_HISTORY = 1 << 16
MANAGE_THREADS = 1 << 34
CREATE_PUBLIC_THREADS = 1 << 35
SEND_MESSAGES_IN_THREADS = 1 << 38
EVERYTHING = (1 << 50) - 1

MEMBER = (
    ADD_REACTIONS
    | VIEW_CHANNEL
    | SEND_MESSAGES
    | EMBED_LINKS
    | ATTACH_FILES
    | READ_MESSAGE_HISTORY
    | CREATE_PUBLIC_THREADS
    | SEND_MESSAGES_IN_THREADS
)


def of(world: World, user: User, channel: Channel) -> int:
    """The bits that a person has in a channel; a thread has those of its parent, a DM all."""
    if channel.guild is None:
        return EVERYTHING if user in channel.recipients else 0
    guild = world.guilds.get(channel.guild)
    if guild is None or user.id not in guild.members:
        return 0
    bits = guild.roles[guild.id].permissions
    for role in guild.members[user.id]:
        bits |= guild.roles[role].permissions
    if bits & ADMINISTRATOR:
        return EVERYTHING
    where = world.channels.get(channel.parent, channel) if channel.parent else channel
    bits &= ~where.denied.get(user.id, 0)
    return bits if bits & VIEW_CHANNEL else 0
