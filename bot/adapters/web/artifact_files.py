"""The bytes of artifacts over HTTP, such that no browser ever runs them."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path, PurePosixPath

from fastapi import HTTPException
from fastapi.responses import FileResponse

from bot.text import safe_names

INERT = {
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}

_DIGEST = re.compile(r"[0-9a-f]{64}")


def is_digest(text: str) -> bool:
    """Whether this is a SHA-256 as we write it."""
    return _DIGEST.fullmatch(text) is not None


def raster(head: bytes) -> str | None:
    """The media type of a picture that is safe to show, by its first 16 bytes; None for anything else, SVG too."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return None


async def serve(path: Path | None, name: str, *, forever: bool) -> FileResponse:
    """A download named like the last part of `name`; `forever` when the address can never mean other bytes."""
    head = await asyncio.to_thread(_head, path) if path else None
    if path is None or head is None:
        raise HTTPException(404, "The content of this file is no longer here.")
    # Only this type is taken from the name: no browser shows a notebook, whatever the file holds.
    promised = (
        safe_names.NOTEBOOK if safe_names.media_type(name) == safe_names.NOTEBOOK else "application/octet-stream"
    )
    caching = "private, max-age=31536000, immutable" if forever else "private, no-cache"
    return FileResponse(
        path,
        media_type=raster(head) or promised,
        filename=PurePosixPath(name).name or "file",
        # An <img> still shows it.
        content_disposition_type="attachment",
        headers={**INERT, "Cache-Control": caching},
    )


def _head(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            return file.read(16)
    except OSError:
        return None
