"""What of a server's report about a call's tokens is believed. Pure: reports may say anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from agents.models.port import Counts


@dataclass(frozen=True, slots=True)
class Booked:
    """The tokens a call counts for. `estimated`: a part of them was not reported, or not believed.

    `disbelieved`: the server reported something that cannot be.
    """

    prompt: int
    completion: int
    estimated: bool = False
    cache_read: int = 0
    cache_written: int = 0
    disbelieved: bool = False


def believe(counts: Counts | None, prompt: int, completion: int) -> Booked:
    """What counts of a report about a call whose worst case is `prompt` and `completion`.

    A number counts when it is whole, not negative and within the worst case; where it does not, the worst case
    does. Servers that report nothing, or zeros, have not reported.
    """
    if counts is None:
        return Booked(prompt, completion, estimated=True)
    asked, answered = _within(counts.prompt, prompt), _within(counts.completion, completion)
    read, written = _within(counts.cache_read, asked or 0), _within(counts.cache_written, asked or 0)
    cached = (
        (read, written) if read is not None and written is not None and read + written <= (asked or 0) else None
    )
    wrong = (
        _is_wrong(counts.prompt, asked) or _is_wrong(counts.completion, answered) or (bool(asked) and not cached)
    )
    if not asked and not answered:
        answered = None
    return Booked(
        asked or prompt,
        completion if answered is None else answered,
        not asked or answered is None or wrong,
        *(cached or (0, 0)),
        disbelieved=wrong,
    )


def _within(value: Any, most: int) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        return None
    return int(value) if value == int(value) else None


def _is_wrong(said: Any, believed: int | None) -> bool:
    return said is not None and believed is None
