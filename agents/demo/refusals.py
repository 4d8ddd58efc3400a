"""Why a wish cannot be met with a table: said instead of drawing something else."""

from __future__ import annotations

import re

from agents.demo import charts, roles
from agents.demo.casting import Cast, named
from agents.demo.texts import bag, label, said
from agents.demo.wishes import BY, BY_WORDS, parse
from agents.demo.words import mentions

_NO_GROUP = frozenset(
    bag(
        "far the default hand chance any time date way size value values amount name names default itself now all "
        "myself yourself"
    )
)
"""Words after "by" that are not meant as columns."""
_NO_MEASURE = frozenset(
    bag(
        "time times date dates year years month months day days week weeks hour hours quarter quarters split "
        "grouped group groups broken down sorted sort ordered coloured colored stacked it them this that "
        "these data chart plot graph bar bars line lines pie compare compared instead now only all everything "
        "everyone results numbers values rows and or the a is are was go see show draw again please ones "
        "those details figures records entries table file break breakdown overview distribution differ "
        "differs vary varies change changes changed develop developed evolve grow grew verteilung analyse "
        "analysis statistics stats summary total much many look looks trend trends spread"
    )
)
"""Words before "by" that are not meant as columns."""


def why(cast: Cast) -> str:
    """The reason in a sentence or two, or "" when there is none."""
    return (
        _no_time(cast)
        or _no_top(cast)
        or _no_group(cast)
        or _no_measure(cast)
        or _no_pie(cast)
        or _no_line(cast)
        or _no_drivers(cast)
    )


def _no_time(cast: Cast) -> str:
    wish, table = cast.wish, cast.table
    if not (wish.over_time or wish.every) or cast.date or cast.by:
        return ""
    if not wish.every and any(roles.natural_order(column) for column in table.kind("text")):
        return ""
    if wish.every in ("", "year") and (roles.years(table) or roles.year_columns(table)):
        return ""
    how = f"per {wish.every}" if wish.every else "over time"
    return f"There is no column of dates in {said(table.table, 80)}, so I cannot show anything {how}."


def _no_top(cast: Cast) -> str:
    if not cast.wish.top or cast.group or cast.date:
        return ""
    return f"{said(cast.table.table, 80)} has no groups, so there is no top {abs(cast.wish.top)} to show."


def _no_group(cast: Cast) -> str:
    """Words after "by" that name no column."""
    text = cast.wish.texts[-1] if cast.wish.texts else ""
    names = cast.table.names
    if parse(text).every or nameless(cast):
        return ""
    for found in BY_WORDS.finditer(text):
        word = re.match(r"[^\W\d_]+", text[found.end() :])
        if (
            word
            and word[0].casefold() not in _NO_GROUP
            and not mentions(text[found.end() : found.end() + 40], names)
        ):
            return f"There is no column like “{said(word[0])}”. {_columns(cast)}"
    return ""


def _no_measure(cast: Cast) -> str:
    """A word before "by" that names nothing to measure; one in the plural may stand for the rows."""
    word = measured_word(cast)
    if not word or word.endswith("s") or nameless(cast):
        return ""
    return f"There is no column like “{said(word)}”. {_columns(cast)}"


def nameless(cast: Cast) -> bool:
    """Whether the table has no header, so that nobody can name its columns."""
    return all(re.fullmatch(r"column \d+", column.name) for column in cast.table.columns)


def measured_word(cast: Cast) -> str:
    """The word in the place of what to measure when it is no column, or ""."""
    text = cast.wish.texts[-1] if cast.wish.texts else ""
    found = re.search(rf"([^\W\d_]+)\s+{BY}", text, re.IGNORECASE)
    if (
        not found
        or named(cast.table, text[: found.start(1)])
        or found[1].casefold() in _NO_MEASURE
        or parse(found[1])
    ):
        return ""
    return "" if mentions(found[1], cast.table.names) else found[1]


def _columns(cast: Cast) -> str:
    names = [f"{said(column.name)}" for column in cast.table.columns[:8]]
    more = f" and {cast.table.width - 8:,} more" if cast.table.width > 8 else ""
    return f"The columns are {', '.join(names)}{more}."


def _no_pie(cast: Cast) -> str:
    wish, value = cast.wish, cast.value
    if wish.chart != "pie":
        return ""
    name, parts = said(label(value.name)) if value else "", "A pie shows the parts of a whole"
    if value and wish.how in ("mean", "median", "max", "min", "nunique"):
        return f"{parts}, and values like the {wish.how} of {name} do not add up to one: say “as bars”."
    if value and not roles.adds_up(value) and wish.how != "sum":
        return (
            f"{parts}, and {name} does not look like something to add up: say “as bars”, "
            f"or “total {name} as a pie”."
        )
    if value and value.low < 0:
        return f"A pie cannot show negative numbers, and {name} has some: say “as bars”."
    if not cast.by and not cast.date and not cast.group:
        return f"A pie needs groups, and {said(cast.table.table, 80)} has none: say “as a histogram”."
    if not cast.by and cast.date and wish.every in roles.PERIODS and charts.periods(cast.date, wish.every) > 13:
        other = f", or “by {said(cast.group.name)} as a pie”" if cast.group else ""
        slices = f"A pie with a slice for every {wish.every} of so long a time"
        return f"{slices} cannot be read: say “as bars”{other}."
    return ""


def _no_drivers(cast: Cast) -> str:
    """What goes along with a text of many values cannot be said in one number."""
    target = cast.target
    if cast.wish.chart == "drivers" and len(cast.table.columns) == 1:
        return f"{said(cast.table.table, 80)} has no other column that could go along with it."
    if cast.wish.chart != "drivers" or target is None or target.kind == "number" or target.distinct == 2:
        return ""
    name = said(target.name)
    return (
        f"I can say what goes along with a number or with two values like yes and no, and {name} is neither. "
        f"You could ask “how do the groups of {name} differ?”."
    )


def _no_line(cast: Cast) -> str:
    wish, table = cast.wish, cast.table
    ordered = cast.date or roles.years(table) or roles.year_columns(table) or len(cast.values) > 1
    if wish.chart != "line" or ordered or any(roles.natural_order(column) for column in cast.by):
        return ""
    return (
        f"A line needs an order, such as time, and {said(table.table, 80)} has no column of dates: say “as bars”."
    )
