"""Slack's own markup: what users wrote as plain text, and our plain text so that it has no effect."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

_ANGLE = re.compile(r"<([@#!][^<>\n]*|[a-z][a-z0-9+.-]*:[^<>\n]+)>")
_USER = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")
_HIDDEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


def clean(text: str) -> str:
    """Text without characters that hide, reorder or break what it says."""
    return _HIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def escape(text: str) -> str:
    """Text that mentions nobody and links nowhere where Slack reads markup."""
    return clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def escaped(text: str, longest: int) -> str:
    """The beginning of a text, escaped, in at most `longest` characters."""
    whole = escape(text)
    return whole if len(whole) <= longest else re.sub(r"&[a-z]*$", "", whole[: longest - 1]) + "…"


def moment(at: float) -> str:
    """A time (epoch seconds) that Slack shows by each reader's clock; in UTC where it cannot."""
    utc = datetime.fromtimestamp(at, UTC)
    return f"<!date^{int(at)}^{{date_short_pretty}}, {{time}}|{utc:%Y-%m-%d %H:%M} UTC>"


def mentions(text: str, user: str) -> bool:
    """Whether a message names this user."""
    return user in mentioned(text)


def mentioned(text: str) -> frozenset[str]:
    """The ids of all users that a message names."""
    return frozenset(_USER.findall(text))


def without(text: str, user: str) -> str:
    """The message without the mentions of this user, and without the punctuation they leave in front."""
    around = re.split(rf"<@{re.escape(user)}(?:\|[^>]*)?>", text)
    kept = " ".join(part.strip(" ") for part in around) if len(around) > 1 else text
    return re.sub(r"^[\s,:]+", "", kept).rstrip()


def plain(text: str, names: Mapping[str, str]) -> str:
    """What a person wrote, as they see it; `names` are the names of users by id."""
    shown = _ANGLE.sub(lambda found: _reference(found[1], names), text)
    return shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _reference(inner: str, names: Mapping[str, str]) -> str:
    target, _, label = inner.partition("|")
    match target[:1]:
        case "@":
            return "@" + (names.get(target[1:]) or label.lstrip("@") or target[1:])
        case "#":
            return "#" + (label or target[1:])
        case "!":
            return label if label else "@" + target[1:].partition("^")[0]
    address = target.removeprefix("mailto:")
    return address if not label or label in (address, target) else f"{label} ({address})"
