"""Code that people bring into a thread on Discord: heard whole, and run whole where it takes another's place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.domain.policy import Policy
from tests.bot.adapters.discord.harness import harness
from tests.fakes.team import FakeTeams, asks, code, finished
from tests.platforms.discord import Discord
from tests.platforms.discord.people import Person
from tests.platforms.discord.world import Channel

_ALWAYS = Policy(code_approval="always")
_PROGRAM = "import os\nprint('<@7> <:odd:1>',  \"a &amp; b\")"


async def _asked(thread: Channel) -> str:
    """The name of the request that waits in a thread."""
    card = await thread.button("Approve")
    found = re.search(r"q[0-9a-f]{12}", card.content)
    assert found
    return found[0]


@pytest.mark.parametrize(
    "said",
    [
        f"\n```py\n{_PROGRAM}\n```",
        f"\n```py\n{_PROGRAM}```",
        f" ```{_PROGRAM}```",
        f"\n```{_PROGRAM}\n``` thank you",
        f"\n````\n{_PROGRAM}\n````",
    ],
)
async def test_an_edit_is_what_its_box_shows(
    server: Discord, general: Channel, ana: Person, tmp_path: Path, said: str
) -> None:
    async with harness(server, tmp_path, FakeTeams([code("x()"), finished()]), policy=_ALWAYS) as it:
        thread = await ana.says(general, "@Roundtable go").opens()
        ana.says(thread, f"edit {await _asked(thread)}{said}")
        await thread.reads("Finished")
        assert it.sandboxes.ran == [_PROGRAM]


async def test_an_edit_may_be_said_with_a_command(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    async with harness(server, tmp_path, FakeTeams([code("x()"), finished()]), policy=_ALWAYS) as it:
        thread = await ana.says(general, "@Roundtable go").opens()
        await ana.uses(thread, "reply", text=f"edit {await _asked(thread)} ```print(1)```")
        await thread.reads("Finished")
        assert it.sandboxes.ran == ["print(1)"]


async def test_an_edit_that_is_unclear_runs_nothing(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    async with harness(server, tmp_path, FakeTeams([code("x()"), finished()]), policy=_ALWAYS) as it:
        thread = await ana.says(general, "@Roundtable go").opens()
        request = await _asked(thread)
        for said in ("```py\na()\n```\nb()\n```", "```py\na()", "> ```py\n> a()\n> ```"):
            ana.says(thread, f"edit {request}\n{said}")
        await server.world.until(lambda: len(ana.dm.said) >= 3)
        assert all("nothing was decided" in message.content for message in ana.dm.said)
        assert it.sandboxes.ran == []


async def test_code_in_a_task_a_reply_and_a_form_is_heard_whole(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    teams = FakeTeams([asks("And?"), asks("More?"), finished()])
    async with harness(server, tmp_path, teams):
        thread = await ana.says(general, f"@Roundtable repair ```{_PROGRAM}``` <:odd:1>").opens()
        await thread.reads("And?")
        ana.says(thread, f"```py\n{_PROGRAM}```")
        await thread.reads("More?")
        await ana.uses(thread, "reply", text=f"so:\n```{_PROGRAM}```")
        await thread.reads("Finished")
    assert teams.heard == [
        [f"repair\n```\n{_PROGRAM}\n```\n:odd:"],
        [f"```py\n{_PROGRAM}\n```"],
        [f"so:\n```\n{_PROGRAM}\n```"],
    ]


async def test_code_in_a_message_chosen_by_its_menu_is_read_whole(
    server: Discord, general: Channel, ana: Person, ben: Person, tmp_path: Path
) -> None:
    teams = FakeTeams([finished()])
    async with harness(server, tmp_path, teams):
        said = ben.says(general, f"Why does this fail? ```{_PROGRAM}```")
        await ana.picks(said, "Ask Roundtable about this")
        await (await said.opens()).reads("Finished")
    assert teams.heard == [[f"Why does this fail?\n```\n{_PROGRAM}\n```"]]
