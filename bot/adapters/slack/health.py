"""Whether Slack can be reached: what `/readyz` says, and the log says once."""

from __future__ import annotations

import logging

log = logging.getLogger(__name__)


class Health:
    """The last problem of each kind; a sentence counts until that kind is good again."""

    def __init__(self) -> None:
        self._problems: dict[str, str] = {"connection": "not connected to Slack yet"}

    def bad(self, kind: str, sentence: str) -> None:
        """Something is wrong."""
        if self._problems.get(kind) != sentence:
            log.error("Slack: %s", sentence)
        self._problems[kind] = sentence

    def good(self, kind: str) -> None:
        """It is right again."""
        if self._problems.pop(kind, None):
            log.info("Slack: %s is well", kind)

    def __str__(self) -> str:
        """ "ok", or what is wrong."""
        return "; ".join(self._problems.values()) or "ok"
