"""Workbooks in Microsoft's binary formats, which no package of the sandbox writes: a column `n` of two numbers."""

from __future__ import annotations

import io
import zipfile
from struct import pack

_NAMES = "http://schemas.openxmlformats.org/package/2006/relationships"
_RELATIONS = (
    f'<Relationships xmlns="{_NAMES}"><Relationship Id="rId1" Target="worksheets/sheet1.bin"/></Relationships>'
)


def xls() -> bytes:
    """BIFF2, one sheet without a container."""
    cell = b"\0\0\0"
    records = (
        (0x0009, pack("<HH", 7, 16)),
        (0x0042, pack("<H", 1252)),
        (0x0004, pack("<HH", 0, 0) + cell + b"\x01n"),
        (0x0002, pack("<HH", 1, 0) + cell + pack("<H", 1)),
        (0x0002, pack("<HH", 2, 0) + cell + pack("<H", 2)),
        (0x000A, b""),
    )
    return b"".join(pack("<HH", kind, len(body)) + body for kind, body in records)


def xlsb() -> bytes:
    """BIFF12, the parts that readers need."""
    book = _record(0x018F) + _record(0x019C, pack("<II", 0, 1) + _text("rId1") + _text("Sheet1")) + _record(0x0190)
    rows = (
        _record(0x0000, pack("<I", 0)),
        _record(0x0008, pack("<II", 0, 0) + _text("n")),
        _record(0x0000, pack("<I", 1)),
        _record(0x0005, pack("<IId", 0, 0, 1.0)),
        _record(0x0000, pack("<I", 2)),
        _record(0x0005, pack("<IId", 0, 0, 2.0)),
    )
    sheet = _record(0x0194, pack("<IIII", 0, 2, 0, 0)) + _record(0x0191) + b"".join(rows) + _record(0x0192)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as parts:
        parts.writestr("xl/workbook.bin", book)
        parts.writestr("xl/_rels/workbook.bin.rels", _RELATIONS)
        parts.writestr("xl/worksheets/sheet1.bin", sheet)
    return content.getvalue()


def _record(kind: int, body: bytes = b"") -> bytes:
    return pack("<H" if kind > 0xFF else "<B", kind) + bytes([len(body)]) + body


def _text(text: str) -> bytes:
    return pack("<I", len(text)) + text.encode("utf-16-le")
