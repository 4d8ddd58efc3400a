"""Pictures as models take them: their kind and size by their content, and what they cost at worst. Pure."""

from __future__ import annotations

import re
import struct

from agents.models.port import Image

MOST = 4
"""Pictures in one request: the newest."""
LARGEST = 3_750_000
LONGEST_SIDE = 8_000
"""Bytes, and pixels a side, that the strictest provider takes (Amazon Bedrock; Anthropic's own takes 5 MB)."""
ENDINGS = (".png", ".jpg", ".jpeg", ".gif", ".webp")

_SMALL = re.compile(r"(.*/)?gpt-4o-mini")
_FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
"""The marks in a JPEG that its size follows."""


def read(name: str, data: bytes) -> Image | None:
    """The picture that these bytes are, by their head alone; None for anything else, and for what is too large."""
    media, width, height = _head(data)
    fits = len(data) <= LARGEST and 0 < width <= LONGEST_SIDE and 0 < height <= LONGEST_SIDE
    return Image(media, data, name, width, height) if media and fits else None


def worst(image: Image, model: str) -> int:
    """Tokens that a provider counts for a picture at most, as documented in November 2026.

    Gemini asks most of those that count by size, 258 for a tile of 256 to 768 pixels a side; Claude at most 4,784,
    OpenAI's newer models 10,000, open ones as Qwen one for 28 by 28 pixels. gpt-4o-mini has a price of its own:
    2,833 and 5,667 for each of up to 8 tiles.
    """
    if _SMALL.match(model):
        return 2_833 + 8 * 5_667
    return min(10_000 + image.width * image.height // 150, 32_000)


def likely(image: Image) -> int:
    """Tokens of the window that a picture takes in models that run on one's own machine."""
    return 1_601 + image.width * image.height // (28 * 28)


def _head(data: bytes) -> tuple[str, int, int]:
    """A picture's type, width and height; "" when it is none that models take."""
    if data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR" and len(data) >= 24:
        return ("image/png", *struct.unpack(">II", data[16:24]))
    if data.startswith((b"GIF87a", b"GIF89a")) and len(data) >= 10:
        return ("image/gif", *struct.unpack("<HH", data[6:10]))
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP" and len(data) >= 30:
        return ("image/webp", *_webp(data))
    if data.startswith(b"\xff\xd8\xff"):
        return ("image/jpeg", *_jpeg(data))
    return "", 0, 0


def _webp(data: bytes) -> tuple[int, int]:
    match data[12:16]:
        case b"VP8X":
            return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
        case b"VP8L":
            bits = int.from_bytes(data[21:25], "little")
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8 ":
            width, height = struct.unpack("<HH", data[26:30])
            return width & 0x3FFF, height & 0x3FFF
        case _:
            return 0, 0


def _jpeg(data: bytes) -> tuple[int, int]:
    """The size behind the first frame's mark: each segment before it says how long it is."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        mark = data[at + 1]
        if mark in _FRAMES:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        # Fill bytes, and marks that stand alone.
        at += 1 if mark == 0xFF else 2 if mark in (0x01, 0xD8) else 2 + _length(data, at)
    return 0, 0


def _length(data: bytes, at: int) -> int:
    return max(2, int.from_bytes(data[at + 2 : at + 4], "big"))
