"""Lets matplotlib draw every script, whatever font a program or a style asks for.

Out of the box only a `font.family` that lists fonts falls back glyph by glyph; seaborn's themes, and every program
that sets a font for its own language, would get boxes. The image's matplotlib calls `add_fallback` on import.
"""

from __future__ import annotations

import functools
from typing import Any

FAMILIES = ("DejaVu Sans", "Droid Sans Fallback", "FreeSans", "FreeSerif", "Symbola", "Unifont", "Unifont Upper")


def add_fallback(manager: Any) -> None:
    """Have a FontManager class end each list of font files with those that have the missing glyphs."""
    asked_for = manager._find_fonts_by_props

    @functools.cache
    def fallback(self: Any) -> list[Any]:
        return [self.findfont(family) for family in FAMILIES]

    def find(self: Any, prop: Any, fontext: str = "ttf", *args: Any, **options: Any) -> list[Any]:
        paths: list[Any] = asked_for(self, prop, fontext, *args, **options)
        if fontext == "ttf":
            paths += [path for path in fallback(self) if path not in paths]
        return paths

    manager._find_fonts_by_props = find
