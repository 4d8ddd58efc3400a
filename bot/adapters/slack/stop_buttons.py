"""Stop buttons: each names the run that it is shown in and never stops a later one: pure."""

from __future__ import annotations

from dataclasses import dataclass

from bot.adapters.slack.blocks import Block, button

STOP = "stop_session"
"""The action of every Stop button."""


@dataclass(frozen=True, slots=True)
class ShownRun:
    """The run of a session in which a post was shown; post 0 is before the first one."""

    session: str
    post: int = 0


def stop_button(run: ShownRun, *, style: str = "") -> Block:
    """A button that stops a run."""
    return button("Stop", STOP, f"{run.session}:{run.post}", style=style)


def run_of(value: str) -> ShownRun:
    """The run that a button's value names."""
    session, _, post = value.partition(":")
    return ShownRun(session, int(post) if post.isascii() and post.isdigit() and len(post) < 19 else 0)
