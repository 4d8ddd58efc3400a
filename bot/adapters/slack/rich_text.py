"""Untrusted Markdown as elements of Slack's rich text.

Rich text has no markup inside: what looks like a mention, a link or a button stays text. A link shows the address
it leads to, so that no label can lie about it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, TypeAlias

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from bot.adapters.slack.mrkdwn import clean

Element: TypeAlias = dict[str, Any]
Style: TypeAlias = frozenset[str]

_MAX_MARKDOWN = 40_000
"""Longer texts are attached in any case; parsing them would block the loop."""
_MAX_URL = 2000
_MAX_INDENT = 8
_MAX_NESTING = 20
"""The parser drops what is nested deeper, so such a text is shown unparsed."""
_CELL = 40
_PLAIN: Style = frozenset()
_STYLES = {"strong": "bold", "em": "italic", "s": "strike"}
_BREAKS = {"softbreak": "\n", "hardbreak": "\n"}


def elements(markdown: str) -> list[Element]:
    """Markdown as sections, lists, quotes and preformatted text, in order."""
    text = clean(markdown)
    tokens = _MARKDOWN.parse(text) if len(text) <= _MAX_MARKDOWN else None
    if tokens is None or any(token.level >= _MAX_NESTING - 1 for token in tokens):
        return [section([plain(text)])]
    return _spaced(list(_blocks(SyntaxTreeNode(tokens).children)))


def section(inlines: Sequence[Element]) -> Element:
    """A line or paragraph; Slack takes no empty run and no empty paragraph."""
    return {
        "type": "rich_text_section",
        "elements": [run for run in inlines if run.get("text") != ""] or [plain(" ")],
    }


def preformatted(text: str) -> Element:
    """Text in a box, as it stands."""
    return {"type": "rich_text_preformatted", "elements": [plain(clean(text).rstrip("\n") or " ")]}


def plain(text: str, *styles: str) -> Element:
    """A run of text."""
    run: Element = {"type": "text", "text": text}
    return run | {"style": dict.fromkeys(sorted(styles), True)} if styles else run


def _blocks(nodes: Sequence[SyntaxTreeNode]) -> Iterator[Element]:
    for node in nodes:
        match node.type:
            case "paragraph":
                yield from _section(_inline(node))
            case "heading":
                yield from _section(_inline(node, frozenset({"bold"})))
            case "fence" | "code_block":
                yield preformatted(node.content)
            case "bullet_list" | "ordered_list":
                yield from _list(node, 0)
            case "blockquote":
                yield from _quote(node)
            case "table":
                yield preformatted(_table(node))
            case "hr":
                yield section([plain("———")])
            case _:
                yield from _section([plain(node.content)] if node.content else [])


def _section(inlines: Sequence[Element]) -> Iterator[Element]:
    if inlines:
        yield section(inlines)


def _list(node: SyntaxTreeNode, indent: int) -> Iterator[Element]:
    style = "ordered" if node.type == "ordered_list" else "bullet"
    first = int(node.attrs.get("start") or 1)
    for number, item in enumerate(node.children, first):
        paragraphs = [child for child in item.children if child.type in ("paragraph", "heading")]
        inlines = _joined([_inline(child) for child in paragraphs])
        line: Element = {"type": "rich_text_list", "style": style, "indent": min(indent, _MAX_INDENT)}
        if style == "ordered" and number > 1:
            line["offset"] = number - 1
        yield line | {"elements": [section(inlines or [plain(" ")])]}
        for child in item.children:
            if child.type in ("bullet_list", "ordered_list"):
                yield from _list(child, indent + 1)
            elif child not in paragraphs:
                yield from _blocks([child])


def _quote(node: SyntaxTreeNode) -> Iterator[Element]:
    """Paragraphs keep their bar; everything else that is quoted stands alone."""
    for child in node.children:
        if child.type == "paragraph":
            if inlines := _inline(child):
                yield {"type": "rich_text_quote", "elements": inlines}
        else:
            yield from _blocks([child])


def _inline(node: SyntaxTreeNode, style: Style = _PLAIN) -> list[Element]:
    runs: list[Element] = []
    for run in (run for child in node.children for run in _runs(child, style)):
        if runs and run["type"] == runs[-1]["type"] == "text" and run.get("style") == runs[-1].get("style"):
            runs[-1] = runs[-1] | {"text": runs[-1]["text"] + run["text"]}
        else:
            runs.append(run)
    return runs


def _runs(node: SyntaxTreeNode, style: Style) -> Iterator[Element]:
    match node.type:
        case "inline" | "strong" | "em" | "s":
            inner = style | {_STYLES[node.type]} if node.type in _STYLES else style
            for child in node.children:
                yield from _runs(child, inner)
        case "code_inline":
            yield plain(node.content, *style, "code")
        case "link":
            label = [run for child in node.children for run in _runs(child, style)]
            yield from _link(label, str(node.attrs.get("href", "")))
        case "image":
            yield from _link([plain(node.content or "picture", *style)], str(node.attrs.get("src", "")))
        case kind:
            if text := _BREAKS.get(kind, node.content):
                yield plain(text, *style)


def _link(label: Sequence[Element], address: str) -> Iterator[Element]:
    if not address.lower().startswith(("http://", "https://", "mailto:")) or len(address) > _MAX_URL:
        yield from label
        return
    link: Element = {"type": "link", "url": address}
    shown = "".join(str(run.get("text", "")) for run in label)
    if shown in ("", address, address.removeprefix("mailto:")):
        yield link
        return
    yield from label
    yield plain(" (")
    yield link
    yield plain(")")


def _table(node: SyntaxTreeNode) -> str:
    rows = [
        [_cell_text(cell).replace("\n", " ") for cell in row.children]
        for part in node.children
        for row in part.children
    ]
    short = [[cell if len(cell) <= _CELL else cell[: _CELL - 1] + "…" for cell in row] for row in rows]
    columns = max((len(row) for row in short), default=0)
    widths = [max((len(row[index]) for row in short if index < len(row)), default=0) for index in range(columns)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)) for row in short]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(line.rstrip() for line in lines)


def _cell_text(node: SyntaxTreeNode) -> str:
    return "".join(str(run.get("text") or run.get("url", "")) for run in _inline(node))


def _joined(paragraphs: Sequence[list[Element]]) -> list[Element]:
    joined: list[Element] = []
    for inlines in paragraphs:
        joined += [plain("\n"), *inlines] if joined else inlines
    return joined


def _spaced(found: list[Element]) -> list[Element]:
    """An empty line between paragraphs, which Slack would set close."""
    for element, following in pairwise(found):
        if element["type"] == following["type"] == "rich_text_section":
            element["elements"] = [*element["elements"], plain("\n")]
    return found


def _any_link(url: str) -> bool:  # noqa: ARG001  markdown-it names it
    return True


def _markdown() -> MarkdownIt:
    options = {"html": False, "linkify": False, "maxNesting": _MAX_NESTING}
    markdown = MarkdownIt("commonmark", options).enable(["table", "strikethrough"])
    # Every address is parsed as one, and `_link` alone decides what becomes a link.
    markdown.validateLink = _any_link  # type: ignore[method-assign]
    return markdown


_MARKDOWN = _markdown()
