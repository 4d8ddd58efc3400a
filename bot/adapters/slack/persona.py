"""The name over a message: an agent's own, or the app's with the agent's name in the text."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from bot.adapters.slack.mrkdwn import escape

SCOPE = "chat:write.customize"

_ICONS = (
    "bar_chart",
    "bulb",
    "mag",
    "hammer_and_wrench",
    "pencil",
    "compass",
    "microscope",
    "telescope",
    "books",
    "abacus",
    "triangular_ruler",
    "thought_balloon",
)


@dataclass(frozen=True, slots=True)
class Persona:
    """Who speaks: `agent` is "" for the app itself; `own_name` says whether Slack lets the agent have its name."""

    agent: str
    own_name: bool

    @property
    def username(self) -> str | None:
        return self.agent if self.agent and self.own_name else None

    @property
    def icon_emoji(self) -> str | None:
        return icon(self.agent) if self.agent and self.own_name else None

    @property
    def in_text(self) -> str:
        """The name that the text must contain, "" when the message shows it already."""
        return "" if self.own_name else self.agent

    def sign(self, text: str) -> str:
        """A text in Slack's markup with the name in front where that is needed."""
        return f"{escape(self.in_text)}: {text}" if self.in_text else text


def icon(agent: str) -> str:
    """The emoji of an agent; the same name always has the same."""
    if agent == "executor":
        return ":gear:"
    return f":{_ICONS[zlib.crc32(agent.encode()) % len(_ICONS)]}:"
