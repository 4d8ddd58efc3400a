"""Files that people attached: fetched from Slack alone, with the token shown to nobody else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.adapters.slack.credentials import Credentials
from bot.adapters.slack.web import Web, error_name, pool
from bot.domain.errors import BadInput
from bot.domain.events import RemoteFile

_REDIRECTS = 5
_CHUNK = 1 << 16
_TIMEOUT = aiohttp.ClientTimeout(total=300)
_FAMILY = ("slack.com", "slack-files.com")


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
        session = self._web.client.session
        own = None if session is not None and not session.closed else pool()
        try:
            http = own or session
            assert http is not None
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
        finally:
            if own is not None:
                await own.close()
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
                "Whoever runs Roundtable finds the fix with `roundtable doctor`."
            )
        return bytes(data)


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
