"""A file's profile in words, for people and agents alike: Markdown in which nothing from the file can act."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.domain.workspace_files import ColumnProfile, FileProfile, TableProfile
from bot.text.pandas_calls import reading_call

_TABLES = 10
_COLUMNS = 60
_WIDTH = 24
_LONGEST = 300
_CALL = 4000
_MOST = 8000
"""Characters of one profile: every model call of the session pays for them."""


def describe_profile(card: FileProfile) -> str:
    """What is in a file: kind and size, and for each table its columns and first rows."""
    lines: list[str] = []
    size = 0
    for line in _lines(card):
        if size > _MOST:
            lines += ["```"] * (sum(line.startswith("```") for line in lines) % 2)
            lines.append("… and more")
            break
        lines.append(line)
        size += len(line)
    if call := reading_call(card):
        lines.append(f"Read it with `{_plain(call, _CALL)}`")
    return "\n".join(lines)


def _lines(card: FileProfile) -> Iterator[str]:
    facts = [f"{_plain(card.kind)}, {card.size:,} bytes"]
    if card.encoding:
        facts.append(_plain(card.encoding))
    if card.separator:
        facts.append(f"separated by {_plain(card.separator)}")
    yield f"`{_plain(card.path)}`: {', '.join(facts)}"
    if card.note:
        yield f"{_plain(card.note)}"
    if card.problem:
        yield f"Not read: {_plain(card.problem)}."
    for table in card.tables[:_TABLES]:
        yield from _table(table)
    more = card.more_tables + len(card.tables[_TABLES:])
    if more:
        yield f"{more:,} more sheets or tables"


def _table(table: TableProfile) -> Iterator[str]:
    name = f"`{_plain(table.name)}`: " if table.name else ""
    columns, more = table.columns[:_COLUMNS], table.more_columns + len(table.columns[_COLUMNS:])
    listed = ", ".join(_column(column) for column in columns) + (f" and {more:,} more" if more else "")
    yield f"{name}{table.rows:,} rows, {len(columns) + more:,} columns" + (f": {listed}" if listed else "")
    if table.skipped:
        lines = "1 line" if table.skipped == 1 else f"{table.skipped:,} lines"
        yield f"Skipped {lines} above the header"
    if table.first and columns:
        yield "```text"
        yield from _aligned([[column.name for column in columns], *table.first])
        yield "```"


def _column(column: ColumnProfile) -> str:
    missing = f", {column.nulls:,} missing" if column.nulls else ""
    return f"`{_plain(column.name)}` ({_plain(column.type)}{missing})"


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    cells = [[_short(cell) for cell in row[:_COLUMNS]] for row in rows]
    count = max(len(row) for row in cells)
    widths = [max((len(row[place]) for row in cells if place < len(row)), default=0) for place in range(count)]
    for row in cells:
        yield " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip()


def _short(text: str) -> str:
    text = _plain(text)
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"


def _plain(text: str, most: int = _LONGEST) -> str:
    """One short line of printable characters, none of which ends a code span or a fence."""
    kept = "".join(character if character.isprintable() else " " for character in text[:most].replace("`", "'"))
    return " ".join(kept.split()) + ("…" if len(text) > most else "")
