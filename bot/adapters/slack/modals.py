"""Forms that open when a card needs more than a click: pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.adapters.common.request_choices import Choice
from bot.adapters.slack.blocks import Block
from bot.text.request_forms import Form

CALLBACK = "decide"
"""The callback id of our forms."""
FIELD = "field"
MOST = 3_000
"""Characters that a field takes."""


def modal(choice: Choice, form: Form) -> Block:
    """The view of a form; its metadata says what it is about, so that an open one outlives the process."""
    field: Block = {
        "type": "plain_text_input",
        "action_id": FIELD,
        "multiline": form.lines,
        "max_length": form.most,
    }
    if form.text:
        field["initial_value"] = form.text
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": replace(choice, asks=False).id,
        "title": _words(form.title),
        "submit": _words("Send"),
        "close": _words("Cancel"),
        "blocks": [
            {
                "type": "input",
                "block_id": FIELD,
                "optional": form.optional,
                "label": _words(form.label),
                "element": field,
            }
        ],
    }


def field(view: Mapping[str, Any]) -> str:
    """The text in the field of a view that was sent; Slack leaves out an empty one."""
    values = (view.get("state") or {}).get("values") or {}
    return str(((values.get(FIELD) or {}).get(FIELD) or {}).get("value") or "")


def errors(sentence: str) -> dict[str, Any]:
    """The answer that keeps a form open and says, to that person alone, what is wrong."""
    return {"response_action": "errors", "errors": {FIELD: sentence}}


def _words(text: str) -> Block:
    return {"type": "plain_text", "text": text}
