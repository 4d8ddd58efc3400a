"""What people say among themselves: a message that begins with the word aside."""

from __future__ import annotations

import re

from bot.domain.errors import BadInput

_ASIDE = re.compile(r"\s*\(?aside\b(?!\s+from\b)", re.IGNORECASE)
_NOT_SENT = (
    "Not sent: what begins with “aside” is not for the team, and there is nobody else here. "
    "Leave the word out to tell the team."
)


def is_aside(text: str) -> bool:
    """Whether a message begins with the word aside; “Aside from that, …” is meant for the team."""
    return _ASIDE.match(text) is not None


def refuse_aside(text: str) -> None:
    """Raises BadInput for a reply that is not for the team, where nobody else reads the thread."""
    if is_aside(text):
        raise BadInput(_NOT_SENT)
