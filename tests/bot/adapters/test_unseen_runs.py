"""Where nobody saw how a run ended, no surface says how long it took, or that it printed nothing."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from bot.adapters.console.show import show
from bot.adapters.discord.render import render as discord
from bot.adapters.slack.render import render as slack
from bot.adapters.web.view.code import output
from bot.domain.posts import OutputPost
from bot.domain.turn_results import Killed, RunResult


def _shown(result: RunResult) -> dict[str, str]:
    post, screen = OutputPost("executor", (result,)), io.StringIO()
    show(Console(file=screen), post)
    return {
        "console": screen.getvalue(),
        "discord": " ".join(part.body for part in discord("s1", "1", post, "all")),
        "slack": " ".join(part.body for part in slack("s1", "1", post, "all")),
        "web": output(result),
    }


@pytest.mark.parametrize("killed", ["interrupted", "stopped"])
def test_what_nobody_saw_is_not_told(killed: Killed) -> None:
    for where, text in _shown(RunResult(-1, "", 0, killed)).items():
        assert "0.0 s" not in text, where
        assert "nothing" not in text, where


@pytest.mark.parametrize("killed", ["memory", "stopped"])
def test_what_was_measured_is_told(killed: Killed) -> None:
    for where, text in _shown(RunResult(137, "row 1", 61.5, killed)).items():
        assert "61.5 s" in text or "1 min" in text, where
        assert "row 1" in text, where
