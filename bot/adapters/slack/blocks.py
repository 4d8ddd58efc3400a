"""The kinds of blocks that we send."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from bot.adapters.slack.mrkdwn import escape

Block: TypeAlias = dict[str, Any]

MAX_BLOCKS = 50
_SECTION = 3_000
_BUTTON = 75


def rich(elements: Sequence[Block]) -> Block:
    """Rich text, which has no markup inside."""
    return {"type": "rich_text", "elements": list(elements)}


def section(text: str, accessory: Block | None = None) -> Block:
    """One paragraph in Slack's markup; what comes from elsewhere must be escaped."""
    block: Block = {
        "type": "section",
        "text": {"type": "mrkdwn", "text": text[:_SECTION] or " ", "verbatim": True},
    }
    return block | {"accessory": accessory} if accessory else block


def header(text: str) -> Block:
    """A headline."""
    return {"type": "header", "text": {"type": "plain_text", "text": text[:150]}}


def context(text: str) -> Block:
    """A small grey line."""
    return small(escape(text)[:_SECTION])


def small(markup: str) -> Block:
    """A small grey line in Slack's markup, at most 3,000 characters; what comes from elsewhere must be escaped."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": markup, "verbatim": True}]}


def actions(*buttons: Block) -> Block:
    """Buttons in a row."""
    return {"type": "actions", "elements": list(buttons)}


def button(label: str, action: str, value: str, *, style: str = "") -> Block:
    """A button that sends `value` when it is clicked."""
    text = {"type": "plain_text", "text": label[:_BUTTON]}
    made: Block = {"type": "button", "text": text, "action_id": action, "value": value}
    return made | {"style": style} if style else made
