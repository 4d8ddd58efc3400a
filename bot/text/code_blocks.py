"""Code as people write it in a message, a form or a file: read whole, or not at all.

Messages, forms, edits and files are all read here. What agents write is read by `bot.text.fence_parsing`: there a
guess is needed where a person can be asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

from bot.domain.events import CodeBlock
from bot.text.languages import canonical, ending, is_known, language_of_file

Piece: TypeAlias = str | CodeBlock
"""Prose as it stands, or a block; its language is the fence's tag in lower case, "" without one."""
Names: TypeAlias = Callable[[str], bool]
"""Whether what stands right behind a fence is the name of a language, and not the first line of the code."""

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_OPENING = re.compile(r" {0,3}(`{3,}+(?!.*`)|~{3,}+)(.*)\n?")
_LOOSE = re.compile(r"```|^ {0,3}~~~", re.MULTILINE)
_LOOSE_BLOCK = re.compile(
    r"(?<![`\"'(\[{=\\])```(?!`)(?P<code>.*?)(?P<line>(?<=\n) {0,3})?```(?!`)"
    r"(?:(?=(?P<word>\S+[ \t]*$))|[ \t]*\n?)",
    re.DOTALL | re.MULTILINE,
)
_QUOTED = re.compile(r"^[ \t]*(?:>|&gt;).*\Z", re.MULTILINE)
_TOO_LONG = re.compile(r"(?:^[ \t]*`+|```)\Z", re.MULTILINE)
_WORD = re.compile(r"[a-z0-9_+\-.#]+", re.IGNORECASE)
_TICKS = re.compile(r"`+")


def is_word(word: str) -> bool:
    """Whether Markdown takes it for the name of a language, known or not."""
    return is_known(word) or _WORD.fullmatch(word) is not None


def pieces(text: str, names: Names = is_word) -> tuple[Piece, ...]:
    """Prose and code of a text, in order; nothing at all where it is unclear which is which.

    Fences on lines of their own are Markdown. Where not all stand so, code is what chats show as code: it may
    begin right behind the opening fence and end right before the closing one. Code always ends with a newline.
    """
    text = text.replace("\r\n", "\n")
    return _as_markdown(text, names) or _as_shown(text, names)


def joined(found: Iterable[Piece]) -> str:
    """Pieces as Markdown in which `pieces` finds the same code."""
    text = ""
    for piece in found:
        if isinstance(piece, CodeBlock):
            above = text if not text or text.endswith("\n") else text.rstrip(" \t") + "\n"
            text = f"{above}{_fenced(piece)}\n"
        else:
            text += piece
    return text


def blocks_in(text: str) -> tuple[CodeBlock, ...]:
    """The fenced blocks of a text a person wrote; without any fence all of it is one block of Python.

    None at all where it is unclear what was meant to run, as when a fence is left open.
    """
    found = pieces(text)
    blocks = tuple(
        CodeBlock(canonical(piece.language or "python"), piece.code)
        for piece in found
        if isinstance(piece, CodeBlock)
    )
    if blocks or not found or not text.strip():
        return blocks
    return (CodeBlock("python", text.replace("\r\n", "\n").strip("\n") + "\n"),)


def blocks_in_file(name: str, data: bytes) -> tuple[CodeBlock, ...]:
    """The code in a file a person gave: all of it where the name says of what language it is, else its blocks.

    Raises UnicodeDecodeError for what is not text in UTF-8.
    """
    text = data.decode("utf-8-sig")
    language = language_of_file(name)
    return (CodeBlock(language, text),) if language else blocks_in(text)


def is_fenced(text: str) -> bool:
    """Whether a text has a fence, closed or not."""
    return _LOOSE.search(text) is not None


def fenced(blocks: Sequence[CodeBlock]) -> str:
    """Blocks as a text in which `blocks_in` finds the same code."""
    return "\n\n".join(map(_fenced, blocks))


def file_names(blocks: Sequence[CodeBlock]) -> list[str]:
    """A file's name for each block; attached again, in an edit, they are the same blocks."""
    endings = [ending(block.language) or ".py" for block in blocks]
    return [
        f"code-{number}{suffix}" if len(blocks) > 1 else f"code{suffix}"
        for number, suffix in enumerate(endings, 1)
    ]


def _as_markdown(text: str, names: Names) -> tuple[Piece, ...]:
    """Nothing where a fence is left open, or stands within a line."""
    found: list[Piece] = []
    prose = ""
    lines = iter(_LINE.findall(text))
    for line in lines:
        if opening := _OPENING.fullmatch(line):
            code = _until_closed(lines, opening[1])
            if code is None:
                return ()
            found += [prose, _block(opening[2], code, names)]
            prose = ""
        elif is_fenced(line):
            return ()
        else:
            prose += line
    return _kept([*found, prose])


def _until_closed(lines: Iterator[str], fence: str) -> str | None:
    closing = re.compile(rf" {{0,3}}{fence}[ \t]*\n?")
    code: list[str] = []
    for line in lines:
        if closing.fullmatch(line):
            return "".join(code)
        code.append(line)
    return None


def _as_shown(text: str, names: Names) -> tuple[Piece, ...]:
    """Nothing where a fence is left over or may be another's, or a block is quoted: its lines have marks then."""
    found: list[Piece] = []
    end = 0
    for block in _LOOSE_BLOCK.finditer(text):
        prose = text[end : block.start()]
        opens_another = block["line"] is not None and block["word"]
        if opens_another or _TOO_LONG.search(block["code"]) or _QUOTED.search(prose):
            return ()
        first, newline, rest = block["code"].partition("\n")
        found += [prose, _block(first, rest, names) if newline else _block("", first, names)]
        end = block.end()
    found.append(text[end:])
    return () if any(is_fenced(piece) for piece in found if isinstance(piece, str)) else _kept(found)


def _kept(found: Sequence[Piece]) -> tuple[Piece, ...]:
    """Without empty prose, but never nothing."""
    return tuple(piece for piece in found if piece != "") or ("",)


def _block(behind: str, code: str, names: Names) -> CodeBlock:
    """A block, from what stands right behind its opening fence and the lines below."""
    is_named = names(behind) and (is_known(behind) or code.strip("\n") != "")
    if behind.strip() and not is_named:
        code = f"{behind}\n{code}"
    language = behind.strip().lower() if is_named else ""
    return CodeBlock(language, code if code.endswith("\n") or not code else f"{code}\n")


def _fenced(block: CodeBlock) -> str:
    fence = "`" * max(3, 1 + max(map(len, _TICKS.findall(block.code)), default=0))
    code = block.code if block.code.endswith("\n") or not block.code else f"{block.code}\n"
    return f"{fence}{block.language}\n{code}{fence}"
