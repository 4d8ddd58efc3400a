"""Numbers in a text, however people write them: pure.

What is ambiguous is read in every way that it can be meant: 1.234 is 1234 as well as 1.234.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_DATES = re.compile(r"\b\d{4}-\d{2}(?:-\d{2})?\b|\b\d{1,2}([./])\d{1,2}\1\d{2,4}\b|\b\d{1,2}:\d{2}(?::\d{2})?\b")
_NUMBER = re.compile(
    r"""
    (?<![^\W\d_⺀-鿿])(?<!\d)(?<!\d[.,])          # not within a word or a number; CJK letters stand close
    (?P<sign>(?<![\d)\]])[-+])?
    (?:(?P<currency>[$€£¥])\ ?)?
    (?P<digits>(?:\d{1,3}(?:\ \d{3})+(?!\d)|\d+)(?:['’_]\d{3})*(?:[.,]\d+)*|\.\d+)
    (?:e(?P<exponent>[-+]?\d{1,2}))?
    (?P<unit>
        \ ?(?:%|percent\b|per\ cent\b|prozent\b|por\ ciento\b|pour\ cent\b|pourcent\b)
        |\ ?(?:k|thousand|tausend|tsd\.?|mil|mille)\b
        |\ ?(?:M|mio\.?|mill?ion(?:s|en)?|mill[oó]n(?:es)?|milhões)\b
        |\ ?(?:bn|billions?|mrd\.?|milliarden?|milliards?)\b
        |\ ?[万亿]
    )?
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SPACED = re.compile(r"\d{1,3}(?: \d{3})+(?:[.,]\d+)?")
_PERCENT = re.compile(r"%|p.*cent|prozent|ciento", re.IGNORECASE)
_SCALES = (
    (re.compile(r"k|thousand|tausend|tsd\.?|mil|mille", re.IGNORECASE), 1e3),
    (re.compile(r"万"), 1e4),
    (re.compile(r"M|[Mm]io\.?|(?i:mill?ion(?:s|en)?|mill[oó]n(?:es)?|milhões)"), 1e6),
    (re.compile(r"亿"), 1e8),
    (re.compile(r"bn|billions?|mrd\.?|milliarden?|milliards?", re.IGNORECASE), 1e9),
)
_WORDS = (
    "zero null cero zéro",
    "",  # one: as an article it stands in every text
    "two zwei dos deux",
    "three drei tres trois",
    "four vier cuatro quatre",
    "five fünf cinco cinq",
    "six sechs seis",
    "seven sieben siete sept",
    "eight acht ocho huit",
    "nine neun nueve neuf",
    "ten zehn diez dix",
    "eleven elf onze",
    "twelve zwölf doce douze",
)
_IN_WORDS = {word: number for number, words in enumerate(_WORDS) for word in words.split()}
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a number in a text may mean; `percent` when it says so."""

    value: float
    percent: bool = False


def readings(text: str) -> frozenset[Reading]:
    """Every number in a text in every way that it can be read, words too; dates and times are none."""
    named = (_IN_WORDS.get(word.casefold()) for word in _WORD.findall(unicodedata.normalize("NFKC", text)))
    return in_digits(text) | {Reading(float(number)) for number in named if number is not None}


def in_digits(text: str) -> frozenset[Reading]:
    """Every number in a text that is written in digits, in every way that it can be read."""
    text = unicodedata.normalize("NFKC", text).replace("\u2212", "-").replace("\u2013", "-").replace("{,}", ",")
    text = _DATES.sub(" ; ", text)
    return frozenset(reading for match in _NUMBER.finditer(text) for reading in _meanings(match))


def has_figure(text: str, value: float, tolerance: float, *, percent: bool = False) -> bool:
    """Whether a text has a number no further from `value` than `tolerance`; a percentage may stand as a share."""
    allowed = tolerance + abs(value) * 1e-9 + 1e-12
    for reading in readings(text):
        amounts = [reading.value]
        if percent and not reading.percent:
            amounts.append(reading.value * 100)
        if not percent and reading.percent:
            amounts.append(reading.value / 100)
        if any(abs(amount - value) <= allowed for amount in amounts):
            return True
    return False


def _meanings(match: re.Match[str]) -> Iterator[Reading]:
    unit = (match["unit"] or "").strip()
    percent = bool(_PERCENT.fullmatch(unit))
    scale = next((scale for pattern, scale in _SCALES if unit and pattern.fullmatch(unit)), 1.0)
    power = 10.0 ** int(match["exponent"] or 0)
    sign = -1.0 if match["sign"] == "-" else 1.0
    for amount in _amounts(match["digits"]):
        yield Reading(sign * amount * power, percent)
        if scale != 1.0:
            yield Reading(sign * amount * power * scale)


def _amounts(digits: str) -> Iterator[float]:
    """What digits with marks between them may be."""
    if _SPACED.fullmatch(digits):
        # "630 912" may be one number as well as two.
        for part in digits.split(" "):
            yield from _amounts(part)
    plain = re.sub(r"[ '’_]", "", digits)
    dots, commas = plain.count("."), plain.count(",")
    if not dots and not commas:
        yield float(plain)
    elif dots and commas:
        decimal = max(".,", key=plain.rfind)
        grouped = list(_decimal(plain, decimal)) if plain.count(decimal) == 1 else []
        # Else it is a list with commas and no blanks, as in a CSV.
        yield from grouped or (each for part in plain.split(",") if part for each in _amounts(part))
    else:
        yield from _one_mark(plain, "." if dots else ",")


def _one_mark(plain: str, mark: str) -> Iterator[float]:
    """Digits with marks of one kind: groups, decimals, or a list written without blanks."""
    groups = plain.split(mark)
    grouped = groups[0].lstrip("0") != "" and len(groups[0]) <= 3 and len(groups[-1]) == 3
    if grouped and all(2 <= len(group) <= 3 for group in groups[1:]):
        yield float("".join(groups))
    if len(groups) == 2:
        yield float(".".join(groups))
    elif mark == "," and not any(group != "0" and group.startswith("0") for group in groups):
        yield from (float(group) for group in groups)


def _decimal(plain: str, decimal: str) -> Iterator[float]:
    whole, _, fraction = plain.partition(decimal)
    groups = re.split(r"[.,]", whole)
    if len(groups[0]) <= 3 and len(groups[-1]) == 3 and all(2 <= len(group) <= 3 for group in groups[1:]):
        yield float(f"{''.join(groups)}.{fraction}")
