"""One file: what kind it is, what is in it, or why that cannot be said."""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Callable
from typing import Any

from . import kinds, tables, texts

HEAD = 4096

Card = dict[str, Any]


def main(path: str) -> None:
    """Print the card of a file; nothing but the card, whatever libraries have to say."""
    answer = os.dup(1)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    warnings.simplefilter("ignore")
    os.write(answer, json.dumps(card(path)).encode())
    sys.stdout.flush()


def card(path: str) -> Card:
    """What is in a file, as JSON values."""
    with open(path, "rb") as source:
        head = source.read(HEAD)
    kind = kinds.sniff(path, head)
    try:
        return {"kind": kind, **READERS.get(kind, texts.read if not kind else nothing)(path)}
    except MemoryError:
        return {"kind": kind or "data", "problem": "it is too large to look into"}
    except Exception as error:
        return {"kind": kind or "data", "problem": f"it cannot be read: {shortened(error)}"}


def nothing(_path: str) -> Card:
    """Of a file that nobody here can look into, its kind is all there is."""
    return {}


def shortened(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 150 else text[:149] + "…"


READERS: dict[str, Callable[[str], Card]] = {
    "Excel workbook": tables.workbook,
    "Parquet table": tables.parquet,
    "Arrow table": tables.arrow,
    "SQLite database": tables.sqlite,
    **dict.fromkeys(kinds.PICTURES.values(), kinds.picture),
    "ZIP archive": kinds.archive,
    **dict.fromkeys(kinds.UNREADABLE, kinds.unreadable),
}
