"""What things look like in the API's JSON."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from tests.platforms.discord import permissions
from tests.platforms.discord.world import THREAD, Attachment, Channel, Guild, Message, Payload, Role, User, World


def time(seconds: float) -> str:
    """A moment as Discord writes it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def moment(snowflake: int) -> float:
    """When a thing with this id came to be, in epoch seconds."""
    return ((snowflake >> 22) + 1_420_070_400_000) / 1000


def user(who: User) -> Payload:
    return {
        "id": str(who.id),
        "username": who.name,
        "global_name": None,
        "discriminator": "0",
        "avatar": None,
        "bot": who.bot,
    }


def member(world: World, who: User, guild: Guild, channel: Channel | None = None) -> Payload:
    data: Payload = {
        "user": user(who),
        "roles": [str(role) for role in guild.members.get(who.id, ())],
        "joined_at": time(moment(guild.id)),
        "deaf": False,
        "mute": False,
        "flags": 0,
    }
    if channel is not None:
        data["permissions"] = str(permissions.of(world, who, channel))
    return data


def role(one: Role, bot: User) -> Payload:
    data: Payload = {
        "id": str(one.id),
        "name": one.name,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "position": 0 if one.name == "@everyone" else 1,
        "permissions": str(one.permissions),
        "managed": one.managed,
        "mentionable": True,
        "flags": 0,
    }
    return data | {"tags": {"bot_id": str(bot.id)}} if one.managed else data


def channel(one: Channel) -> Payload:
    """A channel, thread or DM."""
    data: Payload = {"id": str(one.id), "type": one.kind, "name": one.name, "position": 0, "nsfw": False}
    data["last_message_id"] = str(one.messages[-1].id) if one.messages else None
    if one.guild is None:
        return data | {"recipients": [user(who) for who in one.recipients if not who.bot]}
    data["guild_id"] = str(one.guild)
    if one.kind == THREAD:
        return data | thread(one)
    denied = [{"id": str(who), "type": 1, "allow": "0", "deny": str(bits)} for who, bits in one.denied.items()]
    return data | {
        "permission_overwrites": denied,
        "rate_limit_per_user": 0,
        "topic": None,
        "parent_id": None,
        "bitrate": 64000,
        "user_limit": 0,
        "available_tags": [],
    }


def thread(one: Channel) -> Payload:
    assert one.owner is not None
    return {
        "parent_id": str(one.parent),
        "owner_id": str(one.owner.id),
        "message_count": len(one.messages),
        "member_count": 2,
        "thread_metadata": {
            "archived": one.archived,
            "locked": one.locked,
            "auto_archive_duration": 4320,
            "archive_timestamp": time(moment(one.id)),
        },
    }


def guild(world: World, one: Guild) -> Payload:
    """A whole server, as GUILD_CREATE has it: archived threads are left out."""
    inside = [place for place in world.channels.values() if place.guild == one.id]
    inside = [place for place in inside if world.may(world.bot, place, permissions.VIEW_CHANNEL)]
    return {
        "id": str(one.id),
        "name": one.name,
        "owner_id": str(one.owner),
        "premium_tier": one.premium_tier,
        "roles": [role(each, world.bot) for each in one.roles.values()],
        "members": [member(world, world.bot, one)],
        "channels": [channel(place) for place in inside if place.kind != THREAD],
        "threads": [channel(place) for place in inside if place.kind == THREAD and not place.archived],
        "member_count": len(one.members),
        "emojis": [],
        "stickers": [],
        "features": [],
        "voice_states": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
        "large": False,
    }


def attachment(one: Attachment, base: str) -> Payload:
    url = f"{base}/cdn/attachments/{one.id}/{one.name}"
    return {
        "id": str(one.id),
        "filename": one.name,
        "size": len(one.data),
        "url": url,
        "proxy_url": url,
        "content_type": "application/octet-stream",
    }


def message(world: World, one: Message, base: str, *, content: bool = True) -> Payload:
    """A message; without `content`, as an application without that intent gets it."""
    data: Payload = {
        "id": str(one.id),
        "channel_id": str(one.channel.id),
        "author": user(one.author),
        "content": one.content if content else "",
        "timestamp": time(moment(one.id)),
        "edited_timestamp": time(one.edited) if one.edited else None,
        "tts": False,
        "mention_everyone": "everyone" in one.pinged,
        "mentions": [user(who) for who in one.mentions],
        "mention_roles": [str(each) for each in one.role_mentions],
        "attachments": [attachment(file, base) for file in one.attachments] if content else [],
        "embeds": one.embeds if content else [],
        "components": one.components if content else [],
        "pinned": False,
        "type": one.kind,
        "flags": one.flags,
        "reactions": [_reaction(world, emoji, who) for emoji, who in one.reactions.items() if who],
    }
    if one.thread is not None:
        data["thread"] = channel(one.thread)
    if one.reference is not None:
        data["message_reference"] = {"message_id": str(one.reference.id), "channel_id": data["channel_id"]}
        answered = message(world, one.reference, base, content=content)
        answered.pop("referenced_message", None)
        data["referenced_message"] = answered
    if one.interaction is not None:
        made, by = one.interaction
        data["interaction_metadata"] = {
            "id": str(made),
            "type": 2,
            "user": user(by),
            "authorizing_integration_owners": {},
        }
    return data


def emoji(name: str) -> Payload:
    """A Unicode emoji, or a custom one written as `:name:id`."""
    found = re.fullmatch(r":(\w+):(\d+)", name)
    return {"id": found[2], "name": found[1]} if found else {"id": None, "name": name}


def _reaction(world: World, name: str, who: Sequence[User]) -> Payload:
    return {
        "emoji": emoji(name),
        "count": len(who),
        "count_details": {"burst": 0, "normal": len(who)},
        "me": world.bot in who,
        "me_burst": False,
        "burst_colors": [],
    }
