"""Where a person writes: the reply box of a thread, and the first page with teams and examples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from markupsafe import Markup

from bot.adapters.web.context import Installation
from bot.adapters.web.view.templates import macros

_T = macros("compose.html")


def reply_box(session: str, limit: int, follow_ups: Sequence[str] = ()) -> Markup:
    """The reply box of a session; `limit` is in bytes, for all files of a message; `follow_ups` take one click."""
    return cast(Markup, _T.reply(session, limit, follow_ups))


def hello(about: Installation, limit: int) -> Markup:
    """The first page: what this is, a box for the task, the teams with the default one first, and examples."""
    teams = sorted(about.teams.items(), key=lambda team: team[0] != about.team)
    return cast(Markup, _T.hello(about, teams, limit))
