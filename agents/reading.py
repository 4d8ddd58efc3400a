"""What an agent's message means: code to run, a question, the end, or just words."""

from __future__ import annotations

from markdown_it import MarkdownIt

from bot.events import Asks, Code, CodeBlock, Finished, Said

_ASK = "ASK:"
_END = "TERMINATE"
_RUNNABLE = {
    "python": "python",
    "py": "python",
    "python3": "python",
    "bash": "bash",
    "sh": "bash",
    "shell": "bash",
}
_PROSE = frozenset(
    {
        *("text", "txt", "plain", "output", "console", "markdown", "md", "csv", "json", "diff"),
        *("toml", "yaml", "html", "xml", "css", "ini", "latex", "mermaid"),
    }
)

_markdown = MarkdownIt("commonmark")


def read(text: str) -> Said | Code | Asks | Finished:
    """Read one message of an agent. Code goes first: a question or the end beside code is not heard."""
    blocks = code_blocks(text)
    if blocks:
        return Code(text, blocks)
    body, last = _split_last_line(text)
    if last is None:
        return Said(text)
    bare = last.strip().strip("*_`. ")
    if bare == _END:
        return Finished(body.strip())
    if bare.startswith(_ASK) and (question := bare.removeprefix(_ASK).strip("* ")):
        return Asks(body.strip(), question)
    return Said(text)


def code_blocks(text: str) -> tuple[CodeBlock, ...]:
    """The fenced blocks of a message that are meant to be run, in order; blocks of data or output are not."""
    blocks = []
    for token in _markdown.parse(text):
        if token.type != "fence" or not token.content.strip():
            continue
        words = token.info.split()
        tag = words[0].lower().strip("{}.") if words else ""
        if tag not in _PROSE and tag:
            blocks.append(CodeBlock(_RUNNABLE.get(tag, tag), token.content))
    return tuple(blocks)


def _split_last_line(text: str) -> tuple[str, str | None]:
    """The message without its last line, and that line; None when it stands inside a fence."""
    lines = text.rstrip().splitlines()
    if not lines:
        return "", None
    for token in _markdown.parse(text):
        if token.type == "fence" and token.map and token.map[0] <= len(lines) - 1 < token.map[1]:
            return text, None
    return "\n".join(lines[:-1]), lines[-1]
