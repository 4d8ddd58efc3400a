"""Code and program output, folded when they are long."""

from __future__ import annotations

import re

from markupsafe import Markup, escape
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from bot.adapters.web.view.templates import macros
from bot.domain.turn_results import RunResult
from bot.text.languages import canonical

FOLD = 20
MAX_HIGHLIGHT = 50_000
MAX_OUTPUT = 40_000

_T = macros("code.html")
_KILLED = {
    "time": "ran out of time",
    "memory": "ran out of memory",
    "output": "printed too much",
    "disk": "filled its disk",
    "stopped": "stopped",
    "interrupted": "interrupted",
    "lost": "sandbox lost",
    "language": "language not known",
    "rejected": "not run",
}
_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[@-_]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def code(text: str, language: str, fold: int = FOLD) -> Markup:
    """A block of code, highlighted if its language is known, folded when it is long."""
    html: Markup = _T.block(
        _highlighted(text, language), canonical(language) or "code", lines=_lines(text), fold=fold
    )
    return html


def output(result: RunResult) -> Markup:
    """What a program printed, and how it ended."""
    text = printable(result.output).rstrip("\n")
    html: Markup = _T.block(
        escape(text),
        "output",
        "ran good" if result.ok else "ran bad",
        _T.ending(result, _KILLED[result.killed] if result.killed else ""),
        lines=_lines(text) if text.strip() else 0,
        fold=FOLD,
        empty="what it printed is lost" if result.is_unseen else "printed nothing",
    )
    return html


def printable(text: str) -> str:
    """Output as a page can show it: without terminal codes, and without its middle when it is very long."""
    text = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", _ANSI.sub("", _overwritten(text)))
    if len(text) <= MAX_OUTPUT:
        return text
    head, tail = text[: MAX_OUTPUT * 3 // 4], text[-MAX_OUTPUT // 4 :]
    return f"{head}\n… {len(text) - len(head) - len(tail):,} characters are left out here …\n{tail}"


def _overwritten(text: str) -> str:
    """Lines as a terminal leaves them: what follows a carriage return replaces what stood before it."""
    return "\n".join(line.rstrip("\r").rsplit("\r", 1)[-1] for line in text.split("\n"))


def _lines(text: str) -> int:
    return text.rstrip("\n").count("\n") + 1


def _highlighted(text: str, language: str) -> Markup:
    if len(text) > MAX_HIGHLIGHT:
        return escape(text)
    try:
        lexer = get_lexer_by_name(language, stripnl=False)
    except ClassNotFound:
        return escape(text)
    return Markup(highlight(text, lexer, HtmlFormatter(nowrap=True)))  # noqa: S704  pygments escapes what it marks up
