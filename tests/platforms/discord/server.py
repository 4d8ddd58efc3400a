"""The played Discord as one server: a guild, its people, and everything that can go wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from tests.platforms.discord import payloads, permissions
from tests.platforms.discord.gateway import Gateway
from tests.platforms.discord.people import Person
from tests.platforms.discord.rest import API, Rest
from tests.platforms.discord.world import TEXT, Channel, Guild, Role, World

TOKEN = "MTIz.played.token"


class Discord:
    """A running server; `api` and `gateway_url` are where a client connects."""

    def __init__(self) -> None:
        self.token = TOKEN
        self.gateway = Gateway(lambda: self.token)
        self.world = World(self.gateway.emit)
        self.gateway.world = self.world
        self.rest = Rest(self.world, self.gateway, lambda: self.token)
        self.faults = self.rest.faults
        self.limits = self.rest.limits
        self.api = ""
        self.gateway_url = ""
        self.guild = self.add_guild("Analysts")

    def add_guild(self, name: str, rights: int = permissions.MEMBER) -> Guild:
        """A server that the bot was invited to with these rights."""
        world = self.world
        guild = Guild(world.id(), name, owner=0)
        guild.roles[guild.id] = Role(guild.id, "@everyone", permissions.MEMBER & ~permissions.MANAGE_GUILD)
        own = Role(world.id(), world.bot.name, rights, managed=True)
        guild.roles[own.id] = own
        guild.members[world.bot.id] = {own.id}
        world.guilds[guild.id] = guild
        return guild

    def channel(self, name: str, kind: int = TEXT, guild: Guild | None = None) -> Channel:
        """A channel of the server."""
        channel = self.world.channel(kind, name, (guild or self.guild).id)
        self.world.emit("CHANNEL_CREATE", payloads.channel(channel), channel)
        return channel

    def person(self, name: str, rights: int = 0, guild: Guild | None = None) -> Person:
        """Somebody who joins the server; with `rights`, in a role that has them."""
        user, guild = self.world.user(name), guild or self.guild
        guild.members[user.id] = set()
        person = Person(user, self.rest)
        if rights:
            self.role(f"{name}'s role", person, rights, guild)
        return person

    def role(self, name: str, person: Person, rights: int = 0, guild: Guild | None = None) -> Role:
        """Give somebody a new role."""
        role, guild = Role(self.world.id(), name, rights), guild or self.guild
        guild.roles[role.id] = role
        guild.members[person.user.id].add(role.id)
        data = {"guild_id": str(guild.id), "role": payloads.role(role, self.world.bot)}
        self.world.emit("GUILD_ROLE_CREATE", data, None)
        return role

    def deny(self, channel: Channel, bits: int) -> None:
        """Take rights away from the bot in a channel."""
        channel.denied[self.world.bot.id] = channel.denied.get(self.world.bot.id, 0) | bits
        self.world.emit("CHANNEL_UPDATE", payloads.channel(channel), channel)

    def hide(self, channel: Channel, person: Person) -> None:
        """Let somebody no longer see a channel."""
        channel.denied[person.user.id] = permissions.VIEW_CHANNEL
        self.world.emit("CHANNEL_UPDATE", payloads.channel(channel), channel)

    def remove(self, channel: Channel) -> None:
        """Delete a channel or a thread."""
        del self.world.channels[channel.id]
        event = "THREAD_DELETE" if channel.parent else "CHANNEL_DELETE"
        self.world.emit(event, payloads.channel(channel), channel)

    def archive(self, thread: Channel, *, locked: bool = False) -> None:
        """Close a thread."""
        thread.archived, thread.locked = True, locked
        self.world.emit("THREAD_UPDATE", payloads.channel(thread), thread)

    def kick(self) -> None:
        """Throw the bot out of the server."""
        del self.guild.members[self.world.bot.id]
        self.world.emit("GUILD_DELETE", {"id": str(self.guild.id)}, None)

    @asynccontextmanager
    async def serving(self, port: int = 0) -> AsyncIterator[Discord]:
        """Answer on a loopback port while the body runs."""
        app = web.Application(middlewares=[self.rest.guard], client_max_size=200 << 20)
        app.add_routes(self.rest.routes())
        app.router.add_get("/gateway", self.gateway.serve)
        app.router.add_get("/gateway/", self.gateway.serve)
        runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
            address = f"127.0.0.1:{runner.addresses[0][1]}"
            self.api = f"http://{address}{API}"
            self.gateway.url = self.gateway_url = f"ws://{address}/gateway"
            self.rest.messages.base = f"http://{address}"
            yield self
        finally:
            self.gateway.drop()
            await runner.cleanup()


@asynccontextmanager
async def play(port: int = 0) -> AsyncIterator[Discord]:
    """A fresh Discord, running."""
    async with Discord().serving(port) as discord:
        yield discord
