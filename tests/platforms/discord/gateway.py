"""The gateway: sessions that survive a broken connection, events numbered and filtered by intents."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from tests.platforms.discord import payloads
from tests.platforms.discord.world import Channel, Message, Payload, World

GUILDS, MESSAGES, REACTIONS = 1 << 0, 1 << 9, 1 << 10
DMS, DM_REACTIONS, CONTENT = 1 << 12, 1 << 13, 1 << 15
_NEEDED = {"MESSAGE_CREATE": (MESSAGES, DMS), "MESSAGE_UPDATE": (MESSAGES, DMS), "MESSAGE_DELETE": (MESSAGES, DMS)}
_NEEDED |= {name: (REACTIONS, DM_REACTIONS) for name in ("MESSAGE_REACTION_ADD", "MESSAGE_REACTION_REMOVE")}
_ALWAYS = {"READY", "RESUMED", "INTERACTION_CREATE"}


@dataclass(slots=True, eq=False)
class Session:
    """One identified client, with all it was sent, for RESUME."""

    id: str
    intents: int
    sent: list[Payload] = field(default_factory=list)
    queue: asyncio.Queue[Payload | int] = field(default_factory=asyncio.Queue)
    """Frames to send; a number closes the connection with that code."""
    socket: web.WebSocketResponse | None = None
    cut: bool = False
    """The server closed the connection, so the session can be resumed whatever the client answers."""

    def dispatch(self, event: str, data: Payload, *, silent: bool = False) -> None:
        frame = {"op": 0, "t": event, "s": len(self.sent) + 1, "d": data}
        self.sent.append(frame)
        if self.socket is not None and not silent:
            self.queue.put_nowait(frame)

    def wants(self, event: str, channel: Channel | None) -> bool:
        in_guild, in_dm = _NEEDED.get(event, (GUILDS, GUILDS))
        needed = in_dm if channel is not None and channel.guild is None else in_guild
        return event in _ALWAYS or bool(self.intents & needed)


class Gateway:
    """Serves the WebSocket. `allowed` are the privileged intents that are switched on in the portal."""

    def __init__(self, token: Callable[[], str]) -> None:
        self.token = token
        self.allowed = CONTENT
        self.refuse = 0
        """So many connections are cut before HELLO."""
        self.sessions: dict[str, Session] = {}
        self.identified = 0
        self.resumed = 0
        self.url = ""
        self.base = ""
        self.heartbeat = 41_250
        self.silent = False
        """Connections stay open, but nothing comes any more, until somebody resumes."""
        self._door = asyncio.Event()
        self._door.set()
        self.world: World

    @property
    def live(self) -> list[Session]:
        return [session for session in self.sessions.values() if session.socket is not None]

    async def connected(self) -> None:
        """Waits until a client is there."""
        await self.world.until(lambda: bool(self.live))

    def emit(self, event: str, data: Payload, channel: Channel | None, message: Message | None = None) -> None:
        """Send an event to every session that may have it, also to those that are away and may resume."""
        for session in self.sessions.values():
            if session.wants(event, channel):
                shown = data if message is None or _readable(self.world, session, message) else _withheld(data)
                session.dispatch(event, shown, silent=self.silent)
        self.world.tell()

    def repeat(self, event: str) -> None:
        """Send the newest event of a kind once more."""
        for session in self.live:
            session.dispatch(event, next(frame["d"] for frame in reversed(session.sent) if frame["t"] == event))

    def drop(self) -> None:
        """Cut every connection; the sessions can be resumed."""
        for session in self.live:
            session.queue.put_nowait(1001)

    @asynccontextmanager
    async def away(self) -> AsyncIterator[None]:
        """Nobody is connected while the body runs; what happens meanwhile is replayed to whoever resumes."""
        self._door.clear()
        self.drop()
        await self.world.until(lambda: not self.live)
        try:
            yield
        finally:
            self._door.set()

    def reconnect(self) -> None:
        """Ask every client to connect again and to resume."""
        for session in self.live:
            session.queue.put_nowait({"op": 7, "d": None, "s": None, "t": None})

    def forget(self) -> None:
        """Cut every connection and forget the sessions: RESUME gets INVALID_SESSION."""
        self.drop()
        self.sessions.clear()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One connection."""
        if self.refuse:
            self.refuse -= 1
            return web.Response(status=503)
        await self._door.wait()
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"op": 10, "d": {"heartbeat_interval": self.heartbeat}, "s": None, "t": None})
        session = await self._greeted(socket)
        if session is None:
            return socket
        writer = asyncio.create_task(_write(session, socket))
        try:
            await self._listen(socket)
        finally:
            writer.cancel()
            with suppress(asyncio.CancelledError):
                await writer
            session.socket = None
            if socket.close_code == 1000 and not session.cut:
                self.sessions.pop(session.id, None)
            self.world.tell()
        return socket

    async def _greeted(self, socket: web.WebSocketResponse) -> Session | None:
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                continue
            frame = json.loads(message.data)
            if frame["op"] == 1:
                await socket.send_json({"op": 11, "d": None, "s": None, "t": None})
            elif frame["op"] == 2:
                return await self._identify(socket, frame["d"])
            elif frame["op"] == 6 and (session := await self._resume(socket, frame["d"])):
                return session
        return None

    async def _identify(self, socket: web.WebSocketResponse, data: Payload) -> Session | None:
        if data["token"] != self.token():
            await socket.close(code=4004, message=b"Authentication failed.")
            return None
        if data["intents"] & (CONTENT | 1 << 1 | 1 << 8) & ~self.allowed:
            await socket.close(code=4014, message=b"Disallowed intent(s).")
            return None
        self.identified += 1
        session = Session(uuid.uuid4().hex, data["intents"], socket=socket)
        self.sessions[session.id] = session
        mine = [guild for guild in self.world.guilds.values() if self.world.bot.id in guild.members]
        session.dispatch(
            "READY",
            {
                "v": 10,
                "user": payloads.user(self.world.bot),
                "session_id": session.id,
                "resume_gateway_url": self.url,
                "guilds": [{"id": str(guild.id), "unavailable": True} for guild in mine],
                "application": {"id": str(self.world.bot.id), "flags": 0},
            },
        )
        for guild in mine:
            session.dispatch("GUILD_CREATE", payloads.guild(self.world, guild))
        self.world.tell()
        return session

    async def _resume(self, socket: web.WebSocketResponse, data: Payload) -> Session | None:
        session = self.sessions.get(data["session_id"] or "")
        if session is None or data["token"] != self.token():
            await socket.send_json({"op": 9, "d": False, "s": None, "t": None})
            return None
        self.resumed += 1
        self.silent = False
        session.queue = asyncio.Queue()
        session.cut = False
        session.socket = socket
        for frame in session.sent[data["seq"] or 0 :]:
            session.queue.put_nowait(frame)
        session.dispatch("RESUMED", {})
        self.world.tell()
        return session

    async def _listen(self, socket: web.WebSocketResponse) -> None:
        async for message in socket:
            if message.type is WSMsgType.TEXT and json.loads(message.data)["op"] == 1 and not self.silent:
                await socket.send_json({"op": 11, "d": None, "s": None, "t": None})


async def _write(session: Session, socket: web.WebSocketResponse) -> None:
    while True:
        frame = await session.queue.get()
        if isinstance(frame, int):
            session.cut = True
            await socket.close(code=frame)
            return
        with suppress(ConnectionError):
            await socket.send_json(frame)


def _readable(world: World, session: Session, message: Message) -> bool:
    """Whether an application gets the content of a message: with the intent, or by the documented exceptions."""
    return (
        bool(session.intents & CONTENT)
        or message.author is world.bot
        or message.channel.guild is None
        or world.bot in message.mentions
    )


def _withheld(data: Payload) -> Payload:
    return data | {"content": "", "attachments": [], "embeds": [], "components": []}
