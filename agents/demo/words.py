"""Which columns a sentence speaks of, whatever the case, the plural or a slip of the pen."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from agents.demo.texts import bag

_STOP = frozenset(
    bag(
        "a an the of in on by per for and or vs with to from as is are was be it its this that these those my "
        "our your me i we you all each every plot chart graph show draw make please data file table column "
        "columns value values over time how what which much many now instead der die das und oder nach pro je "
        "im in mit von aus bitte"
    )
)
_ALIKE: tuple[frozenset[str], ...] = tuple(
    frozenset(group.split())
    for group in (
        "sale revenue turnover umsatz umsätze erlös income amount betrag proceeds",
        "date datum day tag time zeit timestamp zeitpunkt when",
        "product produkt item artikel sku ware good",
        "region area gebiet territory",
        "country land nation staat",
        "city stadt town ort",
        "quantity qty unit menge anzahl stück piece volume",
        "price preis cost kosten",
        "customer kunde client buyer",
        "category kategorie class group gruppe type typ kind",
        "month monat",
        "year jahr",
        "name bezeichnung title titel",
        "temperature temperatur temp",
        "profit gewinn margin",
    )
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text with where it starts."""

    word: str
    at: int


@dataclass(frozen=True, slots=True)
class Mention:
    """A name that a text speaks of, and where its first and its last word stand."""

    name: str
    first: int
    at: int


def mentions(text: str, names: Sequence[str]) -> list[Mention]:
    """The names a text speaks of, in the order of the text: whole names first, then parts, then synonyms."""
    tokens = _tokens(text)
    taken: set[int] = set()
    found: dict[str, tuple[int, int]] = {}
    spread = {name: spots for name in names if (spots := _spots(name, tokens, text))}
    together = {name for name, spots in spread.items() if max(spots) - min(spots) <= len(name) + 2}
    for name in sorted(spread, key=lambda name: (name not in together, -len(_parts(name)))):
        spots = spread[name]
        if not set(spots) <= taken:
            found[name] = min(spots), max(spots)  # the first words may be shared: sensor 1 against sensor 2
            taken |= set(spots)
    spoken = {part for name in found for part in _parts(name)}
    for token in tokens:
        if not any(same(part, token.word) for part in spoken) and (part := _partial(token.word, names, found)):
            found[part] = token.at, token.at
    return sorted((Mention(name, *spots) for name, spots in found.items()), key=lambda mention: mention.at)


def numbered(text: str, names: Sequence[str]) -> list[str]:
    """Names like those of numbered columns that a text speaks of and that are not among them: sensor 900."""
    styles: dict[str, tuple[str, set[int]]] = {}
    for name in names:
        if style := re.fullmatch(r"((?:.*[^\w])?([^\W\d_]+)[\W_]*)(\d{1,9})", name):
            styles.setdefault(style[2].casefold(), (style[1], set()))[1].add(int(style[3]))
    spoken = [(found[1].casefold(), int(found[2])) for found in _NUMBERED.finditer(text)]
    return [
        f"{styles[word][0]}{number}" for word, number in spoken if word in styles and number not in styles[word][1]
    ]


_NUMBERED = re.compile(r"([^\W\d_]+)[\s_-]*(\d{1,9})(?![\d.,]*\d)")


def same(word: str, other: str) -> bool:
    """Whether two words are the same but for an ending or a slip of the pen."""
    word, other = stem(word), stem(other)
    if word == other or (word.isdecimal() and other.isdecimal() and int(word) == int(other)):
        return True
    if _bare(word) == _bare(other):
        return True
    if min(len(word), len(other)) < 5 or word[0] != other[0] or abs(len(word) - len(other)) > 2:
        return False
    return SequenceMatcher(None, word, other).ratio() >= 0.8


def akin(word: str, other: str) -> bool:
    """Whether two words are the same but for an ending."""
    return stem(word) == stem(other) or _bare(stem(word)) == _bare(stem(other))


def _bare(word: str) -> str:
    """A stem without the ending of a verb, where enough is left: passed, passing."""
    bare = re.sub(r"(?:ing|ed)$", "", word)
    return bare if len(bare) > 3 else word


@lru_cache(4096)
def stem(word: str) -> str:
    """A word without case and plural ending."""
    word = word.casefold()
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    for ending in ("en", "es", "s", "e", "n"):
        if len(word) - len(ending) > 3 and word.endswith(ending) and not word.endswith("ss"):
            return word[: -len(ending)]
    return word


def _tokens(text: str) -> list[Token]:
    return [Token(word[0], word.start()) for word in re.finditer(r"[^\W_]+", text)][:400]


@lru_cache(4096)
def _parts(name: str) -> tuple[str, ...]:
    bare = re.sub(r"(?<=\w)\s*[(\[][^()\[\]]*[)\]]\s*$", "", name)  # a unit in brackets is not spoken
    spaced = re.sub(r"(?<=[a-zäöü0-9])(?=[A-ZÄÖÜ])", " ", bare)
    return tuple(re.findall(r"[^\W_]+", spaced))


def _spots(name: str, tokens: Sequence[Token], text: str) -> list[int]:
    """Where every part of a name stands in the text; nothing when one is missing."""
    if len(name) > 1 and (quoted := re.search(rf"[`'\"“]{re.escape(name)}[`'\"”]", text, re.IGNORECASE)):
        return [token.at for token in tokens if quoted.start() <= token.at < quoted.end()]
    parts = _parts(name)
    if len(name.strip()) == 1:
        letter = re.escape(name.strip())  # "a" is a word unless the sentence pauses after it
        pause = r"(?=\s*(?:$|[,.;:!?)]|(?:against|vs|versus|by|over|and)\b))" if letter in "aAiI" else ""
        spot = re.search(rf"(?<!\w){letter}(?!\w){pause}", text)
        return [spot.start()] if spot else []
    spots = [next((t.at for t in tokens if _counts(t.word) and same(part, t.word)), None) for part in parts]
    whole = [spot for spot in spots if spot is not None]
    return whole if len(whole) == len(parts) else []


def _counts(word: str) -> bool:
    return word.casefold() not in {"the", "a", "an", "of", "by", "per", "and", "or", "in", "over", "to", "is"}


def _partial(word: str, names: Sequence[str], found: Collection[str]) -> str | None:
    """The shortest name not found yet that has the word, or one that means the same, among its parts."""
    if len(word) < 3 or word.casefold() in _STOP:
        return None
    free = sorted((name for name in names if name not in found), key=len)
    if len(word) > 3:
        for name in free:
            if any(same(word, part) for part in _parts(name)):
                return name
    alike = next((group for group in _ALIKE if stem(word) in {stem(other) for other in group}), None)
    if alike is None or any(stem(part) in {stem(o) for o in alike} for name in found for part in _parts(name)):
        return None
    meant = {stem(other) for other in alike}
    return next((name for name in free if any(stem(part) in meant for part in _parts(name))), None)
