"""A session of another process, for the terminal: a client of its REST API."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import ExitStack, aclosing
from pathlib import Path
from typing import Any, Self

import httpx
from httpx_sse import ServerSentEvent, aconnect_sse

from bot.adapters.console.asking import TerminalChoice, is_open
from bot.adapters.console.feed import News
from bot.domain import json_codec
from bot.domain.errors import BadInput, OperatorError
from bot.domain.participants import Hint
from bot.domain.views import Entry, FileView

_NO_ENTRIES = ("session", "hint", "card")
_TIMEOUT = httpx.Timeout(10, read=60)


class RestFeed:
    """Implements `Feed` over HTTP; `token` is sent as Bearer when it is set."""

    def __init__(self, url: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.AsyncClient(base_url=url, headers=headers, timeout=_TIMEOUT, trust_env=False)
        self._seen: dict[str, int] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def start(self, task: str, files: Sequence[Path], team: str | None) -> str:
        """Start a session and return its id; raises BadInput."""
        answer = await self._post("/api/sessions", {"task": task} | ({"team": team} if team else {}), files)
        return str(answer["id"])

    async def reply(self, session_id: str, text: str, files: Sequence[Path]) -> None:
        """Say something in a session; raises BadInput."""
        await self._post(f"/api/sessions/{session_id}/messages", {"text": text}, files)

    async def decide(self, session_id: str, choice: TerminalChoice) -> None:
        """Decide about a card; raises BadInput."""
        blocks = [{"language": block.language, "code": block.code} for block in choice.blocks]
        decision = {
            "request": choice.request,
            "verdict": choice.verdict,
            "digest": choice.digest,
            "reason": choice.reason,
            "blocks": blocks,
            "amount": choice.amount,
        }
        await self._post(f"/api/sessions/{session_id}/decisions", decision, ())

    async def skip(self, session_id: str) -> Entry | None:
        """Do not show what has been said so far; returns the card about which nothing is decided yet."""
        waits: Entry | None = None
        async with aclosing(self._stream(session_id)) as stream:
            async for event in stream:
                if event.event == "session":
                    break
                news = _news(event)
                waits = news if isinstance(news, Entry) and is_open(news) else waits
        return waits

    async def stop(self, session_id: str) -> None:
        """Stop a session."""
        await self._post(f"/api/sessions/{session_id}/stop", {}, ())

    async def delete(self, session_id: str) -> None:
        """Delete a session; returns when nothing of it is left. Raises BadInput."""
        # Without a limit: stopping the team and cleaning the tables may take long.
        await self._send("DELETE", f"/api/sessions/{session_id}", timeout=None)

    async def news(self, session_id: str) -> AsyncGenerator[News, None]:
        """Every line of the thread that was not shown yet, and then what comes; ends only by raising."""
        async with aclosing(self._stream(session_id)) as stream:
            async for event in stream:
                # How a card ended is told by the entries that follow it.
                if event.event != "card":
                    yield _news(event)
        # A stream ends when the server closes or the session is deleted.
        await self._send("GET", f"/api/sessions/{session_id}")
        raise OperatorError(self._went_away())

    async def files(self, session_id: str) -> Sequence[FileView]:
        """The workspace."""
        answer = await self._send("GET", f"/api/sessions/{session_id}/files")
        return json_codec.files.validate_json(answer.content)

    async def read(self, session_id: str, file: FileView) -> bytes:
        """A file's bytes."""
        answer = await self._send("GET", f"/api/sessions/{session_id}/blobs/{file.file.digest}")
        return answer.content

    async def _post(self, path: str, fields: dict[str, Any], files: Sequence[Path]) -> dict[str, Any]:
        with ExitStack() as stack:
            try:
                attached = [("files", (file.name, stack.enter_context(file.open("rb")))) for file in files]
            except OSError as error:
                raise BadInput(f"{error.filename} cannot be read: {error.strerror}.") from None
            body: dict[str, Any] = {"data": fields, "files": attached} if attached else {"json": fields}
            answer = await self._send("POST", path, **body)
        result: dict[str, Any] = answer.json()
        return result

    async def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        try:
            answer = await self._http.request(method, path, **request)
        except httpx.TransportError as error:
            raise OperatorError(f"The Roundtable at {self._http.base_url} does not answer: {error}.") from error
        await _check(answer)
        return answer

    async def _stream(self, session_id: str) -> AsyncGenerator[ServerSentEvent, None]:
        path, after = f"/api/sessions/{session_id}/events", {"after": self._seen.get(session_id, 0)}
        try:
            async with aconnect_sse(self._http, "GET", path, params=after) as source:
                await _check(source.response)
                async for event in source.aiter_sse():
                    if not event.data:
                        continue  # not dispatched by the standard, as a comment or a lone field is not
                    if event.event not in _NO_ENTRIES:
                        self._seen[session_id] = int(event.id)
                    yield event
        except httpx.TransportError as error:
            raise OperatorError(self._went_away()) from error

    def _went_away(self) -> str:
        return f"The Roundtable at {self._http.base_url} went away; the session continues when it is back."


def _news(event: ServerSentEvent) -> News:
    match event.event:
        case "session":
            return json_codec.session.validate_json(event.data)
        case "hint":
            hint = json.loads(event.data)
            return Hint(hint["agent"], hint["doing"])
        case _:
            return json_codec.entry.validate_json(event.data)


async def _check(answer: httpx.Response) -> None:
    if answer.is_success:
        return
    await answer.aread()
    try:
        sentence = str(answer.json()["detail"])
    except (ValueError, KeyError):
        sentence = f"It answered with HTTP {answer.status_code}."
    if answer.status_code == 401:
        raise OperatorError(f"The running Roundtable wants its token: set ROUNDTABLE_API_TOKEN. ({sentence})")
    raise BadInput(sentence)
