"""Files to and from Discord."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence
from urllib.parse import urlsplit

import aiohttp
import discord

from bot.adapters.common.figures import size
from bot.adapters.common.session_lookup import Blobs
from bot.adapters.common.upload_parts import Upload, upload_bytes
from bot.adapters.discord.markdown import inline
from bot.domain.errors import BadInput
from bot.domain.events import RemoteFile

_CDN = frozenset({"cdn.discordapp.com", "media.discordapp.net"})
_CHUNK = 1 << 16


async def prepared(
    uploads: Sequence[Upload], session: str, limit: int, blob: Blobs
) -> tuple[list[discord.File], list[str]]:
    """The files of at most `limit` bytes, ready to attach, and a sentence about each of the others."""
    files: list[discord.File] = []
    notes: list[str] = []
    for upload in uploads:
        if upload.size > limit:
            notes.append(f"{inline(upload.name)} ({size(upload.size)}) is too large for this server.")
        elif (data := await asyncio.to_thread(upload_bytes, upload, session, blob)) is None:
            notes.append(f"{inline(upload.name)} is no longer there.")
        else:
            files.append(discord.File(io.BytesIO(data), upload.name))
    return files, notes


async def fetch(
    client: discord.Client, http: aiohttp.ClientSession, api: str, file: RemoteFile, limit: int
) -> bytes:
    """The bytes of an attachment; asks for a new address when the old one has expired. Raises BadInput."""
    where, _, url = file.ref.partition(" ")
    try:
        data = await _download(http, api, url, limit)
        if data is None and where:
            data = await _download(http, api, await _address(client, where), limit)
    except (aiohttp.ClientError, discord.HTTPException, TimeoutError, ValueError):
        data = None
    if data is None:
        raise BadInput(f"{file.name} is no longer available from Discord; attach it again.")
    if len(data) > limit:
        raise BadInput(f"{file.name} is larger than {limit / 1e6:g} MB; attach a smaller file or a sample of it.")
    return data


async def _download(http: aiohttp.ClientSession, api: str, url: str, limit: int) -> bytes | None:
    """At most one byte more than `limit`; None when Discord does not have the file there."""
    host = urlsplit(url).netloc
    if host not in _CDN and (not api or host != urlsplit(api).netloc):
        return None
    async with http.get(url, allow_redirects=False) as response:
        if response.status != 200:
            return None
        data = bytearray()
        async for chunk in response.content.iter_chunked(_CHUNK):
            data += chunk
            if len(data) > limit:
                break
        return bytes(data)


async def _address(client: discord.Client, where: str) -> str:
    """The current address of an attachment."""
    channel, message, attachment = (int(part) for part in where.split("/"))
    found = await client.get_partial_messageable(channel).fetch_message(message)
    for file in [
        *found.attachments,
        *(each for snapshot in found.message_snapshots for each in snapshot.attachments),
    ]:
        if file.id == attachment:
            return file.url
    return ""
