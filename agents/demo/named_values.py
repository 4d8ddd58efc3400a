"""Values of a table's text columns in words: "only South", "without returns", "North against South"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from agents.demo.tables import Column, Table
from agents.demo.texts import bag
from agents.demo.words import akin

Part = Literal["kept", "left out", "compared", "named"]

_AND = r"\s*(?:,|;|/|&|\+|\b(?:and|or|und|oder|nor|plus)\b)+\s*"
_VERSUS = r"\s*(?:\b(?:vs\.?|versus|against|with|to|than|mit|gegen)(?=\s))\s*"
_NOT = (
    r"(?:without|exclud\w+|except(?:\s+for)?|but\s+not|is\s+not|are\s+not|not|ohne|außer|minus|leav\w+\s+out|"
    r"omit\w*|"
    r"drop\w*|remov\w+|ignor\w+|skip\w*|other\s+than|!=|<>)"
)
_ONLY = (
    r"(?:only|just|nur|for|in|from|of|within|exclusively|"
    r"(?:limit|restrict|filter|narrow)\w*(?:\s+(?:it|them|this|down))?"
    r"(?:\s+(?:to|by|on|for))?|keep\w*|where|=+|is|are|at|für|aus|von|bei|with|mit)"
)
_THE = r"(?:\s+(?:the|a|an|any|all|for|in|from|of|der|die|das|den|only|just))*"
_MARK = r"[\s'\"`“”(]*"
_TRUE, _FALSE = set(bag("true yes y ja t 1 x")), set(bag("false no n nein f 0"))
_COMMON = frozenset(
    bag(
        "plot chart graph show draw bar bars line lines pie table top total average mean sum count share by per "
        "the all and or in on of red blue green orange over time trend compare with without only just other "
        "others new first last month year week day a i no yes none true false"
    )
)


_ALSO = {"female": ("women", "woman", "weiblich", "frauen"), "male": ("men", "man", "männlich", "männer")}


@dataclass(frozen=True, slots=True)
class Named:
    """Values of one column that a text names together, and what is to be done with them."""

    column: Column
    values: tuple[str, ...]
    part: Part
    at: int
    end: int


@dataclass(frozen=True, slots=True)
class _Spot:
    column: Column
    value: str
    at: int
    end: int


def find(text: str, table: Table, share: bool = False) -> list[Named]:
    """What a text says about values; `share`: it asks for their part of the whole, so nothing is left out."""
    spots = _spots(text, table)
    found = []
    while spots:
        group = [spots.pop(0)]
        while spots and spots[0].column == group[0].column and _joined(text[group[-1].end : spots[0].at]):
            group.append(spots.pop(0))
        found.append(_read(text, group, share))
    return [named for named in found if named]


def truth(column: Column) -> tuple[str, ...] | None:
    """The values of a column of yes and no that mean yes; None when it is no such column."""
    if column.kind == "number":
        return () if column.distinct == 2 and (column.low, column.high) == (0, 1) else None
    plain = {value.casefold() for value in column.top}
    if column.kind != "text" or not plain <= _TRUE | _FALSE or not plain & _TRUE:
        return None
    return tuple(value for value in column.top if value.casefold() in _TRUE)


def before(word: str) -> re.Pattern[str]:
    """Finds a word after one that leaves out (group 1) or keeps (group 2)."""
    those = r"(?:\s+(?:those|people|ones|rows|orders|who|that|which|are|is|have|has|was|were|been|being|got))*"
    return re.compile(
        rf"\b(?:({_NOT})|(only|just|nur|of|for|from|among)){_THE}{those}\s+{re.escape(word)}", re.IGNORECASE
    )


def share_of(word: str) -> re.Pattern[str]:
    """Finds a word (group 1) whose share is asked for."""
    return re.compile(
        rf"\b(?:shares?|percent\w*|proportion|part|rate)\s+of{_THE}\s+({re.escape(word)})", re.IGNORECASE
    )


def _spots(text: str, table: Table) -> list[_Spot]:
    found: list[_Spot] = []
    for column in table.kind("text"):
        for value in column.top:
            found += [_Spot(column, value, at, end) for at, end in _places(value, text)]
    found.sort(key=lambda spot: (spot.at - spot.end, spot.at))
    kept: list[_Spot] = []
    for spot in found:  # the longest wins
        if all(spot.end <= other.at or other.end <= spot.at for other in kept):
            kept.append(spot)
    return sorted(kept, key=lambda spot: spot.at)


def _places(value: str, text: str) -> list[tuple[int, int]]:
    if not 0 < len(value) < 50 or not any(char.isalnum() for char in value):
        return []
    flags = re.IGNORECASE if len(value) > 2 else re.NOFLAG
    exact = [m.span() for m in re.finditer(rf"(?<![^\W_]){re.escape(value)}(?![^\W_])", text, flags)]
    if exact or len(value) < 4 or not value.isalpha():
        return exact
    words = re.finditer(r"[^\W\d_]+", text)
    meant = {value, *_ALSO.get(value.casefold(), ())}
    return [m.span() for m in words if any(akin(m[0], other) for other in meant)]


def _joined(between: str) -> bool:
    return bool(re.fullmatch(rf"{_MARK}(?:{_AND}|{_VERSUS})(?:the\s+)?{_MARK}", between, re.IGNORECASE))


def _read(text: str, group: Sequence[_Spot], share: bool) -> Named | None:
    first, last, column = group[0], group[-1], group[0].column
    lead = rf"(?:{re.escape(column.name)}|[^\W\d_]+)?\s*"
    ahead, behind = text[: first.at], text[last.end :]
    tail = re.match(rf"{_MARK}(?:{re.escape(column.name)}s?\s+)?(?:only|alone|nur)\b", behind, re.IGNORECASE)
    out = re.search(rf"(?<!\w)({_NOT}){_THE}{_MARK}$", ahead, re.IGNORECASE)
    only = re.search(rf"(?<!\w)({_ONLY}){_THE}{_MARK}$", ahead, re.IGNORECASE)
    whose = re.search(rf"(?<!\w)(where|with|whose|filter\w*(?:\s+by)?)\s+{lead}{_MARK}$", ahead, re.IGNORECASE)
    values = tuple(dict.fromkeys(spot.value for spot in group))
    between = text[group[0].end : group[1].at] if len(group) > 1 else ""
    versus = re.search(_VERSUS, between) or re.search(
        r"\b(?:compar\w*|vergleich\w*|differ\w*|contrast)\b", text, re.IGNORECASE
    )
    end = last.end + (tail.end() if tail else 0)
    weak = only and only[1].lower() in ("for", "in", "from", "of", "with", "is", "are", "at", "mit", "von", "für")
    if out:
        return Named(column, values, "left out", out.start(), end)
    if len(values) > 1 and versus:
        return Named(column, values, "compared", first.at, end)
    if (only or tail or whose) and not (share and weak):
        start = min(found.start() for found in (only, whose) if found) if only or whose else first.at
        return Named(column, values, "kept", start, end)
    called = re.search(rf"{re.escape(column.name)}\s+{_MARK}$", ahead, re.IGNORECASE)
    if not only and not called and all(value.casefold() in _COMMON for value in values):
        return None
    return Named(column, values, "named", first.at, end)
