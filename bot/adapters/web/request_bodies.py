"""What people send over HTTP: JSON, or a multipart form with files."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

from fastapi import HTTPException, Request
from python_multipart.multipart import parse_options_header
from starlette.requests import ClientDisconnect

from bot.adapters.web.uploads import MAX_TEXT, Sent, UploadTooLarge, WebUploads
from bot.domain.errors import BadInput


async def read_form(request: Request, uploads: WebUploads) -> Sent:
    """The fields and files of a request; raises BadInput, TooLarge, or HTTPException for a wrong content type."""
    uploads.refuse_declared(_declared(request))
    kind, options = parse_options_header(request.headers.get("content-type"))
    body = (chunk async for chunk in _body(request) if chunk)
    if kind == b"multipart/form-data":
        if not options.get(b"boundary"):
            raise BadInput("The multipart form names no boundary.")
        return await uploads.receive(options[b"boundary"], body)
    if kind == b"application/json":
        return Sent(_fields(await _limited(body)))
    raise HTTPException(415, "Send application/json, or multipart/form-data when there are files.")


def _declared(request: Request) -> int:
    value = request.headers.get("content-length", "0")
    if not value.isdecimal():
        raise BadInput("The Content-Length is not a number.")
    return int(value)


async def _body(request: Request) -> AsyncIterator[bytes]:
    try:
        async for chunk in request.stream():
            yield chunk
    except ClientDisconnect:
        raise BadInput("The request broke off before its end.") from None


async def _limited(body: AsyncIterator[bytes]) -> bytes:
    data = bytearray()
    async for chunk in body:
        data += chunk
        if len(data) > MAX_TEXT:
            raise UploadTooLarge(f"A message may have {MAX_TEXT:,} bytes of text; attach the rest as a file.")
    return bytes(data)


def _fields(body: bytes) -> dict[str, object]:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        raise BadInput("The body is not valid JSON.") from None
    if not isinstance(fields, dict):
        raise BadInput("The body must be a JSON object.")
    return fields
