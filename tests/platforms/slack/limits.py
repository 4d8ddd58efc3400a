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
_TITLE = 24
_VIEW_BLOCKS = 100
_METADATA = 3000
_INPUT = 3000
_ID = 255
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
    actions = [button["action_id"] for button in buttons([block])]
    if len(actions) != len(set(actions)) or any(len(action) > _ID for action in actions):
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


def check_modal(view: Mapping[str, Any]) -> None:
    """Raises Refusal for a modal that Slack would not open."""
    titles = [view.get(name, {"text": "x"})["text"] for name in ("title", "submit", "close")]
    blocks = view.get("blocks", [])
    wrong = (
        view.get("type") != "modal"
        or "title" not in view
        or not all(1 <= len(title) <= _TITLE for title in titles)
        or not 1 <= len(blocks) <= _VIEW_BLOCKS
        or len(view.get("private_metadata", "")) > _METADATA
        or len(view.get("callback_id", "")) > _ID
        or (any(block["type"] == "input" for block in blocks) and "submit" not in view)
    )
    if wrong:
        raise Refusal("invalid_arguments")
    for block in blocks:
        _check_input(block)


def _check_input(block: Mapping[str, Any]) -> None:
    field = block.get("element", {})
    most = field.get("max_length", _INPUT)
    wrong = (
        block["type"] != "input"
        or not 1 <= len(block["label"]["text"]) <= 2000
        or field.get("type") != "plain_text_input"
        or not 1 <= most <= _INPUT
        or len(field.get("initial_value", "")) > most
        or max(len(block.get("block_id", "")), len(field.get("action_id", ""))) > _ID
    )
    if wrong:
        raise Refusal("invalid_arguments")


def buttons(blocks: list[dict[str, Any]] | list[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every button in blocks."""
    for block in blocks:
        found = [*block.get("elements", ())] if block["type"] == "actions" else [block.get("accessory") or {}]
        yield from (element for element in found if element.get("type") == "button")
