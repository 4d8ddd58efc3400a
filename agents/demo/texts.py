"""Names and numbers from data, made fit for a sentence, a title or a file name."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

_UNSHOWN = {"Cc", "Cf", "Cs", "Co", "Cn", "So"}


def bag(words: str) -> tuple[str, ...]:
    """The words of a list that is written as one text."""
    return tuple(words.split())


def label(name: str, limit: int = 40) -> str:
    """A name on one line without what fonts cannot draw: control characters, emoji."""
    shown = "".join(" " if unicodedata.category(char) in _UNSHOWN else char for char in name)
    words = " ".join(shown.split())
    return (words if len(words) <= limit else words[: limit - 1] + "…") or "(no name)"


def said(name: str, limit: int = 40) -> str:
    """A name, or a line of output, inside Markdown prose: nothing in it can format, link or open code."""
    return re.sub(r"([*\[\]<>|~#\\])", r"\\\1", label(name, limit).replace("`", "'"))


def verbatim(name: str, limit: int = 60) -> str:
    """A file's or a column's name, or a line of output, as a span of code."""
    return f"`{label(name, limit).replace('`', chr(39))}`"


def slug(*names: str) -> str:
    """A file name's stem from names: lower case, digits, letters of any script and underscores."""
    words = re.findall(r"[^\W_]+", " ".join(label(name, 90) for name in names).lower())
    while len("_".join(words)) > 70 and len(words) > 1:
        words.pop()
    return "_".join(words)[:70] or "chart"


def amount(value: float) -> str:
    """A number as people write it: 1.23 million, 4,211, 12.5, 0.0031."""
    if value != value or abs(value) == float("inf"):  # noqa: PLR0124 - only NaN differs from itself
        return "no number"
    for size, word in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if abs(value) >= size:
            return f"{value / size:,.2f} {word}"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:,.4g}"


def percent(part: float, whole: float) -> str:
    """A part of a whole in percent."""
    return f"{100 * part / whole:.1f}%" if whole else "0%"


def change(first: float, last: float) -> str:
    """How much more or less the last is than the first: "+12.3%", "57 times as much"."""
    if first > 0 and last / first >= 10:
        return f"{last / first:,.0f} times as much"
    return f"{100 * (last - first) / abs(first):+.1f}%" if first else f"{last - first:+,.4g}"


def plural(count: int, noun: str) -> str:
    """A count with its noun: 1 row, 2 rows, 3 categories."""
    many = noun[:-1] + "ies" if noun.endswith("y") and noun[-2] not in "aeiou" else noun + "s"
    return f"{count:,} {noun if count == 1 else many}"


def listed(parts: list[str]) -> str:
    """Parts as a sentence lists them: a, b and c."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""


def moment(text: str, every: str) -> str:
    """A time as printed by pandas, told no finer than what it stands for: March 2024, 4 Mar 2024."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return said(text)
    day = f"{when.day} {when:%b %Y}"
    match every:
        case "year":
            return f"{when:%Y}"
        case "quarter":
            return f"Q{(when.month + 2) // 3} {when:%Y}"
        case "month":
            return f"{when:%B %Y}"
        case "week":
            return f"the week of {day}"
        case _ if every != "hour" and (when.hour, when.minute) == (0, 0):
            return day
    return f"{day}, {when:%H:%M}"
