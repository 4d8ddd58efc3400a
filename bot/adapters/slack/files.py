"""Files to and from Slack.

A file of a person is fetched from Slack alone, and the bot's token is sent nowhere else. Files of ours are
uploaded in Slack's three steps, several in one message, and are delivered only once they show in the thread.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.adapters.common.session_lookup import Blobs
from bot.adapters.common.upload_parts import Upload, upload_bytes
from bot.adapters.slack.body import Body
from bot.adapters.slack.credentials import Credentials
from bot.adapters.slack.persona import Persona
from bot.adapters.slack.web import Web, error_name, outcome, sent
from bot.domain.errors import BadInput, Refused, RetryAfter, Unknown
from bot.domain.events import RemoteFile
from bot.domain.participants import MessageRef, ThreadRef
from bot.domain.posts import Part
from bot.ports import Remember

_REDIRECTS = 5
_CHUNK = 1 << 16
_TIMEOUT = aiohttp.ClientTimeout(total=300)
_FAMILY = ("slack.com", "slack-files.com")
_LOOKS = (0.2, 0.3, 0.5, 1.0, 2.0, 4.0)
"""Seconds before each look whether uploaded files show."""
_AGAIN = 2.0
_AT_ONCE = 4
"""Files whose bytes are in memory at a time."""


class Downloads:
    """Implements `fetch` of the adapter."""

    def __init__(self, web: Web) -> None:
        self._web = web

    async def fetch(self, file: RemoteFile, limit: int) -> bytes:
        """The bytes of a file; raises BadInput with a sentence for the thread."""
        ref = _ref(file)
        if ref.get("mode") == "external":
            raise BadInput(f"{file.name} is kept outside Slack; download it and attach the file itself.")
        try:
            url = str(ref.get("url_private_download") or "") or await self._look_up(file, str(ref.get("id") or ""))
            return await self._follow(file, url, limit, str(ref.get("mimetype") or ""))
        except (aiohttp.ClientError, TimeoutError, ValueError):
            raise BadInput(f"{file.name} could not be fetched from Slack; attach it again.") from None

    async def _look_up(self, file: RemoteFile, file_id: str) -> str:
        """The address of a file from another workspace, which messages leave out."""
        if not file_id:
            raise BadInput(f"{file.name} cannot be fetched; attach it again.")
        try:
            answer = await self._web.client.files_info(file=file_id)
        except SlackApiError as error:
            raise BadInput(f"Slack does not show me {file.name} ({error_name(error)}); attach it again.") from None
        return str(answer["file"].get("url_private_download") or "")

    async def _follow(self, file: RemoteFile, url: str, limit: int, declared: str) -> bytes:
        async with self._web.connections() as http:
            for _ in range(_REDIRECTS):
                if not is_ours(url, self._web.access):
                    raise BadInput(f"{file.name} is not on Slack's servers; attach the file itself.")
                headers = {"Authorization": f"Bearer {self._web.access.bot_token}"}
                asked = http.get(
                    url, headers=headers, allow_redirects=False, timeout=_TIMEOUT, proxy=self._web.client.proxy
                )
                async with asked as answer:
                    if answer.status in (301, 302, 303, 307, 308):
                        url = urljoin(url, answer.headers.get("Location", ""))
                        continue
                    return await self._take(file, answer, limit, declared)
        raise BadInput(f"{file.name} is redirected without end; attach it again.")

    async def _take(self, file: RemoteFile, answer: aiohttp.ClientResponse, limit: int, declared: str) -> bytes:
        if answer.status != 200:
            raise BadInput(f"{file.name} is no longer on Slack (status {answer.status}); attach it again.")
        data = bytearray()
        async for chunk in answer.content.iter_chunked(_CHUNK):
            data += chunk
            if len(data) > limit:
                raise BadInput(f"{file.name} is larger than {limit / 1e6:g} MB; attach a sample of it.")
        if answer.content_type == "text/html" and (declared != "text/html" or len(data) != file.size):
            raise BadInput(
                f"Slack showed a login page instead of {file.name}: the app lacks the scope files:read. "
                "The operator finds the fix with `roundtable doctor`."
            )
        return bytes(data)


class SlackUploads:
    """Attaches files.

    Their ids are remembered before the third step, so that after any break they can be asked for. Files of an
    earlier try that do not show are deleted before they are uploaded again: a late share can then double nothing.
    """

    def __init__(self, web: Web, blob: Blobs, looks: Sequence[float] = _LOOKS) -> None:
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
            # Nothing is shared yet: trying again cannot double anything.
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
            data = await self._read(session, upload)
            filename = upload.name.rpartition("/")[2]
            answer = await sent(self._web.client.files_getUploadURLExternal(filename=filename, length=len(data)))
            await self._put(str(answer["upload_url"]), data)
            return str(answer["file_id"])

    async def _read(self, session: str, upload: Upload) -> bytes:
        data = await asyncio.to_thread(upload_bytes, upload, session, self._blob)
        if not data:
            raise Refused(f"the bytes of {upload.name} are no longer in the work directory")
        return data

    async def _put(self, url: str, data: bytes) -> None:
        try:
            async with (
                self._web.connections() as http,
                http.post(url, data=data, timeout=_TIMEOUT, proxy=self._web.client.proxy) as answer,
            ):
                if answer.status != 200:
                    raise Unknown(f"the upload got the status {answer.status}")
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


def is_ours(url: str, access: Credentials) -> bool:
    """Whether the token may be sent there: Slack over TLS, or the host of SLACK_API_URL as it is configured."""
    parts = urlsplit(url)
    if (parts.scheme, parts.netloc.lower()) == (urlsplit(access.api_url).scheme, access.api_host):
        return True
    host = parts.hostname or ""
    if parts.scheme != "https" or parts.port not in (None, 443) or parts.username is not None:
        return False
    return any(host == name or host.endswith(f".{name}") for name in _FAMILY)


def _ref(file: RemoteFile) -> Mapping[str, Any]:
    try:
        ref = json.loads(file.ref)
    except ValueError:
        ref = None
    if not isinstance(ref, dict):
        raise BadInput(f"{file.name} was not attached in Slack; attach it again.")
    return ref


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
