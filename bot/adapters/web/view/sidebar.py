"""What stands beside and above the thread."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from markupsafe import Markup

from bot.adapters.web.context import Installation
from bot.adapters.web.current_agents import Busy
from bot.adapters.web.view.entries import shown
from bot.adapters.web.view.templates import macros
from bot.domain.views import FileView, SessionView, Spend

T = macros("side.html")
_STATUS = {"running": "At work", "waiting": "Waiting for you", "paused": "On hold"}
_OUTCOME = {
    "finished": "Done",
    "answered": "Answered",
    "unfinished": "Waiting for you",
    "stopped": "Stopped",
    "limit": "Limit reached",
    "failed": "Not done",
}


def state(view: SessionView) -> tuple[str, str]:
    """A session's state as a class name and in words."""
    if view.status == "ended":
        outcome = view.outcome or "ended"
        return outcome, _OUTCOME.get(outcome, "Ended")
    return view.status, _STATUS[view.status]


def session_row(view: SessionView, *, current: bool) -> Markup:
    """A session in the list, with when it began or, once it is over, when that was."""
    since = view.updated if view.status == "ended" else view.created
    return cast(Markup, T.session(view, *state(view), since, current))


def chip(view: SessionView) -> Markup:
    """A session's state, on top of its thread."""
    return cast(Markup, T.chip(*state(view)))


def live(view: SessionView, busy: Busy | None) -> Markup:
    """Who is at work and for how long; nothing when no agent is."""
    match view.status:
        case "running":
            return cast(Markup, T.live(busy))
        case "paused":
            return cast(Markup, T.on_hold())
    return Markup("")


def stop_button(view: SessionView) -> Markup:
    """Stops the team; there is none when nothing is left to stop."""
    return cast(Markup, T.stop_button(view.id)) if view.status != "ended" else Markup("")


def banner(about: Installation) -> Markup:
    """The banner of every page while the demo model is used, with the server's notes."""
    return cast(Markup, T.banner(about)) if about.demo or about.notes else Markup("")


def panels(
    view: SessionView, files: Sequence[FileView], spend: Sequence[Spend], about: Installation
) -> tuple[Markup, Markup, Markup]:
    """The right side: the workspace, the cost, and the agents with their models."""
    groups = [
        ("Attached", [shown(view.id, each.file) for each in files if each.attached]),
        ("Made by the team", [shown(view.id, each.file) for each in files if not each.attached]),
    ]
    return T.workspace(groups), T.costs(view, spend), T.about_session(view, about)
