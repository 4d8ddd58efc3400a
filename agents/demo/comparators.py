"""Conditions on numbers in words: "price > 10", "more than 5 orders", "age between 20 and 30"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from agents.demo.words import Mention, mentions

_WORDS = {
    "!=": r"!=|<>|≠|is not|not equal to",
    ">=": r">=|≥|at least|no less than|not less than|a minimum of|mindestens",
    "<=": r"<=|≤|at most|no more than|not more than|a maximum of|höchstens",
    ">": r">|(?:is )?(?:above|over)|(?:more|greater|higher|larger|bigger|older|longer|heavier) than"
    r"|exceed(?:s|ing)?|über|(?:mehr|größer|höher) als",
    "<": r"<|(?:is )?(?:below|under)|(?:less|fewer|lower|smaller|cheaper|younger|shorter|lighter) than"
    r"|unter|(?:weniger|kleiner) als",
    "==": r"==?|equals?(?: to)?|(?:is )?exactly|is equal to|is",
}
_NUMBER = r"[€$£]?\s?(-?\d+(?:[.,]\d+)*)(?:\s?(k|thousand|million|mio|m)\b)?(?!\w|[.,-]\d)"
_UNIT_OF_TIME = (
    r"(?!\s*(?:seconds?|minutes?|hours?|days?|weeks?|months?|quarters?|years?|jahren?|monaten?|wochen?|tagen?)\b)"
)
_COMPARED = re.compile(
    "|".join(rf"(?P<{name}>(?<!\w)(?:{words})\s*)" for name, words in zip("abcdef", _WORDS.values(), strict=True))
)
_ONE = re.compile(rf"(?:{_COMPARED.pattern}){_NUMBER}{_UNIT_OF_TIME}", re.IGNORECASE)
_TWO = re.compile(rf"(?:is |from |lies )?\bbetween\s{_NUMBER}\s?(?:and|-)\s?{_NUMBER}", re.IGNORECASE)
_MORE = re.compile(rf"{_NUMBER}\s(?:or|and)\s(more|above|over|higher|less|below|fewer|lower)\b", re.IGNORECASE)
_BEFORE = re.compile(
    r"\s*(?:that |which |who |values? |of |the |are |is |was |be |being |has |have |=|:)*", re.IGNORECASE
)
_LEAD = re.compile(
    r"(?:\b(?:where|with|whose|only|for|when|if|having|and|that have|the|rows|a|an)\s+)+$", re.IGNORECASE
)
_SIZES = {"k": 1e3, "thousand": 1e3, "m": 1e6, "mio": 1e6, "million": 1e6}


@dataclass(frozen=True, slots=True)
class Compared:
    """A number and how a column is to stand to it; `column` is "" where the text does not tell which.

    `bare`: no word like "where" leads to it.
    """

    column: str
    sign: str
    low: float
    high: float
    at: int
    end: int
    bare: bool = False


_Found: TypeAlias = tuple[str, re.Match[str], float, float]
"""A comparison, where it stands, and its one or two numbers."""


def find(text: str, names: Sequence[str]) -> list[Compared]:
    """The conditions a text sets to the columns of numbers called `names`."""
    found: list[_Found] = [("between", m, _value(m[1], m[2]), _value(m[3], m[4])) for m in _TWO.finditer(text)]
    for m in _ONE.finditer(text):
        sign = next(sign for sign, group in zip(_WORDS, "abcdef", strict=True) if m[group])
        found.append((sign, m, _value(m[7], m[8]), 0))
    for m in _MORE.finditer(text):
        found.append(
            (">=" if m[3].lower() in ("more", "above", "over", "higher") else "<=", m, _value(m[1], m[2]), 0)
        )
    spots = [(m.name, *_extent(text, m)) for m in mentions(text, names)]
    result = [_placed(text, one, spots, names) for one in found]
    kept: list[Compared] = []
    for compared in filter(None, result):
        if all(compared.end <= other.at or other.end <= compared.at for other in kept):
            kept.append(compared)
    return kept


def _placed(
    text: str, found: _Found, spots: Sequence[tuple[str, int, int]], names: Sequence[str]
) -> Compared | None:
    """The condition with its column: the one named just before, just behind, or the only one there is."""
    sign, m, low, high = found
    at, end, column = m.start(), m.end(), ""
    for name, start, stop in spots:
        if stop <= at and _BEFORE.fullmatch(text[stop:at]):
            at, column = start, name
    for name, start, stop in [] if column else spots:
        if start >= end and re.fullmatch(r"\s*(?:%|€|\$|of|in)?\s*(?:the )?", text[end:start]):
            end, column = stop, name
    if not column and sign == "==":
        return None
    only = list(dict.fromkeys(name for name, _, _ in spots)) or list(names)
    column = column or (only[0] if len(only) == 1 else "")
    lead = _LEAD.search(text[:at])
    return Compared(column, sign, low, high, lead.start() if lead else at, end, not lead)


def _extent(text: str, mention: Mention) -> tuple[int, int]:
    """Where a name stands in a text, with the bracket or quote behind it."""
    word = re.compile(r"[^\W_]+[`'\"”)\]]*").match(text, mention.at)
    close = mention.at - mention.first <= len(mention.name) + 3
    return mention.first if close else mention.at, word.end() if word else mention.at


def _value(digits: str, size: str | None) -> float:
    if re.fullmatch(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?", digits):
        digits = digits.replace(",", "")
    elif re.fullmatch(r"-?\d{1,3}(?:\.\d{3})+,\d+", digits):
        digits = digits.replace(".", "").replace(",", ".")
    else:
        digits = digits.replace(",", ".")
    try:
        return float(digits) * _SIZES.get((size or "").lower(), 1)
    except ValueError:
        return 0.0
