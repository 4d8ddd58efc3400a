"""Which charts answer a wish, given what a table holds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from agents.demo import casting, charts, layouts, limits, offers, refusals, unmet
from agents.demo.casting import Cast
from agents.demo.charts import Chart
from agents.demo.conditions import narrow
from agents.demo.hearing import Condition
from agents.demo.tables import Table
from agents.demo.texts import said
from agents.demo.wishes import DRAW, Wish, parse
from agents.demo.words import mentions, numbered


@dataclass(frozen=True, slots=True)
class Plan:
    """What to draw of a table, of which rows; `notes` are said before, `refusal` instead."""

    charts: tuple[Chart, ...] = ()
    conditions: tuple[Condition, ...] = ()
    notes: tuple[str, ...] = ()
    refusal: str = ""


def choose(table: Table, wish: Wish) -> Plan:
    """At most three charts for a wish; without one, an overview."""
    spoken = wish.texts[-1] if wish.texts else ""
    if unknown := numbered(spoken, table.names):
        return Plan(refusal=f"There is no column “{said(unknown[0])}” in {said(table.table, 80)}.")
    if refusal := beyond(table, wish):
        return Plan(refusal=refusal)
    narrowed = unmet.questioned(narrow(table, wish))
    if narrowed.refusal:
        return Plan(refusal=narrowed.refusal)
    cast = casting.cast(narrowed, replace(wish, texts=narrowed.texts))
    if refusal := refusals.why(cast):
        return Plan(refusal=refusal)
    if refusals.measured_word(cast) and not refusals.nameless(cast):
        cast = replace(cast, wish=replace(cast.wish, how="count"))
    drawn = layouts.asked(cast)
    if not drawn and cast.wish.chart:
        return Plan(refusal=f"I cannot draw that of {said(table.table, 80)}. {offers.instead(table)}")
    drawn = drawn or layouts.overview(cast)
    if not drawn:
        return Plan(refusal=f"I found nothing to draw in {said(table.table, 80)}: {_poverty(table)}")
    unique = {chart.title: charts.narrowed(chart, cast.narrowed.said) for chart in drawn}
    return Plan(
        tuple(unique.values())[: layouts.MOST], cast.narrowed.conditions, tuple(_notes(table, cast, spoken))
    )


def best(tables: Sequence[Table], wish: Wish) -> Table:
    """Of one table or more the one that the words speak of, else the one with most rows."""
    text = " ".join(wish.texts)

    def merit(table: Table) -> tuple[int, int, int]:
        named = len(mentions(text, [table.table.rpartition("sheet ")[2]]))
        return named, len(mentions(text, table.names)), table.rows

    return max(tables, key=merit)


def met(tables: Sequence[Table], wish: Wish, before: Wish) -> Wish:
    """A wish if it could be met, else the one `before` it, which then knows the columns that it named."""
    table = best(tables, wish)
    if not choose(table, wish).refusal:
        return wish
    return replace(before, texts=(*wish.texts[:-1], narrow(table, wish).texts[-1])) if wish.texts else before


def sought(table: Table, wish: Wish) -> tuple[str, ...]:
    """Words of a wish that may be values of the table, though not common ones."""
    return () if beyond(table, wish) else unmet.questioned(narrow(table, wish)).sought


def beyond(table: Table, wish: Wish) -> str:
    """Why the newest words of a wish cannot be met by anybody like the analyst, or ""."""
    spoken = wish.texts[-1] if wish.texts else ""
    limit = _limit(table, spoken)
    if limit is None or (wish.chart == "drivers" and parse(spoken).chart == "drivers"):
        return ""
    rest = limits.without(spoken, limit)
    first = len(wish.texts) == 1
    if limit.mild and (first or parse(rest) or casting.speaks_of(table, rest)):
        return ""
    return f"{limit.sentence} {offers.instead(table)}"


def _limit(table: Table, spoken: str) -> limits.Limit | None:
    """The limit that words run into which are not the name of a column."""
    for mention in mentions(spoken, table.names):
        word = re.match(r"[^\W_]+", spoken[mention.at :])
        end = mention.at + len(word[0] if word else "")
        spoken = spoken[: mention.at] + " " * (end - mention.at) + spoken[end:]
    return limits.find(spoken)


def _notes(table: Table, cast: Cast, spoken: str) -> list[str]:
    """What to say before the charts: what they leave open of the newest words."""
    notes = []
    if limit := _limit(table, spoken):
        notes.append(limit.sentence)
    if (word := refusals.measured_word(cast)) and not refusals.nameless(cast):
        known = word.casefold() in table.table.casefold()
        notes += [] if known else [f"There is no column “{said(word)}”, so I count rows."]
    wish = parse(spoken)
    if (
        not limit
        and spoken.strip()
        and not wish
        and not DRAW.search(spoken)
        and not casting.speaks_of(table, spoken)
    ):
        notes.append("I do not know how to do that; here is what I see in the data.")
    if wish.chart == "pie" and not cast.by and cast.group and cast.wish.over_time and not cast.wish.every:
        notes.append(f"A pie has no axis of time, so it shows the parts by {said(cast.group.name)}.")
    if wish.sort and cast.wish.chart == "pie":
        notes.append("A pie always begins with its largest part.")
    if wish.sort and cast.wish.chart in ("", "line") and (cast.wish.over_time and not cast.by):
        notes.append("Over time the order is that of time.")
    return notes


def _poverty(table: Table) -> str:
    return "its columns are empty or hold one value only." if table.columns else "it has no columns."
