"""What a person's words ask of a chart, whatever the data: its kind, its grouping in time, colour, filters."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from typing import Literal, TypeVar

from agents.demo import spans
from agents.demo.texts import bag

Chart = Literal[
    "", "line", "bar", "pie", "histogram", "boxes", "scatter", "heat", "differ", "drivers", "words", "table"
]
Name = TypeVar("Name", bound=str)
Sort = Literal["", "down", "up", "name"]
How = Literal["", "sum", "mean", "median", "count", "nunique", "max", "min"]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for; a field that was not spoken of keeps its default.

    `every` is a period (hour, day, week, month, quarter, year) or a cycle (weekday, time of day, calendar
    month); `span`: it speaks of a time; a negative `top` counts from the bottom; `scale` is the size of a chart
    relative to the usual; `file` is csv or xlsx. `texts` are the sentences themselves, oldest first, in which
    columns may be named, from the one at `since` on.
    """

    texts: tuple[str, ...] = ()
    since: int = 0
    chart: Chart = ""
    over_time: bool = False
    every: str = ""
    how: How = ""
    share: bool = False
    colour: str = ""
    log: bool | None = None
    span: bool = False
    top: int = 0
    sort: Sort = ""
    scale: float = 0
    file: str = ""

    def __bool__(self) -> bool:
        return any(getattr(self, part.name) != part.default for part in fields(self)[2:])


BY = r"(?:by|per|nach|je|pro|for each|for every|across|split by|grouped by)\s+(?:the\s+)?(?=\w)"
"""The words before what to group by."""
BY_WORDS = re.compile(rf"\b{BY}", re.IGNORECASE)

