"""The HTML templates beside this file; every value in one is escaped unless it is Markup."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.adapters.common import figures
from bot.adapters.web.view import readable
from bot.text.request_forms import REASON

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.globals.update(
    clock=readable.clock,
    hours=readable.hours,
    many=readable.many,
    money=readable.money,
    seconds=readable.seconds,
    size=figures.size,
    spoken=readable.spoken,
    tokens=readable.tokens,
    until=readable.until,
    reason_length=REASON,
)


def macros(name: str) -> Any:
    """The macros of a template, as functions that return Markup."""
    return _ENVIRONMENT.get_template(name).module


def document(name: str, **values: object) -> str:
    """A whole page."""
    return _ENVIRONMENT.get_template(name).render(**values)
