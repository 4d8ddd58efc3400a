"""The REST API, route by route."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias
from urllib.parse import unquote

from aiohttp import web

from tests.platforms.discord import faults, gateway, payloads, permissions
from tests.platforms.discord.interactions import Interactions
from tests.platforms.discord.messages import Messages, read_draft
from tests.platforms.discord.refusals import Refusal, answer, channel, invalid, unknown
from tests.platforms.discord.world import NEWS, TEXT, THREAD, World

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]
API = "/api/v10"


class Rest:
    """Answers requests of the application whose token is `token`."""

    def __init__(self, world: World, sockets: gateway.Gateway, token: Callable[[], str]) -> None:
        self.world = world
        self.sockets = sockets
        self.messages = Messages(world)
        self.interactions = Interactions(world, self.messages)
        self.faults = faults.Faults()
        self.limits = faults.Limits()
        self.requests: list[str] = []
        self._token = token

    def routes(self) -> list[web.RouteDef]:
        """What there is under the API's address, and the CDN."""
        c, m = API + r"/channels/{channel:\d+}", r"/messages/{message:\d+}"
        hook = API + r"/webhooks/{application:\d+}/{token}"
        table: list[tuple[str, str, Handler]] = [
            ("GET", f"{API}/users/@me", self.me),
            ("GET", f"{API}/oauth2/applications/@me", self.application),
            ("PUT", API + r"/applications/{application:\d+}/commands", self.sync),
            ("POST", f"{API}/users/@me/channels", self.open_dm),
            ("GET", API + r"/guilds/{guild:\d+}", self.guild),
            ("GET", API + r"/guilds/{guild:\d+}/channels", self.guild_channels),
            ("GET", f"{API}/users/@me/guilds", self.guilds),
            ("GET", API + r"/guilds/{guild:\d+}/members/{user:\d+}", self.member),
            ("GET", c, self.channel),
            ("PATCH", c, self.change_channel),
            ("POST", f"{c}/typing", self.typing),
            ("GET", f"{c}/messages", self.history),
            ("POST", f"{c}/messages", self.send),
            ("GET", c + m, self.read),
            ("PATCH", c + m, self.edit),
            ("POST", f"{c}/threads", self.free_thread),
            ("POST", f"{c}{m}/threads", self.thread),
            ("GET", f"{c}{m}/reactions/{{emoji}}", self.who_reacted),
            ("POST", API + r"/interactions/{interaction:\d+}/{token}/callback", self.callback),
            ("POST", hook, self.follow),
            ("GET", f"{hook}/messages/@original", self.original),
            ("PATCH", f"{hook}/messages/@original", self.change_original),
            ("GET", r"/cdn/attachments/{file:\d+}/{name}", self.cdn),
        ]
        return [web.route(method, path, handler) for method, path, handler in table]

    @web.middleware
    async def guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Whoever waits for a change hears of each request, whatever becomes of it."""
        try:
            return await self._answer(request, handler)
        finally:
            self.world.tell()

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Faults, the token and rate limits; refusals become answers."""
        if not request.path.startswith(API):
            return await self._give_out(request, handler)
        self.requests.append(f"{request.method} {request.path}")
        fault = self.faults.take(request.method, request.path)
        match fault:
            case faults.Status():
                return web.Response(status=fault.status, body=b"upstream", content_type="text/plain")
            case faults.TooMany():
                return faults.too_many(fault)
            case faults.Cut(after=False):
                return _cut(request)
        headers, wait = self.limits.headers(request.method, request.path)
        if wait:
            response: web.StreamResponse = faults.too_many(faults.TooMany(round(wait, 3)))
        else:
            try:
                self._check_token(request)
                response = await handler(request)
            except Refusal as refusal:
                response = refusal.response()
        response.headers.update(headers)
        if isinstance(fault, faults.Hold):
            fault.arrived.set()
            await fault.released.wait()
        return _cut(request) if isinstance(fault, faults.Cut) else response

    async def _give_out(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """What needs no token: a file, which may meet a fault as well, and the gateway."""
        fault = self.faults.take(request.method, request.path) if request.path.startswith("/cdn/") else None
        if isinstance(fault, faults.Hold):
            fault.arrived.set()
            await fault.released.wait()
        return web.Response(status=fault.status) if isinstance(fault, faults.Status) else await handler(request)

    def _check_token(self, request: web.Request) -> None:
        open_paths = (f"{API}/interactions/", f"{API}/webhooks/")
        if request.headers.get("Authorization") != f"Bot {self._token()}" and not request.path.startswith(
            open_paths
        ):
            raise Refusal(401, 0, "401: Unauthorized")

    async def me(self, request: web.Request) -> web.Response:
        return answer(payloads.user(self.world.bot))

    async def application(self, request: web.Request) -> web.Response:
        bot = self.world.bot
        content = bool(self.sockets.allowed & gateway.CONTENT)
        return answer(
            {
                "id": str(bot.id),
                "name": bot.name,
                "description": "",
                "icon": None,
                "bot_public": True,
                "bot_require_code_grant": False,
                "owner": payloads.user(bot),
                "verify_key": "0",
                "summary": "",
                "team": None,
                "flags": 1 << 19 if content else 0,
            }
        )

    async def sync(self, request: web.Request) -> web.Response:
        return answer(self.interactions.sync(await request.json()))

    async def open_dm(self, request: web.Request) -> web.Response:
        user = self.world.users[int((await request.json())["recipient_id"])]
        return answer(payloads.channel(self.world.dm(user)))

    async def guilds(self, request: web.Request) -> web.Response:
        mine = [guild for guild in self.world.guilds.values() if self.world.bot.id in guild.members]
        return answer([{"id": str(guild.id), "name": guild.name, "permissions": "0"} for guild in mine])

    async def guild(self, request: web.Request) -> web.Response:
        guild = self.world.guilds.get(_id(request, "guild"))
        if guild is None or self.world.bot.id not in guild.members:
            raise unknown("Guild", 10004)
        return answer(payloads.guild(self.world, guild))

    async def guild_channels(self, request: web.Request) -> web.Response:
        guild = self.world.guilds[_id(request, "guild")]
        return answer(payloads.guild(self.world, guild)["channels"])

    async def member(self, request: web.Request) -> web.Response:
        guild, user = self.world.guilds.get(_id(request, "guild")), self.world.users.get(_id(request, "user"))
        if guild is None or user is None or user.id not in guild.members:
            raise unknown("Member", 10007)
        return answer(payloads.member(self.world, user, guild))

    async def channel(self, request: web.Request) -> web.Response:
        return answer(payloads.channel(channel(self.world, _id(request, "channel"), self.world.bot)))

    async def change_channel(self, request: web.Request) -> web.Response:
        place = channel(self.world, _id(request, "channel"), self.world.bot)
        change = await request.json()
        manages = self.world.may(self.world.bot, place, permissions.MANAGE_THREADS)
        if (place.locked or "locked" in change) and not manages:
            raise Refusal(403, 50013, "Missing Permissions")
        place.archived = change.get("archived", place.archived)
        place.locked = change.get("locked", place.locked)
        self.world.emit("THREAD_UPDATE", payloads.channel(place), place)
        return answer(payloads.channel(place))

    async def typing(self, request: web.Request) -> web.Response:
        channel(self.world, _id(request, "channel"), self.world.bot).typing += 1
        self.world.tell()
        return web.Response(status=204)

    async def history(self, request: web.Request) -> web.Response:
        found = self.messages.listed(_id(request, "channel"), request.query)
        return answer([self.messages.shown(message, self._content) for message in found])

    async def send(self, request: web.Request) -> web.Response:
        message = self.messages.send(_id(request, "channel"), await read_draft(request))
        return answer(self.messages.event(message))

    async def read(self, request: web.Request) -> web.Response:
        message = self.messages.get(_id(request, "channel"), _id(request, "message"))
        return answer(self.messages.shown(message, self._content))

    async def edit(self, request: web.Request) -> web.Response:
        draft = await read_draft(request)
        message = self.messages.edit(_id(request, "channel"), _id(request, "message"), draft)
        return answer(self.messages.event(message))

    async def thread(self, request: web.Request) -> web.Response:
        parent = channel(self.world, _id(request, "channel"), self.world.bot, permissions.CREATE_PUBLIC_THREADS)
        message = self.messages.get(parent.id, _id(request, "message"))
        if parent.kind not in (TEXT, NEWS):
            raise Refusal(400, 50024, "Cannot execute action on this channel type")
        if message.thread is not None:
            raise Refusal(400, 160004, "A thread has already been created for this message")
        return self._new_thread(parent.id, message.id, (await request.json())["name"])

    async def free_thread(self, request: web.Request) -> web.Response:
        parent = channel(self.world, _id(request, "channel"), self.world.bot, permissions.CREATE_PUBLIC_THREADS)
        return self._new_thread(parent.id, self.world.id(), (await request.json())["name"])

    def _new_thread(self, parent: int, thread_id: int, name: str) -> web.Response:
        if not 1 <= len(name) <= 100:
            raise invalid("name", "Must be between 1 and 100 in length.")
        guild = self.world.channels[parent].guild
        thread = self.world.channel(THREAD, name, guild, id=thread_id, parent=parent, owner=self.world.bot)
        data = payloads.channel(thread)
        self.world.emit("THREAD_CREATE", data | {"newly_created": True}, thread)
        return answer(data, 201)

    async def who_reacted(self, request: web.Request) -> web.Response:
        message = self.messages.get(_id(request, "channel"), _id(request, "message"))
        name = unquote(request.match_info["emoji"])
        return answer(
            [payloads.user(who) for who in message.reactions.get(name, message.reactions.get(f":{name}", ()))]
        )

    async def callback(self, request: web.Request) -> web.Response:
        draft = await read_draft(request)
        made = self.interactions.answer(
            _id(request, "interaction"), request.match_info["token"], dict(draft.fields), draft.files
        )
        return answer(made)

    async def follow(self, request: web.Request) -> web.Response:
        message = self.interactions.follow(request.match_info["token"], await read_draft(request))
        return answer(self.messages.event(message))

    async def original(self, request: web.Request) -> web.Response:
        return answer(self.messages.event(self.interactions.original(request.match_info["token"])))

    async def change_original(self, request: web.Request) -> web.Response:
        draft = await read_draft(request)
        return answer(self.messages.event(self.interactions.original(request.match_info["token"], draft)))

    async def cdn(self, request: web.Request) -> web.Response:
        found = self.world.files.get(_id(request, "file"))
        if found is None:
            return web.Response(status=404)
        return web.Response(body=found.data, content_type="application/octet-stream")

    @property
    def _content(self) -> bool:
        return bool(self.sockets.allowed & gateway.CONTENT)


def _id(request: web.Request, name: str) -> int:
    return int(request.match_info[name])


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
