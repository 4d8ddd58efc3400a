"""Texts and numbers as programs of the demo print them for people."""

from __future__ import annotations

import ast
import re

QUOTED = r"""(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
"""A text that needs quotes, as Python writes it."""
_CELL = re.compile(rf"{QUOTED}|\S+(?: \S+)*")


def texts(line: str) -> list[str]:
    """The texts of a line, which two spaces part; those in quotes without them."""
    return [unquoted(cell) for cell in _CELL.findall(line)]


def unquoted(text: str) -> str:
    """A text without the quotes that it may have."""
    if not re.fullmatch(QUOTED, text):
        return text
    try:
        return str(ast.literal_eval(text))
    except (ValueError, SyntaxError):
        return text


def digits(number: str) -> str:
    """A number without the commas that part its thousands."""
    return number.replace(",", "")
