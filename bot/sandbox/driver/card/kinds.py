"""What a file is by its content, whatever its name says."""

from __future__ import annotations

import zipfile
from typing import Any

PICTURES = {
    b"\x89PNG\r\n\x1a\n": "PNG picture",
    b"\xff\xd8\xff": "JPEG picture",
    b"GIF8": "GIF picture",
    b"BM": "BMP picture",
    b"II*\x00": "TIFF picture",
    b"MM\x00*": "TIFF picture",
}
SIGNATURES = {
    **PICTURES,
    b"PAR1": "Parquet table",
    b"ARROW1": "Arrow table",
    b"SQLite format 3\x00": "SQLite database",
    b"%PDF": "PDF document",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "old Office document",
    b"\x1f\x8b": "gzip archive",
    b"7z\xbc\xaf\x27\x1c": "7-Zip archive",
    b"Rar!": "RAR archive",
    b"BZh": "bzip2 archive",
    b"\xfd7zXZ\x00": "xz archive",
    b"\x7fELF": "Linux program",
    b"MZ": "Windows program",
}
OFFICE = {
    "xl/workbook.xml": "Excel workbook",
    "word/document.xml": "Word document",
    "ppt/presentation.xml": "PowerPoint file",
}
UNREADABLE = ("old Office document", "Word document", "PowerPoint file", "PDF document")
NAMED = 10


def sniff(path: str, head: bytes) -> str:
    """The kind of a file; empty when its content may be text."""
    if not head:
        return "empty file"
    for signature, kind in SIGNATURES.items():
        # Two letters begin many a text as well; what follows them in a text are no zeros.
        if head.startswith(signature) and (len(signature) > 2 or b"\x00" in head):
            return kind
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "WebP picture"
    return zipped(path) if head.startswith(b"PK\x03\x04") else ""


def zipped(path: str) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except zipfile.BadZipFile:
        return "ZIP archive"
    return next((kind for name, kind in OFFICE.items() if name in names), "ZIP archive")


def archive(path: str) -> dict[str, Any]:
    """What lies in an archive, by its own table; nothing is unpacked."""
    with zipfile.ZipFile(path) as opened:
        names = opened.namelist()
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return {"note": f"holds {', '.join(name[:80] for name in names[:NAMED])}{more}"}


def picture(path: str) -> dict[str, Any]:
    """The size of a picture, which is not decoded."""
    from PIL import Image  # noqa: PLC0415  (only pictures need it)

    with Image.open(path) as image:
        return {"note": f"{image.width:,} × {image.height:,} pixels"}


def unreadable(_path: str) -> dict[str, Any]:
    return {"problem": "nothing here can read it; save it as CSV, XLSX or text"}
