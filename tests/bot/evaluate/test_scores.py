"""The figures of the shipped teams are those of the prompts that are shipped."""

from __future__ import annotations

import pytest

from agents.spec import TEAMS
from bot.commands.evaluate import EVALS
from bot.evaluate.teams import gather

SHIPPED = sorted(path.stem for path in TEAMS.glob("*.toml"))


@pytest.mark.parametrize("team", SHIPPED)
def test_each_shipped_team_has_a_score_of_its_present_prompts(team: str) -> None:
    (file,) = gather([team], TEAMS, TEAMS.parent.glob("*.md"))
    rows = [
        line.split("|") for line in (EVALS / "scores.md").read_text("utf-8").splitlines() if line.startswith("|")
    ]
    scored = {(cells[1].strip(), cells[2].strip().strip("`")) for cells in rows}
    assert (team, file.digest[:12]) in scored, (
        f"the prompts of {team} are now {file.digest[:12]}: run `roundtable evaluate --team {team}` with a "
        "language model, and put its figures into evals/scores.md"
    )
