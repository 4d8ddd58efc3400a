"""Words in the thread that are orders to Roundtable, not to the team."""

from __future__ import annotations

_STOP = frozenset({"stop", "terminate"})


def is_stop(text: str) -> bool:
    """Whether a whole message means Stop: one of the words alone, in any case, punctuation aside."""
    return text.strip().strip("!.").strip().casefold() in _STOP
