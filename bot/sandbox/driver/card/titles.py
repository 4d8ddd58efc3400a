"""Lines above the header of a table: its title, when it was printed, nothing."""

from __future__ import annotations

from collections.abc import Sequence

MOST = 10


def above(rows: Sequence[Sequence[str]]) -> int:
    """How many of the first rows stand above the header: at most their first cell is filled, below several."""
    count = next((place for place, row in enumerate(rows[: MOST + 1]) if not is_title(row)), 0)
    if not count or filled(rows[count]) < 2:
        return 0
    # Of two cells the second may as well be a column without a name: then numbers begin right below.
    unsure = any(len(row) == 2 for row in rows[:count])
    return 0 if unsure and any(is_number(cell) for cell in rows[count]) else count


def is_title(row: Sequence[str]) -> bool:
    return filled(row) == 0 or (filled(row) == 1 and bool(row[0].strip()))


def filled(row: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in row)


def is_number(field: str) -> bool:
    try:
        float(field.replace(",", "."))
    except ValueError:
        return False
    return True
