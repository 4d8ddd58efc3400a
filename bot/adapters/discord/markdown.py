"""Untrusted Markdown made harmless for Discord; what is code stays as it is."""

from __future__ import annotations

import re
import unicodedata

_CODE = re.compile(r"\\.|```.*?```|(`{1,2})(?!`)(?:(?!\n\n).)*?(?<!`)\1(?!`)", re.DOTALL)
"""What Discord takes for code, and what a backslash takes from it."""
_LINK = re.compile(r"!?\[([^\]\n]*)\]\(\s*<?([^)\s>]*)>?[^)\n]*\)")
_URL = re.compile(r"<?\b(https?://[^\s<>`]*[^\s<>`).,;:!?'\"])>?")
_NAMES = re.compile(r"<(?=[@#:/ait])|@(?=everyone|here)", re.IGNORECASE)
_TABLE = re.compile(r"(?:^[ \t]*\|.*\|[ \t]*(?:\n|\Z)){2,}", re.MULTILINE)
_SPECIAL = re.compile(r"([\\*_~`|>#\[\]()<@:-])")
_GAP = "\u200b"


def harmless(text: str) -> str:
    """Text of a model: it mentions no one, links show their address and unfurl nothing, tables stay readable."""
    text = visible(text)
    if text.count("```") % 2:
        text += "\n```"
    pieces, at = [], 0
    for code in _CODE.finditer(text):
        if code[0].startswith("`"):
            pieces += [_prose(text[at : code.start()]), code[0]]
            at = code.end()
    return "".join([*pieces, _prose(text[at:])]).strip()


def fenced(text: str, language: str = "") -> str:
    """Text of a program in a block that it cannot end."""
    inner = visible(text).replace("```", f"`{_GAP}`{_GAP}`").strip("\n")
    return f"```{language}\n{inner}\n```"


def inline(text: str) -> str:
    """A name as inline code."""
    return "`" + visible(text).replace("`", "'").replace("\n", " ") + "`"


def escaped(text: str) -> str:
    """Text of a person that means nothing but itself."""
    return _SPECIAL.sub(r"\\\1", visible(text))


def moment(at: float) -> str:
    """A time (epoch seconds) that Discord shows by each reader's clock, and how far away it is."""
    return f"<t:{int(at)}:t> (<t:{int(at)}:R>)"


def visible(text: str) -> str:
    """Text without characters that hide, reorder or control."""
    text = text.replace("\r\n", "\n").encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return "".join(each for each in text if each in "\n\t\u200d" or unicodedata.category(each) not in ("Cc", "Cf"))


def _prose(text: str) -> str:
    text = _LINK.sub(lambda link: link[1] if link[1] == link[2] else f"{link[1]} ({link[2]})", text)
    # Links whose names have brackets or lines of their own.
    text = text.replace("](", f"]{_GAP}(")
    text = _NAMES.sub(lambda found: found[0] + _GAP, text)
    text = _URL.sub(lambda found: f"<{found[1]}>", text)
    return _TABLE.sub(lambda table: f"```\n{table[0].rstrip()}\n```\n", text)
