"""What an agent's message means: code to run, a question, the end, or just words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.events import Asks, Code, CodeBlock, Finished, Said

_END = "TERMINATE"
_ONE_NAME = {"py": "python", "python3": "python", "sh": "bash", "shell": "bash"}
"""One name for each language, for everything that shows code; models write Bash in blocks that they call sh."""
_PROSE = frozenset(
    {
        *("text", "txt", "plain", "output", "console", "markdown", "md", "csv", "json", "diff"),
        *("toml", "yaml", "html", "xml", "css", "ini", "latex", "mermaid"),
    }
)

_NEWLINE = re.compile(r"\r\n?|\n")
"""What Markdown counts as the end of a line; Python knows more, and would number the lines in another way."""
_QUESTION = re.compile(r"\s*(?P<markup>[*_`]*)ASK:(?P<closed>(?P=markup))?\s*(?P<question>\S.*)")

_markdown = MarkdownIt("commonmark")


@lru_cache(maxsize=128)  # A turn reads the newest messages several times, and parsing costs.
def read(text: str) -> Said | Code | Asks | Finished:
    """Read one message of an agent. Code goes first: a question or the end beside code is not heard."""
    tokens = _markdown.parse(text)
    if blocks := _runnable(tokens):
        return Code(text, blocks)
    lines = _NEWLINE.split(text.rstrip())
    if _in_fence(tokens, len(lines) - 1):
        return Said(text)
    body, last = "\n".join(lines[:-1]).strip(), lines[-1]
    if last.strip("*_`.! \t") == _END:
        return Finished(body)
    if found := _QUESTION.fullmatch(last.rstrip()):
        question = found["question"] if found["closed"] else found["question"].removesuffix(found["markup"])
        return Asks(body, question) if question.strip() else Said(text)
    return Said(text)


def code_blocks(text: str) -> tuple[CodeBlock, ...]:
    """The fenced blocks of a message that are meant to be run, in order.

    Blocks of data or output are not, nor is what the message quotes.
    """
    return _runnable(_markdown.parse(text))


def _runnable(tokens: Sequence[Token]) -> tuple[CodeBlock, ...]:
    blocks = []
    quotes = 0
    for token in tokens:
        quotes += {"blockquote_open": 1, "blockquote_close": -1}.get(token.type, 0)
        if token.type == "fence" and not quotes and token.content.strip():
            tag = _tag(token.info)
            if tag and tag not in _PROSE:
                blocks.append(CodeBlock(_ONE_NAME.get(tag, tag), token.content))
    return tuple(blocks)


def _tag(info: str) -> str:
    """The language of a fence: its first word, without the attributes that some renderers know."""
    words = re.split(r"[\s,:{}]+", info.strip("{} \t"))
    return words[0].lower().strip(".")


def _in_fence(tokens: Sequence[Token], line: int) -> bool:
    return any(token.type == "fence" and token.map and token.map[0] <= line < token.map[1] for token in tokens)
