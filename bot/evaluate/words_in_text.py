"""Words in a text, in any case and with any ending where that is wanted: pure."""

from __future__ import annotations

import re
import unicodedata


def has_word(text: str, word: str) -> bool:
    """Whether a text has a word or words; `*` at an end stands for more letters.

    Chinese and Japanese have no edges of words.
    """
    stem = _folded(word.strip("*"))
    edgeless = any(ord(character) >= 0x2E80 for character in stem)
    before = "" if word.startswith("*") or edgeless else r"(?<!\w)"
    after = "" if word.endswith("*") or edgeless else r"(?!\w)"
    return re.search(before + r"\s+".join(map(re.escape, stem.split())) + after, _folded(text)) is not None


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
