"""Whether a PNG opens: its chunks, their checksums, and as many pixels as it says. Pure, and without a library."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_MOST_PIXELS = 100_000_000


def is_png(data: bytes) -> bool:
    """Whether the bytes are a whole PNG; one that is interlaced is not counted out."""
    try:
        chunks = list(_chunks(data))
        width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", dict(chunks)[b"IHDR"])
        if not 0 < width * height <= _MOST_PIXELS or chunks[-1][0] != b"IEND":
            return False
        row = 1 + (width * _CHANNELS[colour] * depth + 7) // 8
        packed = b"".join(body for kind, body in chunks if kind == b"IDAT")
        pixels = zlib.decompressobj().decompress(packed, row * height + 1)
    except (ValueError, KeyError, IndexError, struct.error, zlib.error):
        return False
    return bool(interlaced) or len(pixels) == row * height


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Every chunk's kind and body; raises ValueError at what is broken."""
    if not data.startswith(_SIGNATURE):
        raise ValueError("no PNG")
    at = len(_SIGNATURE)
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + length]
        (checksum,) = struct.unpack(">I", data[at + 8 + length : at + 12 + length])
        if zlib.crc32(kind + body) != checksum:
            raise ValueError("a chunk is broken")
        yield kind, body
        at += 12 + length
        if kind == b"IEND":
            return
