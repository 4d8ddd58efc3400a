"""Code as people write it in a message, a form or a file: blocks between fences."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath

from bot.events import CodeBlock

_FENCED = re.compile(r"^ {0,3}(`{3,}|~{3,})([^\n`]*)\n(.*?)^ {0,3}\1[`~]*[ \t]*$", re.MULTILINE | re.DOTALL)
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})", re.MULTILINE)
_TICKS = re.compile(r"`+")
_PYTHON = ("", "py", "python3")
_ENDINGS = {".py": "python", ".sh": "bash", ".bash": "bash"}


def blocks_in(text: str) -> tuple[CodeBlock, ...]:
    """The fenced blocks of a text a person wrote; without any fence all of it is one block of Python.

    None at all when a fence is left open: what was meant to run is unclear.
    """
    text = text.replace("\r\n", "\n")
    fenced = _FENCED.findall(text)
    if _FENCE.search(_FENCED.sub("", text)):
        return ()
    if not fenced:
        return (CodeBlock("python", text.strip("\n") + "\n"),) if text.strip() else ()
    return tuple(CodeBlock(_language(tag), code) for _, tag, code in fenced)


def blocks_in_file(name: str, data: bytes) -> tuple[CodeBlock, ...]:
    """The code in a file a person gave: all of it where the name says of what language it is, else its blocks.

    Raises UnicodeDecodeError for what is not text in UTF-8.
    """
    text = data.decode("utf-8-sig")
    language = _ENDINGS.get(PurePath(name).suffix.lower())
    return (CodeBlock(language, text),) if language else blocks_in(text)


def is_fenced(text: str) -> bool:
    """Whether a text has a fence, closed or not."""
    return _FENCE.search(text) is not None


def fenced(blocks: Sequence[CodeBlock]) -> str:
    """Blocks as a text in which `blocks_in` finds the same code."""
    return "\n\n".join(map(_fenced, blocks))


def file_names(blocks: Sequence[CodeBlock]) -> list[str]:
    """A file's name for each block; attached again, in an edit, they are the same blocks."""
    endings = [".sh" if block.language in ("bash", "sh") else ".py" for block in blocks]
    return [
        f"code-{number}{ending}" if len(blocks) > 1 else f"code{ending}"
        for number, ending in enumerate(endings, 1)
    ]


def _fenced(block: CodeBlock) -> str:
    fence = "`" * max(3, 1 + max(map(len, _TICKS.findall(block.code)), default=0))
    code = block.code if block.code.endswith("\n") else f"{block.code}\n"
    return f"{fence}{block.language}\n{code}{fence}"


def _language(tag: str) -> str:
    word = tag.strip().lower().partition(" ")[0]
    return "python" if word in _PYTHON else "bash" if word in ("sh", "shell") else word
