"""What one part carries from rendering to delivery, as JSON in the outbox."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from pydantic import TypeAdapter

from bot.adapters.common.upload_parts import Upload
from bot.adapters.slack.blocks import section
from bot.adapters.slack.mrkdwn import escaped
from bot.adapters.slack.rich_text import Element
from bot.domain.posts import Part

RestStatus: TypeAlias = Literal["", "suspended", "closed"]
"""What the message means for the native status of its session."""

_MAX_TEXT = 3_900


@dataclass(frozen=True, slots=True)
class Body:
    """One message, or with `uploads` one upload. `text` is escaped; without an `agent` the app itself speaks."""

    text: str
    blocks: tuple[Element, ...] = ()
    agent: str = ""
    uploads: tuple[Upload, ...] = ()
    mood: RestStatus = ""


_BODY = TypeAdapter(Body)


def dump(body: Body) -> str:
    """The body of a part."""
    return _BODY.dump_json(body, exclude_defaults=True).decode()


def load(part: Part) -> Body:
    """What a part carries."""
    return _BODY.validate_json(part.body)


def plain(part: Part) -> Part | None:
    """A refused part without anything that Slack could refuse; None when it is that plain already."""
    body = load(part)
    if body.uploads:
        names = ", ".join(upload.name for upload in body.uploads)
        text = f"These files could not be attached here: {names}. `roundtable doctor` says why."
        return replace(part, body=dump(Body(escaped(text, _MAX_TEXT), agent=body.agent)))
    if not any(block["type"] == "rich_text" for block in body.blocks):
        return None
    buttons = [block for block in body.blocks if block["type"] == "actions"]
    # A card that waits can still be decided; Slack shows a text beside buttons only as a block.
    blocks = (section(body.text), *buttons) if body.mood == "suspended" and buttons else ()
    return replace(part, body=dump(replace(body, blocks=blocks)))
