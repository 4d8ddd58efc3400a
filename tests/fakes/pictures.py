"""The heads of pictures, of a kind and size that a test wants, and as long as it wants."""

from __future__ import annotations

import struct


def png(width: int = 64, height: int = 48, size: int = 60) -> bytes:
    head = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height) + b"\x08\x06\x00\x00\x00"
    return head.ljust(size, b"\0")


def gif(width: int = 64, height: int = 48) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\0\0\0"


def jpeg(width: int = 64, height: int = 48) -> bytes:
    exif = b"\xff\xe1" + struct.pack(">H", 8) + b"Exif\0\0"
    frame = b"\xff\xff\xc2" + struct.pack(">HBHHB", 17, 8, height, width, 3)
    return b"\xff\xd8" + exif + frame


def webp(width: int = 64, height: int = 48, kind: bytes = b"VP8X") -> bytes:
    match kind:
        case b"VP8X":
            body = b"\0\0\0\0" + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
        case b"VP8L":
            body = b"\x2f" + ((width - 1) | (height - 1) << 14).to_bytes(4, "little") + b"\0" * 8
        case _:
            body = b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", width, height)
    return b"RIFF\0\0\0\0WEBP" + kind + struct.pack("<I", len(body)) + body
