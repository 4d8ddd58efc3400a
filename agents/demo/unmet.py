"""Conditions in words that no value of a table meets: better said than passed over."""

from __future__ import annotations

import re
from dataclasses import replace

from agents.demo import roles, wishes
from agents.demo.conditions import Narrowed
from agents.demo.tables import Table
from agents.demo.texts import listed, said
from agents.demo.words import mentions

_CUES = re.compile(
    r"\b(?P<cue>(?:share|proportion|percentage|part) of|only|nur|without|exclud\w+|except(?: for)?|ohne|außer"
    r"|where|whose)\s+(?:(?:the|for|in|from|of|any|a|an|die|der|das)\s+)*"
    r"(?P<word>[^\W\d_][\w-]*(?: \d+\b| (?-i:[A-Z])[\w-]*)?)"
    r"|^\W*(?P<just>just)\s+(?:the\s+)?(?P<thing>[^\W\d_][\w-]*)",
    re.IGNORECASE,
)
_PLACE = re.compile(r"\b(?:for|in|from|of)\s+(?:the\s+)?(?P<word>[A-Z][a-zà-ÿ]{2,}(?:\s[A-Z][a-zà-ÿ]+)?)\b")
_HARMLESS = re.compile(
    r"(?:show|plot|draw|give|make|do|use|want|need|look|tell|see|chart|graph|figure|picture|one|two|three|this|that"
    r"|these|it|them|what|how|when|data|rows?|values?|numbers?|columns?|column|curious|excel|csv|python|please"
    r"|total|title|each|every|all|most|least|highest|lowest|biggest|smallest|best|worst|positive|markdown|english"
    r"|average|there|those|people|ones|who|which)\b",
    re.IGNORECASE,
)


def asks(table: Table, text: str) -> bool:
    """Whether a text may name a value that is not known, by a capital: "in Paris"."""
    alone = re.fullmatch(
        r"\W*(?:now )?(?:only|just|nur|without|except|excluding|ohne) (?:the )?([\w-]+)\W*", text, re.IGNORECASE
    )
    words = [found["word"] for found in _PLACE.finditer(text)] + ([alone[1]] if alone else [])
    return any(not mentions(word, table.names) for word in words)


def questioned(narrowed: Narrowed) -> Narrowed:
    """The same, with a refusal when the newest text sets a condition that none of the values meets."""
    words = () if narrowed.refusal or not narrowed.texts else _unmet(narrowed, narrowed.texts[-1])
    if not words:
        return narrowed
    table = narrowed.table
    sought = words if any(column.distinct > len(column.top) for column in table.kind("text")) else ()
    known = [
        f"{said(column.name)} holds {listed([said(value, 24) for value in list(column.top)[:5]])}"
        + (" and more" if column.distinct > 5 else "")
        for column in roles.groups(table)[:2]
    ]
    instead = f" {known[0][0].upper()}{'; '.join(known)[1:]}." if known else ""
    where = f"among the values of {said(table.table)}"
    refusal = f"I do not find “{said(words[0])}” {where}, so I cannot choose rows by it.{instead}"
    return replace(narrowed, refusal=refusal, sought=tuple(sought))


def _unmet(narrowed: Narrowed, rest: str) -> tuple[str, ...]:
    names = narrowed.table.names
    for found in [*_CUES.finditer(rest), *_PLACE.finditer(rest)]:
        groups = found.groupdict()
        word = groups["word"] or groups["thing"]
        cue = (groups.get("cue") or groups.get("just") or "").casefold()
        keeps = cue in ("", "only", "nur", "just", "where", "whose") or cue.endswith(" of")
        rest_of = word.partition(" ")[2]
        if rest_of and keeps and mentions(word.partition(" ")[0], names) and not mentions(rest_of, names):
            return (word,)  # the column's name and an unknown value
        if (
            _HARMLESS.match(word)
            or word.casefold() in narrowed.table.table.casefold()
            or (keeps and (mentions(word, names) or wishes.parse(word)))
        ):
            continue
        if cue in ("only", "nur", "just") and (narrowed.conditions or narrowed.compared):
            continue
        return (word,)
    return ()
