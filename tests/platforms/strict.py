"""What the strictest servers refuse in a request, as chat templates and schemas of real ones do."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from tests.platforms.script import Fail

_IN_A_MESSAGE = frozenset({"role", "content", "images"})


def unfit_body(body: Mapping[str, Any], known: Collection[str]) -> Fail | None:
    """Fields that a server does not know."""
    unknown = sorted(body.keys() - set(known))
    return Fail(400, f"Unrecognized request argument supplied: {unknown[0]}") if unknown else None


def unfit_talk(messages: Sequence[Mapping[str, Any]]) -> Fail | None:
    """Roles that do not alternate, a system that is not first, an end that is not the user's, blanks, names."""
    for message in messages:
        if unknown := sorted(message.keys() - _IN_A_MESSAGE):
            return Fail(400, f"messages: property '{unknown[0]}' is unsupported")
        if not text_of(message["content"]).strip():
            return Fail(400, "messages: text content blocks must be non-empty")
    roles = [message["role"] for message in messages]
    talk = roles[1:] if roles[:1] == ["system"] else roles
    if "system" in talk:
        return Fail(400, "System message must be at the beginning.")
    if talk != [("user", "assistant")[number % 2] for number in range(len(talk))]:
        return Fail(400, "Conversation roles must alternate user/assistant/user/assistant/...")
    if talk[-1:] != ["user"]:
        return Fail(400, "This model does not support assistant message prefill. It must end with a user message.")
    return None


def text_of(content: Any) -> str:
    """The text of a content, in one piece or in blocks."""
    if isinstance(content, str):
        return content
    return "".join(block.get("text", "") for block in content)
