"""What Slack's client sends of what somebody composes: rich text, and beside it the same as markup."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any, TypeAlias

_RUN = re.compile(
    r"<(?P<inner>[@#!][^<>\n]*|[a-z][a-z0-9+.-]*:[^<>\n]+)>|`(?P<code>[^`\n]+)`|\*(?P<bold>[^*\n]+)\*"
)

Element: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Box:
    """A box of code; the client offers to choose its language."""

    code: str
    language: str = ""


Part: TypeAlias = str | Box
"""Prose in Slack's markup, or code as it is."""


def typed(markup: str) -> list[Part]:
    """What somebody types or pastes into the composer; three ticks open a box, and close it."""
    parts = re.split(r"```(.*?)```", markup, flags=re.DOTALL)
    return [Box(html.unescape(part.strip("\n"))) if odd else part for odd, part in _numbered(parts)]


def sent(parts: list[Part]) -> tuple[str, list[Element]]:
    """The text and the blocks of a message."""
    text = "".join(part if isinstance(part, str) else f"```{_escaped(part.code)}```" for part in parts)
    elements = [_box(part) if isinstance(part, Box) else _section(part) for part in parts if part]
    return text, [{"type": "rich_text", "block_id": "b1", "elements": elements}] if elements else []


def _numbered(parts: list[str]) -> list[tuple[bool, str]]:
    return [(number % 2 == 1, part) for number, part in enumerate(parts)]


def _box(box: Box) -> Element:
    made: Element = {"type": "rich_text_preformatted", "elements": [_text(box.code)], "border": 0}
    return made | {"language": box.language} if box.language else made


def _section(markup: str) -> Element:
    runs: list[Element] = []
    end = 0
    for found in _RUN.finditer(markup):
        runs += [_text(html.unescape(markup[end : found.start()])), _run(found)]
        end = found.end()
    runs.append(_text(html.unescape(markup[end:])))
    return {"type": "rich_text_section", "elements": [run for run in runs if run.get("text") != ""]}


def _run(found: re.Match[str]) -> Element:
    for style in ("code", "bold"):
        if found[style]:
            return _text(html.unescape(found[style])) | {"style": {style: True}}
    target, _, label = found["inner"].partition("|")
    match target[0], target[1:]:
        case "@", user:
            return {"type": "user", "user_id": user}
        case "#", channel:
            return {"type": "channel", "channel_id": channel}
        case "!", group if group.startswith("subteam^"):
            return {"type": "usergroup", "usergroup_id": group.removeprefix("subteam^")}
        case "!", everybody:
            return {"type": "broadcast", "range": everybody}
    return {"type": "link", "url": target} | ({"text": label} if label else {})


def _text(text: str) -> Element:
    return {"type": "text", "text": text}


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
