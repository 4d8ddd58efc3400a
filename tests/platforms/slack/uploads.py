"""Files: the upload in three steps, with shares that come late or never, and downloads behind the token."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from aiohttp import web

from tests.platforms.slack import api
from tests.platforms.slack.api import Args, Method
from tests.platforms.slack.faults import Refusal
from tests.platforms.slack.state import BOT_TOKEN, State
from tests.platforms.slack.world import BOT_USER, File

_LOGIN = "<!DOCTYPE html><html><head><title>Slack</title></head><body>Sign in to your workspace</body></html>"


def get_upload_url(state: State, args: Args) -> dict[str, Any]:
    length = int(args.get("length") or 0)
    if length <= 0 or not args.get("filename"):
        raise Refusal("invalid_arguments")
    file = File(state.world.number("F"), str(args["filename"]), b"", user=BOT_USER)
    state.world.files[file.id] = file
    state.lengths[file.id] = length
    ticket = state.world.number("up")
    state.uploads[ticket] = file.id
    return {"upload_url": f"{state.url}/upload/v1/{ticket}", "file_id": file.id}


def complete_upload(state: State, args: Args) -> dict[str, Any]:
    wanted = args.get("files")
    listed = json.loads(wanted) if isinstance(wanted, str) else wanted or []
    files = [_file(state, str(item["id"])) for item in listed]
    if not files:
        raise Refusal("invalid_arguments")
    if any(file.completed or not file.data for file in files):
        raise Refusal("file_not_found")
    if args.get("username") or args.get("icon_emoji"):
        api.need(state, "chat:write.customize")
    channel = api._writable(state, str(args.get("channel_id", "")))
    thread = str(args.get("thread_ts") or "")
    if thread and thread not in state.world.messages[channel.id]:
        raise Refusal("thread_not_found")
    api._pace(state, channel.id)
    for file in files:
        file.completed = True
    if state.drop_shares:
        state.drop_shares -= 1
    else:
        share = _Share(state, files, channel.id, thread, args)
        asyncio.get_running_loop().call_later(state.share_delay, share.show)
    return {"files": [{"id": file.id, "title": file.name} for file in files]}


class _Share:
    """The message of an upload, which comes after the answer."""

    def __init__(self, state: State, files: list[File], channel: str, thread: str, args: Args) -> None:
        self.state, self.files, self.channel, self.thread, self.args = state, files, channel, thread, args

    def show(self) -> None:
        files = [file for file in self.files if not file.deleted]
        if not files:
            return
        message = self.state.app_message(self.channel, str(self.args.get("initial_comment") or ""), self.thread)
        message.files = files
        message.blocks = self.args.get("blocks") or []
        message.username = str(self.args.get("username") or "")
        for file in files:
            shared = file.shares.setdefault(self.channel, [])
            shared.append((message.ts, self.thread or None))
        self.state.add(message)


def files_info(state: State, args: Args) -> dict[str, Any]:
    file = _file(state, str(args.get("file", "")))
    visible = file.access
    file.access = "visible"
    shown = file.shown(state.url)
    file.access = visible
    return {"file": shown}


def files_delete(state: State, args: Args) -> dict[str, Any]:
    file = _file(state, str(args.get("file", "")))
    file.deleted = True
    for channel, messages in state.world.messages.items():
        for message in list(messages.values()):
            if file in message.files:
                message.files.remove(file)
                if not message.files and message.bot_id:
                    del state.world.messages[channel][message.ts]
    return {}


def _file(state: State, file_id: str) -> File:
    file = state.world.files.get(file_id)
    if file is None or file.deleted:
        raise Refusal("file_not_found")
    return file


METHODS: dict[str, tuple[tuple[str, ...], Method]] = {
    "files.getUploadURLExternal": (("files:write",), get_upload_url),
    "files.completeUploadExternal": (("files:write",), complete_upload),
    "files.info": (("files:read",), files_info),
    "files.delete": (("files:write",), files_delete),
}


async def take_bytes(state: State, request: web.Request) -> web.Response:
    """Step two: the bytes, raw or as a form."""
    file_id = state.uploads.pop(request.match_info["ticket"], None)
    if file_id is None:
        return web.Response(status=404, text="no such upload")
    data = await request.read()
    if len(data) != state.lengths[file_id]:
        return web.Response(status=400, text="wrong length")
    state.world.files[file_id].data = data
    return web.Response(text=f"OK - {len(data)}")


async def give_bytes(state: State, request: web.Request) -> web.Response:
    """A download; without the right token or scope it is a login page with status 200."""
    state.visitors.append(dict(request.headers))
    if state.redirect:
        return web.Response(status=302, headers={"Location": state.redirect})
    file = state.world.files.get(request.match_info["id"])
    allowed = request.headers.get("Authorization") == f"Bearer {BOT_TOKEN}" and "files:read" in state.scopes
    if file is None or file.deleted:
        return web.Response(status=404)
    if not allowed or state.login_page:
        return web.Response(text=_LOGIN, content_type="text/html")
    return web.Response(body=file.data, content_type=file.mimetype)
