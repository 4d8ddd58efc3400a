"""Discord's errors: an HTTP status, a code of its own and a sentence."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from tests.platforms.discord import permissions
from tests.platforms.discord.world import THREAD, Channel, User, World


class Refusal(Exception):
    """An answer with an error."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code

    def response(self) -> web.Response:
        return answer({"message": str(self), "code": self.code}, self.status)


def answer(data: Any, status: int = 200) -> web.Response:
    """JSON as Discord sends it: discord.py wants this content type and nothing after it."""
    return web.Response(body=json.dumps(data).encode(), status=status, content_type="application/json")


def unknown(what: str, code: int) -> Refusal:
    return Refusal(404, code, f"Unknown {what}")


def invalid(field: str, why: str) -> Refusal:
    return Refusal(400, 50035, f"Invalid Form Body\nIn {field}: {why}")


def channel(world: World, channel_id: int, user: User, bits: int = 0) -> Channel:
    """A channel in which `user` has these permissions."""
    place = world.channels.get(channel_id)
    if place is None:
        raise unknown("Channel", 10003)
    if not world.may(user, place, permissions.VIEW_CHANNEL):
        raise Refusal(403, 50001, "Missing Access")
    if not world.may(user, place, bits):
        raise Refusal(403, 50013, "Missing Permissions")
    return place


def writable(world: World, channel_id: int, user: User) -> Channel:
    """A channel in which `user` may write now; an archived thread is opened by writing, a locked one is not."""
    place = world.channels.get(channel_id)
    in_thread = place is not None and place.kind == THREAD
    send = permissions.SEND_MESSAGES_IN_THREADS if in_thread else permissions.SEND_MESSAGES
    place = channel(world, channel_id, user, send)
    if place.locked and not world.may(user, place, permissions.MANAGE_THREADS):
        raise Refusal(400, 160005, "This thread is locked")
    return place
