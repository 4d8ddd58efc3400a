"""A mention, a thread, replies, files: what a person in Discord gets."""

from __future__ import annotations

from pathlib import Path

from bot.domain.turn_results import RunResult
from tests.bot.adapters.discord.harness import harness
from tests.fakes.scripted_sandbox import Does
from tests.fakes.team import FakeTeams, code, finished, said
from tests.platforms.discord import Discord
from tests.platforms.discord.people import Person
from tests.platforms.discord.world import Channel


async def test_a_mention_becomes_a_thread_in_which_the_team_works(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    teams = FakeTeams([said("I look."), finished("It is 42.")])
    async with harness(server, tmp_path, teams) as it:
        asked = ana.says(general, "@Roundtable plot the sales by region")
        thread = await asked.opens()
        await thread.reads("Finished")
        assert (await it.session()).outcome == "finished"
    assert thread.name == "plot the sales by region"
    _card, *talk, summary = thread.texts
    assert talk == ["**assistant**\nI look.", "**assistant**\nIt is 42."]
    assert summary.splitlines()[0] == "🏁 The team has finished."
    assert "Turns: 2" in summary
    assert teams.heard[0] == ["plot the sales by region"]
    assert not any(message.pinged for message in thread.said)


async def test_code_output_and_files_are_shown(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    teams = FakeTeams([code("plot()"), finished()])
    png = b"\x89PNG" + bytes(1000)

    async with harness(server, tmp_path, teams) as it:
        it.sandboxes.programs["plot()"] = Does(RunResult(0, "drawn\n", 0.2), {"plots/chart.png": png})
        thread = await ana.says(general, "@Roundtable plot it").opens()
        await thread.reads("Finished")
    assert any("```python\nplot()\n```" in text for text in thread.texts)
    assert any("exit code 0" in text and "```\ndrawn\n```" in text for text in thread.texts)
    (shown,) = [message for message in thread.said if message.attachments]
    assert [(file.name, file.data) for file in shown.attachments] == [("chart.png", png)]
