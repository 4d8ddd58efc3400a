"""What Slack refuses of a message, in the strictest reading of its documentation and of public reports."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tests.platforms.slack.faults import Refusal

MAX_TEXT = 40_000
MAX_BLOCKS = 50
MAX_ALL_BLOCKS = 13_200
_SECTION = 3000
_BUTTON = 75
_VALUE = 2000
_RICH = {"rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote"}
_INLINE = {"text", "link", "emoji", "user", "channel", "broadcast", "usergroup", "date"}
_BLOCKS = {"section", "context", "actions", "divider", "header", "rich_text", "image"}


def check(text: str, blocks: list[dict[str, Any]]) -> None:
    """Raises Refusal for a message that Slack would not take."""
    if not text and not blocks:
        raise Refusal("no_text")
    if len(blocks) > MAX_BLOCKS:
        raise Refusal("invalid_blocks")
    if len(json.dumps(blocks, ensure_ascii=False)) > MAX_ALL_BLOCKS:
        raise Refusal("msg_blocks_too_long")
    for block in blocks:
        _check_block(block)


def _check_block(block: Mapping[str, Any]) -> None:
    kind = block.get("type")
    if kind not in _BLOCKS:
        raise Refusal("invalid_blocks")
    if kind == "section" and not 1 <= len(block["text"]["text"]) <= _SECTION:
        raise Refusal("invalid_blocks")
    if kind == "rich_text":
        _check_rich(block["elements"])
    if kind in ("context", "actions") and not 1 <= len(block["elements"]) <= (10 if kind == "context" else 25):
        raise Refusal("invalid_blocks")
    for button in buttons([block]):
        if len(button["text"]["text"]) > _BUTTON or len(button.get("value", "")) > _VALUE:
            raise Refusal("invalid_blocks")


def _check_rich(elements: list[Mapping[str, Any]]) -> None:
    if not elements or any(element.get("type") not in _RICH for element in elements):
        raise Refusal("invalid_blocks")
    for element in elements:
        if element["type"] == "rich_text_list":
            if element.get("style") not in ("bullet", "ordered") or not 0 <= element.get("indent", 0) <= 8:
                raise Refusal("invalid_blocks")
            if any(item.get("type") != "rich_text_section" for item in element["elements"]):
                raise Refusal("invalid_blocks")
            sections = element["elements"]
        else:
            sections = [element]
        for inline in (inline for section in sections for inline in section["elements"]):
            if inline.get("type") not in _INLINE or inline.get("text") == "":
                raise Refusal("invalid_blocks")


def buttons(blocks: list[dict[str, Any]] | list[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every button in blocks."""
    for block in blocks:
        found = [*block.get("elements", ())] if block["type"] == "actions" else [block.get("accessory") or {}]
        yield from (element for element in found if element.get("type") == "button")
