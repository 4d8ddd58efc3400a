"""Where a person writes: the reply box of a thread, and the first page with its teams and examples."""

from __future__ import annotations

from typing import cast

from markupsafe import Markup

from bot.adapters.web.context import Installation
from bot.adapters.web.view.templates import macros

# Tasks that the demo model can do with data that ships with the sandbox's libraries: a title, the task, a sign.
EXAMPLES = (
    ("Google's share price", "Plot the Google share price in matplotlib's sample data and describe it.", "line"),
    ("Tell irises apart", "Classify the iris flowers and show what the model looks at.", "dots"),
    ("What is in this wine?", "Explore the wine data set: how do its cultivars differ?", "bars"),
)

_T = macros("compose.html")


def reply_box(session: str, limit: int) -> Markup:
    """The reply box of a session; `limit` is in bytes, for all files of a message."""
    return cast(Markup, _T.reply(session, limit))


def hello(about: Installation, limit: int) -> Markup:
    """The first page: what this is, a box for the task, the teams with the default one first, and examples."""
    teams = sorted(about.teams.items(), key=lambda team: team[0] != about.team)
    return cast(Markup, _T.hello(about, teams, EXAMPLES, limit))