_CHARTS: tuple[tuple[Chart, str], ...] = (
    (
        "drivers",
        r"(?:what|which \w+|who) (?:most |mainly |really )?"
        r"(?:drives?|affects?|influences?|determines?|explains?|impacts?|predicts?)"
        r"|(?:key |main )?drivers?|driving factors?|influenc\w+ factors?|goes? (?:along|together) with"
        r"|what (?:does|do|makes?) .{1,40} (?:depends? on|high\w*|low\w*|more|less|go up)"
        r"|(?:was )?(?:beeinflusst|treibt)|einflussfaktor\w*",
    ),
    ("differ", r"differ(?:s|ed|ences?)?|distinguish\w*|unterschied\w*|unterscheide\w*"),
    ("words", r"(?:common\w*|frequent\w*|top|which|what) words|word (?:counts?|frequenc\w+)|häufigste\w* wörter"),
    ("heat", r"heat ?maps?|correlat\w*|korrelation\w*"),
    ("scatter", r"scatter\w*|relation(ship)?s?( between)?|vs\.?|versus|against|streudiagramm|depends? on"),
    ("boxes", r"box(es)?[ -]?(plots?|charts?)?|boxplots?|outliers?|ausreißer|spread"),
    ("histogram", r"histogram\w*|distribut\w*|verteilung\w*"),
    ("pie", r"pies?|donuts?|doughnut|kuchen\w*|torten\w*|kreisdiagramm"),
    ("bar", r"bars?|barplots?|balken\w*|säulen\w*|rank\w*"),
    ("line", r"lines?|linien\w*|curves?|kurve"),
)
_TABLE = (
    r"\b(?:as|to|into|in|export|save|give me|als)\s+(?:it\s+)?(?:an?\s+|the\s+|eine?\s+)?"
    r"(?:csv|table|xlsx|excel|spreadsheet|tabelle)\b"
)
_OVER_TIME = (
    r"\bover (?:the )?(?:time|years|months|weeks|days)|\btrends?\b|\bdevelop\w*|\bhistory\b|"
    r"\btime ?(?:line|series)\b|\bevolution\b|\bverlauf|\bentwicklung|\bgrowth\b|\bgrew\b|\bzeitlich|\bim lauf"
)
_PEAK = (
    r"(?:hottest|coldest|highest|lowest|best|worst|busiest|quietest|strongest|weakest|biggest|peak|which|what) "
)
_EVERY = (
    ("weekday", r"week ?days?|days? of (?:the )?week|wochentag\w*"),
    ("time of day", r"hours? of (?:the )?day|times? of (?:the )?day|tageszeit|uhrzeit"),
    ("calendar month", r"months? of (?:the )?year|calendar months?|season\w*|saison\w*"),
    ("hour", _PEAK + r"hour|hourly|stündlich|(?:by|per|each|every|pro|je|nach) (?:hour|stunde)"),
    ("day", _PEAK + r"day|daily|täglich|(?:by|per|each|every|pro|je|nach) (?:day|tag)"),
    ("week", _PEAK + r"week|weekly|wöchentlich|(?:by|per|each|every|pro|je|nach) (?:week|woche)"),
    ("month", _PEAK + r"month|monthly|monatlich|(?:by|per|each|every|pro|je|nach) (?:months?|monat)"),
    ("quarter", _PEAK + r"quarter|quarterly|(?:by|per|each|every|pro|je|nach) (?:quarters?|quartal)"),
    ("year", _PEAK + r"year|yearly|annual(?:ly)?|jährlich|(?:by|per|each|every|pro|je|nach) (?:years?|jahr)"),
)
_HOW: tuple[tuple[How, str], ...] = (
    ("mean", r"mean|average[sd]?|avg|durchschnitt\w*|mittel\w*|typical"),
    ("median", r"median"),
    ("count", r"counts?|how many|how often|number of|anzahl|wie viele|frequenc\w+|häufigkeit\w*"),
    ("sum", r"totals?|sums?|summe|gesamt\w*|overall"),
    ("max", r"maxim\w+|max"),
    ("min", r"minim\w+|min"),
)
_SHARE = r"\b(?:shares?(?! price)|proportions?|percent\w*|anteil\w*)\b"
_COLOURS = {
    name: name
    for name in bag(
        "red blue green orange purple black grey gray pink brown teal navy gold cyan magenta yellow olive "
        "violet indigo turquoise salmon maroon lime coral crimson darkred darkblue darkgreen darkorange "
        "darkgray darkviolet lightblue lightgreen skyblue steelblue royalblue forestgreen seagreen tomato "
        "firebrick"
    )
} | {
    "rot": "red",
    "blau": "blue",
    "grün": "green",
    "gelb": "gold",
    "schwarz": "black",
    "lila": "purple",
    "rosa": "pink",
}
_NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "ten": 10, "twenty": 20}
_NUMBERS |= {"zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "zehn": 10}


DRAW = re.compile(
    r"\b(?:plot|chart|graph|draw|visuali[sz]e|analy[sz]e|explore|overview|summar\w+|describe|profile|look|show"
    r"|dashboard|report|insights?|compare|again|everything|redo|tell|statistics|stats|analysiere|zeig\w*|zeichne"
    r"|auswert\w*|vergleich\w*)\b",
    re.IGNORECASE,
)
"""Words that ask for a picture or a look, of whatever."""


def parse(text: str) -> Wish:
    """The wish in one message."""
    plain = re.sub(r"\b(?:instead of|rather than|not|statt|no)\s+(?:an?\s+|the\s+)?\w+", " ", text.casefold())[
        :5000
    ]
    table = re.search(_TABLE, plain)
    every = _first(_EVERY, plain)
    return Wish(
        texts=(text[:5000],),
        chart="table" if table else _first(_CHARTS, plain),
        over_time=bool(re.search(_OVER_TIME, plain))
        or every in ("hour", "day", "week", "month", "quarter", "year"),
        every=every,
        how=_first(_HOW, plain),
        share=bool(re.search(_SHARE, plain)),
        colour=_colour(plain),
        log=_log(plain),
        span=spans.speaks(text[:5000]),
        top=_top(plain),
        sort=_sort(plain),
        scale=_scale(plain),
        file=("xlsx" if re.search(r"\b(?:xlsx|excel|spreadsheet)\b", plain) else "csv") if table else "",
    )


def renewed(old: Wish, new: Wish) -> Wish:
    """A new wish that says all there is to say; of the old one stay the looks and, in its texts, conditions."""
    looks = replace(Wish(old.texts, len(old.texts)), colour=old.colour, log=old.log, scale=old.scale)
    return merged(looks, new)


_ALONE = frozenset(bag("table scatter heat histogram boxes differ drivers words"))
"""Charts that other words than those about their columns end."""


def merged(old: Wish, new: Wish) -> Wish:
    """The old wish with what the new one speaks of in its place."""
    spoken = {
        part.name: getattr(new, part.name)
        for part in fields(Wish)
        if part.name not in ("texts", "since") and getattr(new, part.name) != part.default
    }
    if "chart" in spoken and "file" not in spoken:
        spoken["file"] = ""
    regrouped = bool(BY_WORDS.search(new.texts[-1]))
    if (
        not new.chart
        and old.chart in _ALONE
        and (new.over_time or new.how or (regrouped and old.chart != "scatter"))
    ):
        spoken |= {"chart": "", "file": ""}
    if new.share and not new.how:
        spoken["how"] = ""
    if (
        not new.every
        and (new.over_time or regrouped)
        and old.every in ("weekday", "time of day", "calendar month")
    ):
        spoken["every"] = ""
    if "over_time" not in spoken and new.chart not in ("", "line") and regrouped:
        spoken |= {"over_time": False, "every": ""}
    return replace(old, **spoken, texts=old.texts + new.texts)


def _first(options: tuple[tuple[Name, str], ...], text: str) -> Name | Literal[""]:
    return next((name for name, pattern in options if re.search(rf"\b(?:{pattern})(?!\w)", text)), "")


def _colour(text: str) -> str:
    if code := re.search(r"#[0-9a-f]{6}\b", text):
        return code[0]
    spoken = re.sub(r"\b(dark|light|royal|sky|steel|forest|sea) (?=[a-z])", r"\1", text)
    cue = r"(?:in|it|them|use|using|with|colou?r(?:ed|s)?|paint\w*|lines?|bars?|chart|plot|points?|farbe|mach\w*)"
    names = "|".join(sorted(_COLOURS, key=len, reverse=True))
    found = re.search(rf"\b{cue}:?\s+(?:to |as |be |in |colou?r )?({names})\b", spoken)
    found = found or re.fullmatch(rf"\W*(?:now |make it |in )*({names})(?: please| instead)?\W*", spoken)
    return _COLOURS[found[1]] if found else ""


def _log(text: str) -> bool | None:
    if re.search(r"\blinear\b", text):
        return False
    return True if re.search(r"\blog(?:arithmic)?(?:[ -]?(?:scale|axis|plot|y))?\b", text) else None


_UNITS = r"(?:hours?|days?|weeks?|months?|quarters?|years?)"
_BEST, _WORST = r"top|first|best|largest|biggest|highest|most", r"bottom|last|worst|smallest|lowest|least|fewest"


def _top(text: str) -> int:
    count = rf"(\d{{1,3}}|{'|'.join(_NUMBERS)})"
    for words, sign in ((_BEST, 1), (_WORST, -1)):
        found = re.search(rf"\b(?:{words})\s+{count}\b(?!\s+{_UNITS}\b)", text)
        found = found or re.search(rf"\b{count}\s+(?:\w+\s+with\s+the\s+)?(?:{words})\b(?!\s+{_UNITS}\b)", text)
        if found:
            return sign * min(int(found[1]) if found[1].isdecimal() else _NUMBERS[found[1]], 100)
    return 0


_SORTS = re.compile(
    r"\b(?:(?:re)?sort\w*|order(?:ed)? (?:it |them )?(?:by|from|in)|sortier\w*|ascending|descending|alphabet\w*"
    r"|(?:highest|largest|biggest|lowest|smallest) first)\b"
)


def _sort(text: str) -> Sort:
    """The order that is asked for; by time is an order that charts have anyway."""
    if not _SORTS.search(text):
        return ""
    if re.search(r"\balphabet\w*|\bby (?:the )?names?\b|\ba ?(?:-|to) ?z\b|\bnach namen?\b", text):
        return "name"
    rising = r"\bascending|(?:smallest|lowest|least|fewest) (?:first|to)|\baufsteigend|\bincreasing|\bupwards"
    return "up" if re.search(rising, text) else "down"


def _scale(text: str) -> float:
    if re.search(r"\b(?:bigger|larger|wider|taller|größer)\b", text):
        return 1.4
    return 0.75 if re.search(r"\b(?:smaller|kleiner)\b", text) else 0
