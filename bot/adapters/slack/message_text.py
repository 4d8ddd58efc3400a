"""The text of a message, with its code, from Slack's payloads: pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from bot.domain.events import CodeBlock
from bot.text.code_blocks import Piece, is_word, joined, pieces
from bot.text.languages import is_known

Element: TypeAlias = Mapping[str, Any]
Labels: TypeAlias = Mapping[str, str]
"""What the markup calls channels and groups, which rich text names by id alone."""

_LABELS = re.compile(r"<([#!][^<>|\n]+)\|([^<>\n]+)>")
_LINK = re.compile(r"<([a-z][a-z0-9+.-]*:[^<>|\n]+)(?:\|([^<>\n]*))?>")
_ID = re.compile(r"[A-Za-z0-9]+")
_FENCE = re.compile(r"`{3,}|~{3,}")
_STYLES = {"code": "`", "strike": "~", "italic": "_", "bold": "*"}
"""The marks of each style, the innermost first."""
_UNNAMED = frozenset({"auto", "none", "plain", "plain_text", "plaintext", "text"})
"""The names of languages that say nothing about the language of a box."""


def written(message: Element) -> str:
    """What a message says, in Slack's markup, with each block of code between Markdown's fences.

    Rich text, which people's clients send, says where code begins and ends; the markup beside it is only similar.
    """
    markup = _text(message, "text")
    labels = dict(_LABELS.findall(markup))
    found = [piece for element in _elements(message) for piece in _pieces(element, labels)]
    if not any(isinstance(piece, CodeBlock) or piece.strip() for piece in found):
        return _with_fences(markup)
    if not any(isinstance(piece, CodeBlock) for piece in found):
        return _with_fences("".join(map(str, found)))
    # A fence that is only shown as text must not look like one of the code's.
    return joined(piece if isinstance(piece, CodeBlock) else _FENCE.sub(_as_text, piece) for piece in found)


def _with_fences(markup: str) -> str:
    """Markup without rich text: its code is between fences, which may be anywhere in a line."""
    found = pieces(markup, is_known)
    if not any(isinstance(piece, CodeBlock) for piece in found):
        return markup
    return joined(
        CodeBlock(piece.language, _LINK.sub(_shown, piece.code)) if isinstance(piece, CodeBlock) else piece
        for piece in found
    )


def _elements(message: Element) -> Sequence[Element]:
    """The rich text of a message; nothing when that is not all of it."""
    blocks = _list(message, "blocks")
    if any(block.get("type") != "rich_text" for block in blocks):
        return ()
    return [element for block in blocks for element in _list(block, "elements")]


def _pieces(element: Element, labels: Labels) -> Iterator[Piece]:
    match element.get("type"):
        case "rich_text_preformatted":
            yield _code(element)
        case "rich_text_list":
            yield from (f"{line}\n" for line in _items(element, labels))
        case "rich_text_quote":
            yield "".join(f"&gt; {line}\n" for line in _inline(element, labels).split("\n"))
        case _:
            prose = _inline(element, labels)
            yield prose if prose.endswith("\n") else f"{prose}\n"


def _code(element: Element) -> CodeBlock:
    """A box; without a language of its own, a first line that is nothing but a known one's name says it."""
    code = "".join(_literal(run) for run in _list(element, "elements"))
    language = _text(element, "language").strip().lower()
    first, newline, rest = code.partition("\n")
    if not language and newline and is_known(first):
        language, code = first.strip().lower(), rest
    return CodeBlock(language if is_word(language) and language not in _UNNAMED else "", code)


def _literal(run: Element) -> str:
    return _escaped(_text(run, "text") or _text(run, "url")) or _run(run, {})


def _items(element: Element, labels: Labels) -> Iterator[str]:
    offset, indent = (element.get(key) if isinstance(element.get(key), int) else 0 for key in ("offset", "indent"))
    for number, item in enumerate(_list(element, "elements"), (offset or 0) + 1):
        mark = f"{number}." if element.get("style") == "ordered" else "•"
        yield f"{'    ' * min(indent or 0, 8)}{mark} {_inline(item, labels)}"


def _inline(element: Element, labels: Labels) -> str:
    return "".join(_run(run, labels) for run in _list(element, "elements"))


def _run(run: Element, labels: Labels) -> str:
    match run.get("type"):
        case "text":
            return _styled(_escaped(_text(run, "text")), run.get("style"))
        case "link":
            return _link(_text(run, "url"), _text(run, "text"))
        case "user":
            return _reference("@", _text(run, "user_id"), labels)
        case "channel":
            return _reference("#", _text(run, "channel_id"), labels)
        case "usergroup":
            return _reference("!subteam^", _text(run, "usergroup_id"), labels)
        case "broadcast":
            return _reference("!", _text(run, "range"), labels)
        case "emoji":
            tone = run.get("skin_tone")
            return f":{_escaped(_text(run, 'name'))}{f'::skin-tone-{tone}' if isinstance(tone, int) else ''}:"
    shown = (_text(run, key) for key in ("text", "fallback", "value", "url", "name"))
    return _escaped(next(filter(None, shown), ""))


def _styled(text: str, style: Any) -> str:
    """Text between the marks of its styles, as users type them."""
    core = text.strip()
    if not core or not isinstance(style, dict):
        return text
    marks = "".join(mark for name, mark in _STYLES.items() if style.get(name))
    return text.replace(core, f"{marks[::-1]}{core}{marks}", 1)


def _link(url: str, text: str) -> str:
    if not _LINK.fullmatch(f"<{url}>"):
        return _escaped(text or url)
    label = _escaped(text.replace("\n", " "))
    return f"<{url}|{label}>" if label else f"<{url}>"


def _reference(kind: str, name: str, labels: Labels) -> str:
    if not _ID.fullmatch(name):
        return ""
    target = f"{kind}{name}"
    return f"<{target}|{labels[target]}>" if target in labels else f"<{target}>"


def _shown(link: re.Match[str]) -> str:
    """What people see of a link."""
    return link[2] or link[1].removeprefix("mailto:")


def _as_text(fence: re.Match[str]) -> str:
    """A fence escaped, so that Markdown shows it as text."""
    return "".join(f"\\{character}" for character in fence[0])


def _escaped(text: str) -> str:
    """Text as Slack's markup has it, every character kept."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _list(found: Any, key: str) -> list[Element]:
    value = found.get(key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _text(found: Any, key: str) -> str:
    value = found.get(key)
    return value if isinstance(value, str) else ""
