"""Uploads in Slack's three steps, several files in one message, delivered only once they show in the thread.

The files' ids are remembered before the third step, so that after any break they can be asked for. Files of an
earlier try that do not show are deleted before they are uploaded anew: a late share can then double nothing.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import aiohttp

from bot.adapters.slack.body import Body, Upload
from bot.adapters.slack.persona import Persona
from bot.adapters.slack.web import Web, error_name, outcome, pool, sent
from bot.domain.errors import Refused, RetryAfter, Unknown
from bot.domain.events import MessageRef, ThreadRef
from bot.domain.posts import Part
from bot.ports import Remember

_LOOKS = (0.2, 0.3, 0.5, 1.0, 2.0, 4.0)
_AGAIN = 2.0
_AT_ONCE = 4
"""Files whose bytes are in memory at a time."""
_UPLOAD_TIMEOUT = aiohttp.ClientTimeout(total=300)


class SlackUploads:
    """Attaches artifacts; `blob` is where the bytes of a session's artifact are."""

    def __init__(self, web: Web, blob: Callable[[str, str], Path | None], looks: Sequence[float] = _LOOKS) -> None:
        self._web = web
        self._blob = blob
        self._looks = looks
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def send(
        self,
        thread: ThreadRef,
        part: Part,
        body: Body,
        remember: Remember,
        *,
        turn: Callable[[], Awaitable[None]],
        persona: Persona,
    ) -> MessageRef:
        """Upload and share; raises Refused, RetryAfter, or Unknown when the files do not show."""
        try:
            await self._drop(_ids(part.memo))
            ids = [await self._upload(part.session, upload) for upload in body.uploads]
        except Unknown as unknown:
            # So far nothing can show: trying again cannot double anything.
            raise RetryAfter(_AGAIN) from unknown
        await remember(json.dumps(ids))
        await turn()
        files: list[dict[str, str | None]] = [
            {"id": file, "title": upload.name} for file, upload in zip(ids, body.uploads, strict=True)
        ]
        await sent(
            self._web.client.files_completeUploadExternal(
                files=files,
                channel_id=thread.channel,
                thread_ts=thread.thread or None,
                initial_comment=persona.sign(body.text),
                username=persona.username,
                icon_emoji=persona.icon_emoji,
            )
        )
        for pause in self._looks:
            await asyncio.sleep(pause)
            if message := await self._shown(thread, ids):
                return message
        raise Unknown("Slack took the files but does not show them")

    async def find(self, thread: ThreadRef, part: Part) -> MessageRef | None:
        """The message that shows a part's files."""
        ids = _ids(part.memo)
        return await self._shown(thread, ids) if ids else None

    async def _upload(self, session: str, upload: Upload) -> str:
        async with self._slots:
            data = upload.content.encode() or await self._read(session, upload)
            filename = upload.name.rpartition("/")[2]
            answer = await sent(self._web.client.files_getUploadURLExternal(filename=filename, length=len(data)))
            await self._put(str(answer["upload_url"]), data)
            return str(answer["file_id"])

    async def _read(self, session: str, upload: Upload) -> bytes:
        path = self._blob(session, upload.digest)
        try:
            data = await asyncio.to_thread(path.read_bytes) if path else b""
        except OSError:
            data = b""
        if not data:
            raise Refused(f"the bytes of {upload.name} are no longer in the work directory")
        return data

    async def _put(self, url: str, data: bytes) -> None:
        try:
            session = self._web.client.session
            own = None if session is not None and not session.closed else pool()
            try:
                http = own or session
                assert http is not None
                async with http.post(
                    url, data=data, timeout=_UPLOAD_TIMEOUT, proxy=self._web.client.proxy
                ) as answer:
                    if answer.status != 200:
                        raise Unknown(f"the upload got the status {answer.status}")
            finally:
                if own is not None:
                    await own.close()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise outcome(error) from error

    async def _drop(self, ids: Sequence[str]) -> None:
        for file in ids:
            try:
                await sent(self._web.client.files_delete(file=file))
            except Refused as refusal:
                if error_name(refusal.__cause__) not in ("file_not_found", "file_deleted"):
                    raise

    async def _shown(self, thread: ThreadRef, ids: Sequence[str]) -> MessageRef | None:
        """The message in the thread that shows all of these files."""
        shown: list[str | None] = []
        for file in ids:
            try:
                answer = await sent(self._web.client.files_info(file=file))
            except Refused as refusal:
                if error_name(refusal.__cause__) in ("file_not_found", "file_deleted"):
                    return None
                raise
            shown.append(_message(answer["file"], thread))
        return MessageRef(thread.channel, shown[0]) if shown and all(shown) and shown[0] else None


def _message(file: Mapping[str, Any], thread: ThreadRef) -> str | None:
    """The ts under which a file shows in the thread."""
    shares = file.get("shares") or {}
    for kind in ("public", "private"):
        for share in (shares.get(kind) or {}).get(thread.channel, ()):
            if str(share.get("thread_ts") or share.get("ts")) == thread.thread:
                return str(share["ts"])
    return None


def _ids(memo: str) -> list[str]:
    return [str(item) for item in json.loads(memo)] if memo else []
